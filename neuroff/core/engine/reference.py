"""What is asked of an engine, answered by PyTorch: the reference that every other engine is held to."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from neuroff.core.neurons.population import Population, Response
from neuroff.core.rules import LayerGradient, add_gradient
from neuroff.core.signal import Signal
from neuroff.core.synapses import Synapses


@dataclass(frozen=True)
class Engine:
    """PyTorch: any synapses, any neurons, any device; spikes are floats.

    An engine that derives from it answers what it can answer sooner and hands on the rest. Its spikes may be
    uint8. Results of engines differ in rounding.
    """

    @property
    def name(self) -> str:
        """Name in configurations and results."""
        return "torch"

    @property
    def spike_bytes(self) -> int:
        """Bytes of a spike."""
        return 4

    @property
    def at_once(self) -> int:
        """How many chunks of images it best computes side by side, a thread each."""
        return 1

    def beside(self, others: int) -> Engine:
        """Return what computes a chunk while it is computed beside so many others."""
        return self

    @property
    def looks_back(self) -> bool:
        """Whether looking back over a presentation is quicker than going through it twice, step by step."""
        return False

    @property
    def takes_parts(self) -> bool:
        """Whether products use what values are made of; see `neuroff.core.signal.Rectified`."""
        return False

    def synapses(self, synapses: Synapses) -> Synapses:
        """Return synapses that compute the same from values that stay, sooner where this engine can."""
        return synapses

    def respond(self, population: Population, drive: Tensor, *, traced: bool) -> Response:
        """Return how neurons answer a drive ``(…, B, N)``, which is consumed.

        Args:
            population: the neurons.
            drive: what drives them.
            traced: whether `sensitivity` or `learn` follows.
        """
        return population.respond_traced(drive) if traced else population.respond(drive)

    def respond_to(
        self, population: Population, synapses: Synapses, pre: Signal, precision: torch.dtype, *, traced: bool
    ) -> Response:
        """Return how neurons answer what the layer below sends.

        Args:
            population: the neurons.
            synapses: the layer's.
            pre: values ``(…, B, D)`` of this engine.
            precision: type of the products' factors.
            traced: whether `sensitivity` or `learn` follows.
        """
        return self.respond(population, synapses.drive(pre, precision), traced=traced)

    def sensitivity(self, population: Population, response: Response, activity_gradient: Tensor) -> Tensor:
        """Return the derivative by the drive; see `neuroff.core.neurons.population.Population`."""
        return population.sensitivity(response, activity_gradient)

    def learn(
        self,
        gradient: LayerGradient,
        population: Population,
        response: Response,
        activity_gradient: Tensor,
        synapses: Synapses,
        pre: Signal,
        precision: torch.dtype,
    ) -> None:
        """Add the local gradient of a layer's synapses.

        Args:
            gradient: the sums to add to.
            population: the layer's neurons.
            response: of `respond_to`, traced.
            activity_gradient: ``(B, N)``, derivative of the loss by the activity; consumed.
            synapses: the layer's.
            pre: what it received.
            precision: type of the products' factors.
        """
        post = self.sensitivity(population, response, activity_gradient)
        add_gradient(gradient, post, pre, synapses, precision)
