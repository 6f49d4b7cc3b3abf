"""A whole presentation to integrate-and-fire neurons, and what learning needs of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from neuroff.core.neurons.population import Response
from neuroff.core.neurons.sensitivity import to_drive
from neuroff.core.neurons.step import LIFDynamics
from neuroff.core.neurons.tangent import Tangent
from neuroff.core.readout import activity_of, step_weights


@dataclass(frozen=True)
class LIF(LIFDynamics):
    """The population of a spiking layer: integrate-and-fire neurons over T steps."""

    def bound(self, learned: Mapping[str, Tensor]) -> LIF:
        """Return the same neurons with learned numbers in place of fixed ones."""
        return replace(
            self,
            beta=learned.get("beta", self.beta),
            alpha=learned.get("alpha", self.alpha),
            threshold=learned.get("threshold", self.threshold),
        )

    def respond(self, drive: Tensor) -> Response:
        """Run a presentation from rest.

        Args:
            drive: ``(B, N)`` a current that stays for all T steps, or ``(T, B, N)``.

        Returns:
            Activity ``(B, N)`` and spikes ``(T, B, N)``.
        """
        constant = drive.ndim == 2
        spikes = drive.new_empty((self.steps, *drive.shape[-2:]))
        state = self.rest(spikes[0])
        for t in range(self.steps):
            state = self.step(drive if constant else drive[t], state, out=spikes[t]).state
        return Response(activity_of(spikes, self.trace_decay), spikes)

    def respond_traced(self, drive: Tensor) -> Response:
        """Run like `respond` and keep a trace.

        The trace is Σ_t f_t ``(B, N)`` for a constant drive, c_t o_t σ' ``(T, B, N)`` for another. Learned
        numbers of the neuron get their influence on the activity with it.
        """
        constant = drive.ndim == 2
        spikes = drive.new_empty((self.steps, *drive.shape[-2:]))
        state = self.rest(spikes[0])
        trace = torch.zeros_like(state.potential) if constant else torch.empty_like(spikes)
        influence: dict[str, Tensor] = {name: torch.zeros_like(state.potential) for name in self.learned}
        tangent = Tangent.at_rest(state.potential, self.learned, reach=constant)
        for t, weight in enumerate(step_weights(self.steps, self.trace_decay)):
            before = state
            moved = self.step(drive if constant else drive[t], state, out=spikes[t])
            state = moved.state
            slope = self.slope(moved)
            if constant or influence:
                tangent = tangent.integrate(self, before, moved)
            if tangent.reach is not None:
                trace.addcmul_(slope, tangent.reach, value=weight)
            else:
                torch.mul(slope, weight, out=trace[t])
            for name in self.learned:
                influence[name].addcmul_(slope, tangent.of_distance(name), value=weight / self.steps)
            if constant or influence:
                tangent = tangent.pass_reset(self, moved)
        return Response(activity_of(spikes, self.trace_decay), spikes, trace, influence)

    def sensitivity(self, response: Response, activity_gradient: Tensor) -> Tensor:
        """Return dG/dI_t ``(T, B, N)``, or its sum over time ``(B, N)`` if the drive was constant.

        Args:
            response: of `respond_traced`.
            activity_gradient: ∂G/∂a, ``(B, N)``; consumed.
        """
        return to_drive(self, response, activity_gradient)
