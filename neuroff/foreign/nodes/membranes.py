"""What arrives becomes a membrane potential, by steps of NIR's equations.

================ ===================================================================================
`Integrating`    v ← v + dt r x                                              (NIR's IF and I)
`Leaky`          v ← v + ρ ((v_leak − v) + r x)                              (LIF, LI)
`CurrentBased`   i ← i + ρ_syn (−i + w_in x), v ← v + ρ_mem ((v_leak − v) + r i)   (CubaLIF, CubaLI)
================ ===================================================================================

ρ is dt/τ by forward Euler, 1 − exp(−dt/τ) where a decay is exponential. Parameters have the shape of the
neurons, float64 (Pedersen et al., Nature Communications 15, 8122, 2024).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Protocol

import torch
from torch import Tensor

from neuroff.foreign.convention import Convention
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

    def under(self, rule: Convention, kind: str) -> Membrane:
        """Return the same membrane, stepped as a writer steps neurons of a kind."""
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

    def under(self, rule: Convention, kind: str) -> Integrating:
        """Return the same without a gain, or with it."""
        return replace(self, whole=kind in rule.whole)


@dataclass(frozen=True)
class Leaky:
    """A leak.

    Attributes:
        ratio: dt/τ.
        leak: v_leak.
        r: of what arrives.
        whole: whether what arrives is added as it is, without a gain.
        exponential: whether the decay is.
    """

    ratio: Tensor
    leak: Tensor
    r: Tensor
    whole: bool = False
    exponential: bool = False

    @cached_property
    def rate(self) -> Tensor:
        """Share of the potential that a step takes."""
        return lost(self.ratio, self.exponential)

    @property
    def gain(self) -> Tensor:
        """What arrives is multiplied by."""
        return torch.ones_like(self.rate) if self.whole else self.rate * self.r

    def start(self, samples: int, rest: bool) -> State:
        """Start at v_leak, or at zero."""
        return (_alike(self.leak if rest else torch.zeros_like(self.leak), samples),)

    def step(self, arriving: Tensor, state: State) -> State:
        """Leak, and add what arrives."""
        (v,) = state
        if self.whole:
            return (v + self.rate * (self.leak - v) + arriving,)
        return (v + self.rate * ((self.leak - v) + self.r * arriving),)

    def under(self, rule: Convention, kind: str) -> Leaky:
        """Return the same with another decay and gain."""
        return replace(self, whole=kind in rule.whole, exponential=rule.decay == "exponential")


@dataclass(frozen=True)
class CurrentBased:
    """A current of its own before the potential.

    Attributes:
        ratio_syn: dt/τ_syn.
        w_in: weight of what arrives.
        potential: driven by the current.
        whole: whether the current takes what arrives as it is.
        joined: whether what arrives joins the current before it decays: i ← (1 − ρ_syn) (i + x).
    """

    ratio_syn: Tensor
    w_in: Tensor
    potential: Leaky
    whole: bool = False
    joined: bool = False

    @cached_property
    def rate_syn(self) -> Tensor:
        """Share of the current that a step takes."""
        return lost(self.ratio_syn, self.potential.exponential)

    @property
    def gain(self) -> Tensor:
        """What arrives is multiplied by on its way into the current."""
        if self.joined:
            return 1.0 - self.rate_syn
        return torch.ones_like(self.rate_syn) if self.whole else self.rate_syn * self.w_in

    def start(self, samples: int, rest: bool) -> State:
        """Start without a current."""
        return (*self.potential.start(samples, rest), _alike(torch.zeros_like(self.w_in), samples))

    def step(self, arriving: Tensor, state: State) -> State:
        """Move the current, then the potential."""
        v, before = state
        if self.joined:
            current = (1.0 - self.rate_syn) * (before + arriving)
        elif self.whole:
            current = before - self.rate_syn * before + arriving
        else:
            current = before + self.rate_syn * (self.w_in * arriving - before)
        (v,) = self.potential.step(current, (v,))
        return v, current

    def under(self, rule: Convention, kind: str) -> CurrentBased:
        """Return the same with other decays and gains."""
        potential = replace(
            self.potential, exponential=rule.decay == "exponential", whole=rule.joined_current
        )
        return replace(self, potential=potential, whole=kind in rule.whole, joined=rule.joined_current)


def lost(ratio: Tensor, exponential: bool) -> Tensor:
    """Return the share that a step of dt/τ takes."""
    return -torch.expm1(-ratio) if exponential else ratio


def _alike(values: Tensor, samples: int) -> Tensor:
    return values.expand(samples, *values.shape)
