"""Integrate-and-fire neurons whose threshold rises with every spike of theirs: a memory of their own firing.

    θ_t = θ_v + κ a_t,     a_{t+1} = ρ a_t + (1 − ρ) s_t,     a_1 = 0

(Bellec, Salaj, Subramoney, Legenstein and Maass, NeurIPS 2018, arXiv 1803.09574). All else is as for
`neuroff.core.neurons.LIF`; reset by subtraction takes θ_t off. A gradient passes neither through the spike
that resets nor through one that raises the threshold, so the recursions of the package's page hold with θ_t
in place of θ_v, those forward in time too: an input's trace knows no threshold.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import torch
from torch import Tensor

from neuroff.checks import require_kind, require_number
from neuroff.core.neurons.parameters import NeuronParameter
from neuroff.core.neurons.population import Response
from neuroff.core.neurons.sensitivity import to_drive
from neuroff.core.neurons.step import LIFDynamics, LIFStep, NeuronState
from neuroff.core.neurons.tangent import Tangent
from neuroff.core.readout import activity_of, step_weights

STRONGEST: Final = 1e30
"""Of κ: a_t never exceeds one, so that float32 holds every threshold; of one that is infinite 0 · θ is no
number, and a reset by subtraction that of a silent neuron."""


@dataclass(frozen=True)
class AdaptiveLIF:
    """The population of a layer of adaptive neurons.

    Attributes:
        lif: the neurons without their adaptation; nothing of them is learned.
        strength: κ, by how much the threshold rises where a neuron fires at every step; at most `STRONGEST`.
        decay: ρ, what a step leaves of the adaptation, in [0, 1).

    Raises:
        ConfigError: if a number is out of range.
    """

    lif: LIFDynamics
    strength: float
    decay: float

    def __post_init__(self) -> None:
        require_kind("lif", self.lif, LIFDynamics, where="AdaptiveLIF", expected="LIF neurons")
        require_number("strength", self.strength, least=0.0, most=STRONGEST, where="AdaptiveLIF")
        require_number("decay", self.decay, least=0.0, below=1.0, where="AdaptiveLIF")

    @property
    def steps(self) -> int:
        """T."""
        return self.lif.steps

    @property
    def trace_decay(self) -> float:
        """λ of the activity."""
        return self.lif.trace_decay

    @property
    def learned(self) -> tuple[NeuronParameter, ...]:
        """Names of the numbers that are learned: none."""
        return ()

    def rest(self, like: Tensor) -> NeuronState:
        """Return the state at the start of a presentation, for tensors like ``like``, ``(B, N)``."""
        return self.lif.rest(like)._replace(adaptation=torch.zeros_like(like))

    def at(self, state: NeuronState) -> LIFDynamics:
        """Return the neurons of the step after a state, whose threshold is θ_t."""
        return replace(self.lif, threshold=self.lif.threshold + self.strength * _adapted(state))

    def after(self, before: NeuronState, moved: LIFStep) -> NeuronState:
        """Return the state after a step from a state: what spiked has adapted."""
        kept = torch.add(_adapted(before) * self.decay, moved.spikes, alpha=1.0 - self.decay)
        return moved.state._replace(adaptation=kept)

    def respond(self, drive: Tensor) -> Response:
        """Run a presentation from rest; arguments and result as of `LIF.respond`."""
        return self._run(drive, traced=False)

    def respond_traced(self, drive: Tensor) -> Response:
        """Run like `respond` and keep the trace of `LIF.respond_traced`."""
        return self._run(drive, traced=True)

    def sensitivity(self, response: Response, activity_gradient: Tensor) -> Tensor:
        """Return dG/dI_t ``(T, B, N)``, or its sum over time ``(B, N)``, as `LIF.sensitivity` does."""
        return to_drive(self.lif, response, activity_gradient)

    def _run(self, drive: Tensor, *, traced: bool) -> Response:
        constant = drive.ndim == 2
        spikes = drive.new_empty((self.steps, *drive.shape[-2:]))
        state = self.rest(spikes[0])
        trace = torch.zeros_like(spikes[0]) if constant else torch.empty_like(spikes)
        tangent = Tangent.at_rest(spikes[0], (), reach=constant)
        for t, weight in enumerate(step_weights(self.steps, self.lif.trace_decay)):
            lif, before = self.at(state), state
            moved = lif.step(drive if constant else drive[t], before, out=spikes[t])
            state = self.after(before, moved)
            if not traced:
                continue
            slope = lif.slope(moved)
            if not constant:
                torch.mul(slope, weight, out=trace[t])
                continue
            tangent = tangent.integrate(lif, before, moved)
            assert tangent.reach is not None
            trace.addcmul_(slope, tangent.reach, value=weight)
            tangent = tangent.pass_reset(lif, moved)
        return Response(activity_of(spikes, self.lif.trace_decay), spikes, trace if traced else None)


def _adapted(state: NeuronState) -> Tensor:
    """Return a_t.

    Raises:
        ValueError: if the state is one of neurons that do not adapt.
    """
    if state.adaptation is None:
        raise ValueError("a state without adaptation; take that of AdaptiveLIF.rest")
    return state.adaptation
