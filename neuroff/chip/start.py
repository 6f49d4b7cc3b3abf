"""Decays as integers, and where neurons begin so that their bias does nothing before their input comes."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from neuroff.chip.neurons import MAX_DECAY
from neuroff.chip.numbers import DECAY_UNITY, STATE_LIMIT


def decay_of(kept: float, unity: int) -> int:
    """Return the decay, in [0, 4095], that keeps a share of a state which starts from ``unity`` parts."""
    return min(MAX_DECAY, max(0, unity - round(kept * DECAY_UNITY)))


@dataclass(frozen=True, eq=False)
class StartState:
    """Where neurons begin, ``(N,)`` int32 each."""

    current: Tensor
    voltage: Tensor


def start_state(bias: Tensor, alpha: float, kept: int, lead: int, threshold: int | None = None) -> StartState:
    """Return where neurons begin, so that their bias has done nothing when their input comes.

    A trained neuron's bias is part of its drive and passes its synaptic filter: after t steps it adds
    b (1 − αᵗ) / (1 − α). The chip adds its bias B = b / (1 − α) behind the filter, and a current that begins
    at −B and decays by α makes the difference. Decays round, and are undone exactly: the potential is zero
    when the input comes, unless 24 bits do not hold where it would have to begin, or it would have to pass
    the threshold on its way down: a neuron that fires before its input comes is further from the network than
    one that begins low.

    Args:
        bias: B, in the chip's units.
        alpha: decay of the synaptic current.
        kept: of 4096 parts, what a step leaves of the potential.
        lead: steps before the first that can bring input.
        threshold: in the units of the potential; above it a neuron fires. Without it nothing is held below.
    """
    voltage = torch.zeros_like(bias, dtype=torch.int64)
    behind = round(alpha * DECAY_UNITY)
    current = -bias.long() if behind else torch.zeros_like(voltage)
    for step in range(lead):
        voltage = _before(voltage - current - bias.long(), kept)
        if threshold is not None and step < lead - 1:
            voltage = voltage.clamp(max=threshold)
        current = _before(current, behind) if behind else current
    return StartState(current.to(torch.int32), voltage.to(torch.int32))


def _before(state: Tensor, kept: int) -> Tensor:
    """Return the smallest state that a decay, rounded toward zero, takes to another exactly; in 24 bits."""
    size = (state.abs() * DECAY_UNITY + kept - 1) // kept
    return (state.sign() * size).clamp_(1 - STATE_LIMIT, STATE_LIMIT - 1)
