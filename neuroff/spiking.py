"""Leaky integrate-and-fire neurons and the closed form of their local gradient.

One step of one neuron, with input current I and membrane potential v:

    v_t = β ṽ_{t−1} + I_t            s_t = 1 if v_t ≥ θ_v else 0
    ṽ_t = v_t − θ_v s_t              (reset by subtraction)
    ṽ_t = (1 − s_t) v_t              (reset to zero)

β = exp(−dt_ms / tau_mem_ms) is the membrane's decay over a step. The activity is the firing rate r = (1/T)
Σ_t s_t. A gradient enters through a surrogate derivative σ'(v_t − θ_v) in place of ds_t/dv_t and does not
pass through the reset. So dv_{t+1}/dv_t = d_t, with d_t = β (subtraction) or β (1 − s_t) (to zero), and

    dG/dI_t = (1/T) ∂G/∂r · e_t,     e_t = σ'(v_t − θ_v) + d_t e_{t+1}.

Under a constant current only Σ_t dG/dI_t is needed. That sum runs forward in time,

    Σ_t e_t = Σ_t σ'(v_t − θ_v) κ_t,     κ_t = 1 + d_{t−1} κ_{t−1},

so it takes one number per neuron, whatever T is: an eligibility trace.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

import torch
from torch import Tensor

from neuroff.errors import require_choice
from neuroff.population import Response
from neuroff.surrogate import SurrogateName, surrogate_derivative

ResetName = Literal["subtract", "zero"]


@dataclass(frozen=True)
class LIFStep:
    """One step of a population.

    Attributes:
        spikes: ``(B, N)``, zeros and ones.
        potential: ``(B, N)``, v_t, before the reset.
        state: ``(B, N)``, ṽ_t, after the reset: the state of the next step.
    """

    spikes: Tensor
    potential: Tensor
    state: Tensor


@dataclass(frozen=True)
class LIF:
    """Leaky integrate-and-fire population.

    Attributes:
        steps: T, the number of time steps of a presentation.
        beta: decay of the membrane potential over one step, in [0, 1]; 1 is the integrate-and-fire neuron.
        threshold: θ_v, the potential at which a neuron fires.
        reset: by subtraction of the threshold, or to zero.
        surrogate: name of the surrogate derivative.
        steepness: k of the surrogate derivative.
    """

    steps: int = 10
    beta: float = 0.9
    threshold: float = 1.0
    reset: ResetName = "subtract"
    surrogate: SurrogateName = "fast_sigmoid"
    steepness: float = 2.0

    def __post_init__(self) -> None:
        require_choice(self.reset, get_args(ResetName), "LIF reset")
        require_choice(self.surrogate, get_args(SurrogateName), "LIF surrogate")

    def step(self, current: Tensor, state: Tensor, out: Tensor | None = None) -> LIFStep:
        """Advance one step.

        Args:
            current: I_t, ``(B, N)``.
            state: ṽ_{t−1}, ``(B, N)``; zeros at the start of a presentation.
            out: ``(B, N)``, where the spikes are written if given.
        """
        potential = torch.add(current, state, alpha=self.beta)
        spikes = torch.empty_like(potential) if out is None else out
        torch.ge(potential, self.threshold, out=spikes)
        if self.reset == "subtract":
            return LIFStep(spikes, potential, torch.sub(potential, spikes, alpha=self.threshold))
        return LIFStep(spikes, potential, torch.addcmul(potential, potential, spikes, value=-1.0))

    def respond(self, drive: Tensor) -> Response:
        """Run a presentation from rest.

        Args:
            drive: ``(B, N)`` a current that stays for all T steps, or ``(T, B, N)``.

        Returns:
            Firing rates ``(B, N)`` and spikes ``(T, B, N)``.
        """
        spikes, _ = self._run(drive, traced=False)
        return Response(spikes.mean(0), spikes)

    def respond_traced(self, drive: Tensor) -> Response:
        """Run like `respond` and keep a trace.

        The trace is Σ_t e_t ``(B, N)`` for a constant drive, σ' ``(T, B, N)`` for another.
        """
        spikes, trace = self._run(drive, traced=True)
        return Response(spikes.mean(0), spikes, trace)

    def sensitivity(self, response: Response, activity_gradient: Tensor) -> Tensor:
        """Return dG/dI_t ``(T, B, N)``, or its sum over time ``(B, N)`` if the drive was constant.

        Args:
            response: of `respond_traced`.
            activity_gradient: ∂G/∂r, ``(B, N)``.
        """
        trace = response.trace
        if trace is None:
            raise ValueError("sensitivity needs the response of respond_traced")
        share = activity_gradient / self.steps
        if trace.ndim == 2:
            return trace * share
        eligibility = torch.empty_like(trace)
        later = torch.zeros_like(share)
        for t in reversed(range(self.steps)):
            later = trace[t] + self._passed_on(response.output[t], later)
            torch.mul(later, share, out=eligibility[t])
        return eligibility

    def _run(self, drive: Tensor, *, traced: bool) -> tuple[Tensor, Tensor | None]:
        """The one loop over time."""
        constant = drive.ndim == 2
        shape = (self.steps, *drive.shape[-2:])
        spikes = drive.new_empty(shape)
        state = torch.zeros_like(spikes[0])
        trace = torch.zeros_like(state) if constant else drive.new_empty(shape)
        # κ_t; the same for all neurons where the reset does not cut it
        reach = state.new_ones(()) if self.reset == "subtract" else torch.ones_like(state)
        for t in range(self.steps):
            moved = self.step(drive if constant else drive[t], state, out=spikes[t])
            state = moved.state
            if not traced:
                continue
            slope = surrogate_derivative(moved.potential - self.threshold, self.surrogate, self.steepness)
            if constant:
                trace.addcmul_(slope, reach)
                reach = self._passed_on(moved.spikes, reach).add_(1.0)
            else:
                trace[t] = slope
        return spikes, trace if traced else None

    def _passed_on(self, spikes: Tensor, value: Tensor) -> Tensor:
        """Return d_t · value: what one step of leak and reset leaves of a derivative."""
        if self.reset == "subtract":
            return value * self.beta
        return (value * self.beta).mul_(1.0 - spikes)
