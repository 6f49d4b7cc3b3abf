"""What a layer's neurons have to offer, whatever they are made of.

A population turns its drive into an activity per sample (the rate-coded output of a ReLU, the firing rate of
a spiking neuron) and knows how that activity moves when the drive moves. Goodness, collaboration, local rules
and training are written against this page alone; `dense` and `spiking` fill it in.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

from torch import Tensor


@dataclass(frozen=True)
class Response:
    """How a population answered one presentation.

    Attributes:
        activity: ``(B, N)``, what goodness is computed from.
        output: ``(B, N)`` or ``(T, B, N)``, what travels to the next layer.
        trace: what the population needs to say how its activity depends on its drive; its own business.
        influence: derivative of the activity by each learned number of the neurons, ``(B, N)``, by name.
    """

    activity: Tensor
    output: Tensor
    trace: Tensor | None = None
    influence: Mapping[str, Tensor] = field(default_factory=dict)


@runtime_checkable
class LearningPopulation(Protocol):
    """Neurons with numbers that a layer can learn."""

    def bound(self, learned: Mapping[str, Tensor]) -> Population:
        """Return the same neurons with learned numbers, scalars by name, in place of fixed ones."""
        ...


class Population(Protocol):
    """A layer's neurons."""

    @property
    def steps(self) -> int:
        """Number of time steps a presentation takes."""
        ...

    def respond(self, drive: Tensor) -> Response:
        """Answer a drive ``(…, B, N)``, which is consumed; the response has no trace."""
        ...

    def respond_traced(self, drive: Tensor) -> Response:
        """Answer a drive like `respond`, and keep the trace that `sensitivity` needs."""
        ...

    def sensitivity(self, response: Response, activity_gradient: Tensor) -> Tensor:
        """Carry a gradient from the activity to the drive, within this layer and its time alone.

        Args:
            response: of `respond_traced`.
            activity_gradient: ``(B, N)``, derivative of a scalar per sample by the activity; consumed.

        Returns:
            Its derivative with respect to the drive, in the shape of the drive.
        """
        ...
