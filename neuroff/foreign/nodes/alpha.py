"""A potential that two currents make, one decaying faster than the other: snnTorch's Alpha.

    e ← α e + x,   i ← β i − x,   v ← k (e + i),   k = 1 + ln α / (ln β − ln α)

In the step after a spike a reset to zero clears all three, so that what arrives is lost; one by subtraction
takes θ from e, what arrives then and what i holds from i, and adds what i held before to v (``alpha.py`` of
1.0.0). NIR has no such neuron.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch
from torch import Tensor

from neuroff.foreign.convention import Convention, Reset
from neuroff.foreign.nodes.protocol import State


@dataclass(frozen=True)
class TwoCurrents:
    """A potential behind two currents, which resets by itself.

    Attributes:
        alpha: what a step leaves of the slow current, in the shape of the neurons.
        beta: what it leaves of the fast one, likewise.
        threshold: θ, above which the neuron fired.
        reset: what a spike does in the step after it.
    """

    alpha: Tensor
    beta: Tensor
    threshold: Tensor
    reset: Reset = "value"

    @property
    def scale(self) -> Tensor:
        """The factor k of the potential."""
        return 1.0 + torch.log(self.alpha) / (torch.log(self.beta) - torch.log(self.alpha))

    def start(self, samples: int, rest: bool) -> State:
        """Start with nothing."""
        zeros = torch.zeros(samples, *self.alpha.shape, dtype=torch.float64)
        return zeros, zeros, zeros

    def step(self, arriving: Tensor, state: State) -> State:
        """Move the currents and make the potential of them; undo what a spike undoes."""
        before, slow, fast = state
        fired = (before > self.threshold).double()
        moved, other = self.alpha * slow + arriving, self.beta * fast - arriving
        potential = self.scale * (moved + other)
        if self.reset == "value":
            return tuple(each * (1.0 - fired) for each in (potential, moved, other))
        if self.reset == "subtract":
            return potential + fast * fired, moved - self.threshold * fired, other * (1.0 - fired)
        return potential, moved, other

    def under(self, rule: Convention, kind: str) -> TwoCurrents:
        """Return the same with another reset."""
        return replace(self, reset=rule.reset)
