"""The recursion backward in time: what a drive at each step does to the activity; see the package's page.

Theory: (14), (15).
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from neuroff.core.neurons.population import Response
from neuroff.core.neurons.step import LIFDynamics


@dataclass(frozen=True)
class Reach:
    """How far a drive reaches into later steps.

    Attributes:
        beta: β.
        alpha: α, or ``None`` without a synaptic current.
        cut: whether a spike's reset cuts the potential's past off.
        refractory: R.
    """

    beta: float | Tensor
    alpha: float | Tensor | None
    cut: bool
    refractory: int


def to_drive(neurons: LIFDynamics, response: Response, activity_gradient: Tensor) -> Tensor:
    """Return dG/dI_t ``(T, B, N)``, or its sum over time ``(B, N)`` if the drive was constant.

    Args:
        neurons: how they step.
        response: of a traced run.
        activity_gradient: ∂G/∂a, ``(B, N)``; consumed.
    """
    trace = response.trace
    if trace is None:
        raise ValueError("sensitivity needs the response of respond_traced")
    share = activity_gradient.div_(neurons.steps)
    if trace.ndim == 2:
        return share.mul_(trace)
    alpha = neurons.alpha if neurons.filters else None
    reach = Reach(neurons.beta, alpha, neurons.reset == "zero", neurons.refractory)
    return over_time(reach, trace, response.output, share)


def over_time(reach: Reach, slopes: Tensor, spikes: Tensor, share: Tensor) -> Tensor:
    """Return f_t · ``share`` for every step.

    Args:
        reach: of the neurons.
        slopes: c_t o_t σ', ``(T, B, N)``.
        spikes: ``(T, B, N)``.
        share: factor of every step, ``(B, N)``.
    """
    closed = _closed(spikes, reach.refractory) if reach.refractory else None
    found = torch.empty_like(slopes)
    potential = torch.zeros_like(share)  # e_t
    current = torch.zeros_like(share)  # f_t
    for t in reversed(range(slopes.shape[0])):
        if closed is None or t + 1 == slopes.shape[0]:
            passed = potential * reach.beta
        else:
            passed = torch.where(closed[t + 1], potential, potential * reach.beta)
        if reach.cut:
            passed.mul_(1.0 - spikes[t])
        potential = slopes[t] + passed
        arriving = potential if closed is None else torch.where(closed[t], 0.0, potential)
        if reach.alpha is not None:
            arriving = current = arriving + current * reach.alpha
        torch.mul(arriving, share, out=found[t])
    return found


def _closed(spikes: Tensor, refractory: int) -> Tensor:
    """Return where neurons wait, ``(T, B, N)`` bool: within ``refractory`` steps after a spike."""
    fired = spikes.bool()
    closed = torch.zeros_like(fired)
    for t in range(spikes.shape[0] - 1):
        closed[t + 1 : t + 1 + refractory].logical_or_(fired[t])
    return closed
