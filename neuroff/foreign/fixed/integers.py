"""Membranes in the integers of a Loihi-class chip; float64 holds every one of them exactly.

With a what the synapses deliver, already shifted by 2⁶ and the exponent of its weights, and all products
rounded toward zero (`neuroff.chip.neurons`):

    u ← wrap( u (4096 − (δ_u + 1)) / 4096 + a )
    v ← saturate( v (4096 − δ_v) / 4096 + u + bias )

Without a current of its own a neuron has u = a. Decays are whole numbers of 4096 parts, one for all neurons
or one for each.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from neuroff.chip.numbers import DECAY_UNITY, STATE_LIMIT
from neuroff.foreign.convention import Convention
from neuroff.foreign.nodes.protocol import State


def decayed(state: Tensor, decay: Tensor) -> Tensor:
    """Return what a decay leaves of a state, rounded toward zero."""
    return torch.trunc(state * (DECAY_UNITY - decay) / DECAY_UNITY)


def wrapped(current: Tensor) -> Tensor:
    """Return a current modulo 2²⁴ in (−2²³, 2²³]."""
    span = 2 * STATE_LIMIT
    return current - span * torch.ceil((current - STATE_LIMIT) / span)


def saturated(potential: Tensor) -> Tensor:
    """Return a potential clipped to (−2²³, 2²³)."""
    return potential.clamp(1 - STATE_LIMIT, STATE_LIMIT - 1)


@dataclass(frozen=True)
class IntegerMembrane:
    """A potential, behind a current where there is one.

    Attributes:
        voltage_decay: δ_v, in the shape of the neurons.
        current_decay: δ_u + 1 likewise; None where there is no current.
        bias: added to the potential in every step, whole numbers. Behind a current it is what a bias that
            passes the current comes to, and the current starts with as much less.
        unit: integers that one unit of the potential is.
        rest: the potential that integers count from.
    """

    voltage_decay: Tensor
    current_decay: Tensor | None
    bias: Tensor
    unit: float
    rest: Tensor

    def start(self, samples: int, rest: bool) -> State:
        """Start at zero, which stands for rest, with a current that takes the bias back."""
        zeros = torch.zeros(samples, *self.bias.shape, dtype=torch.float64)
        return (zeros,) if self.current_decay is None else (zeros, zeros - self.bias)

    def step(self, arriving: Tensor, state: State) -> State:
        """Move the current, then the potential."""
        if self.current_decay is None:
            return (saturated(decayed(state[0], self.voltage_decay) + arriving + self.bias),)
        current = wrapped(decayed(state[1], self.current_decay) + arriving)
        return saturated(decayed(state[0], self.voltage_decay) + current + self.bias), current

    def under(self, rule: Convention, kind: str) -> IntegerMembrane:
        """Return the same: integers are stepped as the chip does."""
        return self

    def value(self, potential: Tensor) -> Tensor:
        """Return a potential in the unit of the network that was quantised."""
        return potential / self.unit + self.rest
