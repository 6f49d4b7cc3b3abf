"""What arrives becomes a membrane potential, by forward Euler steps of NIR's equations.

================ ===================================================================================
`Integrating`    v ← v + dt r x                                              (NIR's IF and I)
`Leaky`          v ← v + dt/τ ((v_leak − v) + r x)                           (LIF, LI)
`CurrentBased`   i ← i + dt/τ_syn (−i + w_in x), v ← v + dt/τ_mem ((v_leak − v) + r i)  (CubaLIF, CubaLI)
================ ===================================================================================

Parameters have the shape of the neurons, float64 (Pedersen et al., Nature Communications 15, 8122, 2024).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor

from neuroff.foreign.nodes.protocol import State


class Membrane(Protocol):
    """A potential that remembers."""

    def start(self, samples: int, rest: bool) -> State:
        """Return potential, and current if there is one, ``(B, *neurons)``, before the first step.

        Args:
            samples: B.
            rest: start at v_leak; else at zero.
        """
        ...

    def step(self, arriving: Tensor, state: State) -> State:
        """Return potential, and current, after what arrives."""
        ...


@dataclass(frozen=True)
class Integrating:
    """No leak.

    Attributes:
        gain: dt r.
        first: where potentials start.
        whole: whether what arrives is added as it is, without the gain.
    """

    gain: Tensor
    first: Tensor
    whole: bool = False

    def start(self, samples: int, rest: bool) -> State:
        """Start where potentials start; without a leak there is no other rest."""
        return (_alike(self.first, samples),)

    def step(self, arriving: Tensor, state: State) -> State:
        """Add what arrives."""
        return (state[0] + (arriving if self.whole else self.gain * arriving),)


@dataclass(frozen=True)
class Leaky:
    """``rate`` is dt/τ."""

    rate: Tensor
    leak: Tensor
    r: Tensor

    def start(self, samples: int, rest: bool) -> State:
        """Start at v_leak, or at zero."""
        return (_alike(self.leak if rest else torch.zeros_like(self.leak), samples),)

    def step(self, arriving: Tensor, state: State) -> State:
        """Leak, and add what arrives."""
        (v,) = state
        return (v + self.rate * ((self.leak - v) + self.r * arriving),)


@dataclass(frozen=True)
class CurrentBased:
    """A current of its own before the potential.

    Attributes:
        rate_syn: dt/τ_syn.
        w_in: weight of what arrives.
        potential: driven by the current.
        whole: whether the current takes what arrives as it is.
    """

    rate_syn: Tensor
    w_in: Tensor
    potential: Leaky
    whole: bool = False

    def start(self, samples: int, rest: bool) -> State:
        """Start without a current."""
        return (*self.potential.start(samples, rest), _alike(torch.zeros_like(self.w_in), samples))

    def step(self, arriving: Tensor, state: State) -> State:
        """Move the current, then the potential."""
        v, before = state
        if self.whole:
            current = before - self.rate_syn * before + arriving
        else:
            current = before + self.rate_syn * (self.w_in * arriving - before)
        (v,) = self.potential.step(current, (v,))
        return v, current


def _alike(values: Tensor, samples: int) -> Tensor:
    return values.expand(samples, *values.shape)
