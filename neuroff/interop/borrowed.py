"""Neurons of other libraries as a layer's population, trained by the same local rule.

A borrowed neuron is a function from currents over time to spikes over time that automatic differentiation can
pass. Its activity is read out of the spikes as that of `neuroff.core.neurons.LIF` is. How it moves with the
current is asked of autograd, for this layer and this presentation alone: the graph begins at the layer's own
drive and ends at its own activity, so nothing reaches weights or another layer. Everything else (goodness,
bus, modulator, the product with the input) stays in closed form.

Between the forward pass and learning only the drive is kept; the neuron is run a second time for its
derivative. So a borrowed population has no state, and peak memory is that of one layer's graph.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from neuroff.checks import require_able, require_number, require_whole
from neuroff.core.neurons.population import Response
from neuroff.core.readout import activity_of
from neuroff.errors import ConfigError, ShapeError


@dataclass(frozen=True)
class BorrowedPopulation:
    """A population whose neurons are a differentiable function of their currents.

    Attributes:
        run: turns currents ``(T, B, N)`` into spikes ``(T, B, N)``, from rest, the same for the same
            currents.
        steps: T, the number of time steps of a presentation.
        trace_decay: λ of the activity (`neuroff.core.readout`); 1 makes it the firing rate.
    """

    run: Callable[[Tensor], Tensor]
    steps: int
    trace_decay: float = 1.0

    def __post_init__(self) -> None:
        require_able("run", self.run, "__call__", where="BorrowedPopulation", expected="a function")
        require_whole("steps", self.steps, least=1, where="BorrowedPopulation")
        require_number("trace_decay", self.trace_decay, above=0.0, most=1.0, where="BorrowedPopulation")

    def respond(self, drive: Tensor) -> Response:
        """Run a presentation from rest.

        Args:
            drive: ``(B, N)`` a current that stays for all T steps, or ``(T, B, N)``.

        Raises:
            ShapeError: if the neuron answers with another shape.
        """
        with torch.no_grad():
            spikes = self._spikes(drive)
        return Response(activity_of(spikes, self.trace_decay), spikes)

    def respond_traced(self, drive: Tensor) -> Response:
        """Run like `respond` and keep the drive as the trace."""
        response = self.respond(drive)
        return Response(response.activity, response.output, drive)

    def sensitivity(self, response: Response, activity_gradient: Tensor) -> Tensor:
        """Return dG/dI_t ``(T, B, N)``, or its sum over time ``(B, N)`` if the drive was constant.

        Args:
            response: of `respond_traced`.
            activity_gradient: ∂G/∂a, ``(B, N)``.

        Raises:
            ConfigError: if no derivative passes the neuron.
        """
        if response.trace is None:
            raise ValueError("sensitivity needs the response of respond_traced")
        with torch.enable_grad():
            drive = response.trace.detach().requires_grad_()
            activity = activity_of(self._spikes(drive), self.trace_decay)
        if not activity.requires_grad:
            raise ConfigError(
                "no derivative passes from the neuron's spikes to its current",
                where="BorrowedPopulation",
                expected="a neuron with a surrogate derivative",
                fix="give the neuron a surrogate gradient",
            )
        (gradient,) = torch.autograd.grad(activity, drive, activity_gradient)
        return gradient

    def _spikes(self, drive: Tensor) -> Tensor:
        current = drive if drive.ndim == 3 else drive.expand(self.steps, *drive.shape)
        spikes = self.run(current)
        if spikes.shape != current.shape:
            raise ShapeError(
                f"spikes of shape {tuple(spikes.shape)} for currents of shape {tuple(current.shape)}",
                where="BorrowedPopulation",
                expected="one neuron per current",
                fix="give the neuron one number per parameter, or as many as the layer is wide",
            )
        return spikes.to(current.dtype)
