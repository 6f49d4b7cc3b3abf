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
    """Where neurons begin, ``(N,)`` int32 each, and whether that is all that they need.

    Attributes:
        current: of every neuron.
        voltage: likewise.
        exact: whether biases alone bring every potential to zero, up to the last bits, when the input comes.
    """

    current: Tensor
    voltage: Tensor
    exact: bool


def start_state(bias: Tensor, alpha: float, kept: int, lead: int, threshold: int | None = None) -> StartState:
    """Return where neurons begin, so that their bias has done nothing when their input comes.

    A trained neuron's bias is part of its drive and passes its synaptic filter: after t steps it adds
    b (1 − αᵗ) / (1 − α). The chip adds its bias B = b / (1 − α) behind the filter, and a current that begins
    at −B and decays by α makes the difference. Decays round, and are undone exactly: the potential is zero
    when the input comes, unless 24 bits do not hold where it would have to begin, or it would have to pass
    the threshold on its way down. Such a neuron begins low, so that it does not fire, and has to be set to
    rest when its input comes.

    Args:
        bias: B, in the chip's units.
        alpha: decay of the synaptic current.
        kept: of 4096 parts, what a step leaves of the potential.
        lead: steps before the first that can bring input.
        threshold: in the units of the potential; above it a neuron fires. Without it nothing is held below.
    """
    voltage = torch.zeros_like(bias, dtype=torch.int64)
    behind = round(alpha * DECAY_UNITY)
    current, exact = -bias.long() if behind else torch.zeros_like(voltage), True
    for step in range(lead):
        wanted = _before(voltage - current - bias.long(), kept)
        most = threshold if threshold is not None and step < lead - 1 else STATE_LIMIT - 1
        voltage = wanted.clamp(1 - STATE_LIMIT, most)
        exact &= bool((voltage == wanted).all())
        if behind:
            wanted = _before(current, behind)
            current = wanted.clamp(1 - STATE_LIMIT, STATE_LIMIT - 1)
            exact &= bool((current == wanted).all())
    return StartState(current.to(torch.int32), voltage.to(torch.int32), exact)


def _before(state: Tensor, kept: int) -> Tensor:
    """Return the smallest state that a decay, rounded toward zero, takes to another exactly."""
    size = (state.abs() * DECAY_UNITY + kept - 1) // kept
    return state.sign() * size
