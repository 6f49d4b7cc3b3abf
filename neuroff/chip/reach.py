"""How far potentials of neurons that never fire can go: nothing resets them, and 24 bits must hold them."""

from __future__ import annotations

from collections.abc import Iterable

import torch
from torch import Tensor

from neuroff.chip.layer import ChipLayer
from neuroff.chip.neurons import MAX_THRESHOLD
from neuroff.chip.numbers import ALIGN_BITS, DECAY_UNITY
from neuroff.errors import ExportError, in_both

MAX_REACH = MAX_THRESHOLD << ALIGN_BITS
"""A potential up to here saturates nowhere, and exceeds no threshold of 17 bits."""


def reach(
    drives: Iterable[tuple[Tensor, int]],
    bias: Tensor,
    current_kept: Tensor | None,
    voltage_kept: Tensor,
    steps: int | None,
) -> float:
    """Return a bound of potentials and currents, in units of the potential, whatever spikes arrive.

    With rounding toward zero a step adds less than 1 to what the equations of `neuroff.chip.neurons` have.

    Args:
        drives: of all synapses ``(2, N)``, the largest sums of positive and of negative weights, and the
            exponent of these sums.
        bias: ``(N,)``.
        current_kept: of 4096 parts, what a step leaves of the current, ``(N,)``; None without one.
        voltage_kept: of 4096 parts, what a step leaves of the potential, ``(N,)``.
        steps: in which neurons work; None: without end.
    """
    total = torch.zeros(2, bias.numel(), dtype=torch.float64)
    for sums, exponent in drives:
        total += torch.ceil(sums.double() * 2.0**exponent) * 2.0**ALIGN_BITS
    arriving, size = total.amax(0) + 1.0, bias.double().abs().flatten()
    current = torch.zeros_like(arriving)
    if current_kept is not None:
        arriving = arriving * _lasting(current_kept, steps)
        current = arriving + size
    potential = (arriving + size + 1.0) * _lasting(voltage_kept, steps)
    return float(torch.maximum(current, potential).max())


def layer_reach(layer: ChipLayer, steps: int, most: int) -> float:
    """Return the bound of a layer's neurons; see `reach`.

    Args:
        layer: the layer, reached by the layer before it alone.
        steps: of the chip.
        most: spikes of a neuron of the layer before in a step.
    """
    neurons, weight = layer.neurons, layer.synapses.matrix
    sums = torch.stack([weight.clamp(min=0).sum(1), weight.clamp(max=0).sum(1).abs()]) * most
    kept = DECAY_UNITY - 1 - neurons.current_decay
    return reach(
        [(sums, layer.synapses.exponent)],
        neurons.bias,
        torch.tensor([float(kept)]) if kept else None,
        torch.tensor([float(DECAY_UNITY - neurons.voltage_decay)]),
        steps,
    )


def require_unreached(layer: ChipLayer, steps: int, where: str) -> None:
    """Refuse neurons that never fire where a threshold stands for that, and their potentials may reach it.

    Args:
        layer: the layer, reached by spikes of the layer before it alone.
        steps: of the chip.
        where: for messages.

    Raises:
        ExportError: if they may.
    """
    if layer.neurons.most == 0 and layer_reach(layer, steps, 1) > MAX_REACH:
        raise ExportError(
            "neurons that never fire, whose potentials may reach every threshold",
            where=where,
            expected=f"potentials of at most {MAX_REACH}, whatever arrives in {steps} steps",
            fix=in_both("to", "loihi", "c"),
        )


def _lasting(kept: Tensor, steps: int | None) -> Tensor:
    """Return Σ kept^t over the steps, kept in parts of 4096."""
    share = kept.double().flatten() / DECAY_UNITY
    endless = 1.0 / (1.0 - share)  # infinite where nothing is lost
    if steps is None:
        return endless
    return torch.where(share < 1.0, (1.0 - share**steps) * endless, float(steps))
