"""When neurons fire, how often in a step, and what a spike does to the potential."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import torch
from torch import Tensor

from neuroff.foreign.convention import Fires, Reset

MANY: Final = 2.0**16
"""Spikes of a neuron in a step, where they may be several: more are a loop that runs away."""


@dataclass(frozen=True)
class Firing:
    """When neurons fire, and what a spike does to the potential.

    Attributes:
        threshold: θ, in the shape of the neurons.
        value: v_reset, likewise.
        reset: to the value, or by subtraction of θ.
        late: whether the reset acts in the next step.
        fires: where θ is exceeded, or reached.
        taken: what a spike takes off the potential where it subtracts; θ without it.
        most: spikes in a step, as long as what they take off leaves the potential above θ.
    """

    threshold: Tensor
    value: Tensor
    reset: Reset = "value"
    late: bool = False
    fires: Fires = "exceeded"
    taken: Tensor | None = None
    most: float = 1.0

    def spikes(self, potential: Tensor) -> Tensor:
        """Return how often neurons fire."""
        if self.most == 1:
            above = potential > self.threshold if self.fires == "exceeded" else potential >= self.threshold
            return above.to(potential.dtype)
        held = potential / self.threshold
        if self.taken is not None:
            held = 1.0 + (potential - self.threshold) / self.taken
        whole = torch.ceil(held) - 1 if self.fires == "exceeded" else torch.floor(held)
        return whole.clamp(0, self.most)

    def after(self, potential: Tensor, spikes: Tensor) -> Tensor:
        """Return the potential after a reset where there were spikes."""
        if self.reset == "none":
            return potential
        if self.reset == "subtract":
            return potential - spikes * (self.threshold if self.taken is None else self.taken)
        return torch.where(spikes > 0, self.value, potential)
