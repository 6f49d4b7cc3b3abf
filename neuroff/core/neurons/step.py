"""One step of integrate-and-fire neurons; equations in the package's page.

Theory: (3).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple, get_args

import torch
from torch import Tensor

from neuroff.checks import require_number, require_whole
from neuroff.core.neurons.parameters import (
    NEURON_PARAMETERS,
    NeuronParameter,
    scaled_difference,
    scaled_sum,
)
from neuroff.core.neurons.surrogate import SurrogateName, surrogate_derivative
from neuroff.errors import require_choice

_LARGEST = 1e30  # of a neuron's numbers: float32 holds them, their sums and what a step makes of them
ResetName = Literal["subtract", "zero"]


class NeuronState(NamedTuple):
    """All that a population carries from one step to the next.

    Attributes:
        potential: ``(B, N)``, ṽ_t, after the reset.
        current: ``(B, N)``, i_t; ``None`` where α = 0 keeps nothing of it.
        waiting: ``(B, N)``, refractory steps left; ``None`` where there are none.
        adaptation: ``(B, N)``, a_t of `neuroff.core.neurons.adaptive`; ``None`` where thresholds stay.
    """

    potential: Tensor
    current: Tensor | None = None
    waiting: Tensor | None = None
    adaptation: Tensor | None = None


@dataclass(frozen=True)
class LIFStep:
    """One step of a population.

    Attributes:
        spikes: ``(B, N)``, zeros and ones.
        potential: ``(B, N)``, v_t, before the reset.
        state: of the next step.
        open: ``(B, N)`` bool, o_t; ``None`` where every neuron is open always.
    """

    spikes: Tensor
    potential: Tensor
    state: NeuronState
    open: Tensor | None = None


@dataclass(frozen=True)
class LIFDynamics:
    """One step of integrate-and-fire neurons: LIF, and with α current-based LIF, and with β = 1 IF.

    Attributes:
        steps: T, the number of time steps of a presentation.
        beta: β, decay of the membrane potential over one step, in [0, 1]; a number, or a tensor if learned.
        threshold: θ_v, the potential at which a neuron fires; a number, or a tensor if learned.
        reset: by subtraction of the threshold, or to zero.
        surrogate: name of the surrogate derivative.
        steepness: k of the surrogate derivative.
        alpha: α, decay of the synaptic current over one step, in [0, 1]; 0 makes a current last for its own
            step; a number, or a tensor if learned.
        refractory: R, steps after a spike in which a neuron waits.
        trace_decay: λ of the activity: 1, the firing rate; below, an exponential spike trace.
        start: ṽ_0, the potential before the first step, in units of the potential.

    Raises:
        ConfigError: naming a number out of range, or a choice that is none.
    """

    steps: int = 10
    beta: float | Tensor = 0.9
    threshold: float | Tensor = 1.0
    reset: ResetName = "subtract"
    surrogate: SurrogateName = "fast_sigmoid"
    steepness: float = 2.0
    alpha: float | Tensor = 0.0
    refractory: int = 0
    trace_decay: float = 1.0
    start: float = 0.0

    def __post_init__(self) -> None:
        require_choice(self.reset, get_args(ResetName), "LIF reset")
        require_choice(self.surrogate, get_args(SurrogateName), "LIF surrogate")
        require_whole("steps", self.steps, least=1, where="LIF")
        require_whole("refractory", self.refractory, least=0, where="LIF")
        for name in ("beta", "alpha"):
            value = getattr(self, name)
            if not isinstance(value, Tensor):
                require_number(name, value, least=0.0, most=1.0, where="LIF")
        if not isinstance(self.threshold, Tensor):
            require_number("threshold", self.threshold, above=0.0, most=_LARGEST, where="LIF")
        require_number("steepness", self.steepness, above=0.0, most=_LARGEST, where="LIF")
        require_number("trace_decay", self.trace_decay, above=0.0, most=1.0, where="LIF")
        require_number("start", self.start, where="LIF")

    @property
    def filters(self) -> bool:
        """Whether the neuron has a synaptic current."""
        return isinstance(self.alpha, Tensor) or self.alpha != 0.0

    @property
    def learned(self) -> tuple[NeuronParameter, ...]:
        """Names of the numbers that are learned."""
        return tuple(name for name in NEURON_PARAMETERS if isinstance(getattr(self, name), Tensor))

    def rest(self, like: Tensor) -> NeuronState:
        """Return the state at the start of a presentation, for tensors like ``like``, ``(B, N)``."""
        return NeuronState(
            torch.full_like(like, self.start),
            torch.zeros_like(like) if self.filters else None,
            torch.zeros_like(like) if self.refractory else None,
        )

    def at(self, state: NeuronState) -> LIFDynamics:
        """Return the neurons of the step after a state: these, whatever it is."""
        return self

    def after(self, before: NeuronState, moved: LIFStep) -> NeuronState:
        """Return the state after a step from a state."""
        return moved.state

    def step(self, drive: Tensor, state: NeuronState, out: Tensor | None = None) -> LIFStep:
        """Advance one step. Steps in a row are a presentation, to the bit.

        Args:
            drive: I_t, ``(B, N)``.
            state: of the step before; `rest` at the start. Left as it is.
            out: ``(B, N)``, where the spikes are written if given.
        """
        current = None
        if state.current is not None:
            drive = current = scaled_sum(drive, state.current, self.alpha)
        potential = scaled_sum(drive, state.potential, self.beta)
        opened = None
        if state.waiting is not None:
            opened = state.waiting == 0
            potential = torch.where(opened, potential, state.potential)
        spikes = torch.empty_like(potential) if out is None else out
        torch.ge(potential, self.threshold, out=spikes)
        waiting = None
        if state.waiting is not None and opened is not None:
            spikes.mul_(opened)
            waiting = torch.add((state.waiting - 1.0).clamp_(min=0.0), spikes, alpha=float(self.refractory))
        if self.reset == "subtract":
            after = scaled_difference(potential, spikes, self.threshold)
        else:
            after = torch.addcmul(potential, potential, spikes, value=-1.0)
        return LIFStep(spikes, potential, NeuronState(after, current, waiting), opened)

    def slope(self, moved: LIFStep) -> Tensor:
        """Return o_t σ'(v_t − θ_v), ``(B, N)``: what stands for the spike's derivative at one step."""
        slope = surrogate_derivative(moved.potential - self.threshold, self.surrogate, self.steepness)
        return slope if moved.open is None else slope.mul_(moved.open)
