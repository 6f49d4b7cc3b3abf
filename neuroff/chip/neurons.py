"""Leaky integrate-and-fire neurons in the chip's integers.

One step, with a the integer sum that the synapses deliver, δ_u and δ_v the decays and all products rounded
toward zero:

    u ← wrap( u (4096 − (δ_u + 1)) / 4096 + 2⁶ a )
    v ← saturate( v (4096 − δ_v) / 4096 + u + bias )         bias = mantissa · 2^exponent
    s = v > 2⁶ · threshold mantissa;  v ← 0 where s,  or  v ← v − 2⁶ · taken mantissa where neurons subtract

The 1 beside δ_u is a bit of the chip that lets δ_u = 4095 keep nothing of the current. A neuron that fired
with refractory period R cannot fire in the R − 1 steps that follow: its potential stays at zero, its current
goes on. R = 1 is none.

Neurons of a deep layer may be set to rest before the step ``rest_at``, the first that can bring input: v ← 0,
and u ← 0, or −bias where a current starts with what takes the bias back. With u ← 0 that is lava-nc's
LIFReset of offset ``rest_at`` + 1.

Neurons of Loihi 1 reset to zero. Those that subtract are programmable ones, as Loihi 2 has them, or software.
They subtract n = ⌈(v − 2⁶ · threshold mantissa) / (2⁶ · taken mantissa)⌉ times in a step, at most ``most``,
and send n as one graded spike (Loihi 2; Orchard et al., IEEE SiPS 2021).

Neurons whose ``most`` is 0 never fire: a read-out, whose potentials are read.

Neurons that adapt add w to their threshold, and to what a spike takes off where they subtract; w starts at 0:

    w ← min( w (4096 − δ_w) / 4096 + ``raised_by`` · s, 2²³ − 1 )        after the step

(`neuroff.core.neurons.adaptive`, in integers: δ_w / 4096 is 1 − ρ and ``raised_by`` is κ (1 − ρ)). They are
programmable ones or software too.

lava-nc 0.10.0 (PyLifModelBitAcc) is reproduced bit for bit; it has no refractory period in integers, where
nengo-loihi 1.1.0 and brian2-loihi 0.5.2 agree.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import torch
from torch import Tensor

from neuroff.chip.numbers import (
    ALIGN_BITS,
    DECAY_UNITY,
    STATE_LIMIT,
    decayed,
    require_between,
    saturated,
    whole,
    wrapped,
)
from neuroff.errors import ExportError

MAX_DECAY = DECAY_UNITY - 1
MAX_THRESHOLD = 2**17 - 1
MAX_BIAS_MANTISSA = 2**12 - 1
MAX_BIAS_EXPONENT = 7
MAX_REFRACTORY = 64
MAX_REST_AT = 255
MAX_SPIKES = 255
"""Of a neuron in a step: a graded spike of 8 bits."""


def _nothing() -> Tensor:
    return torch.empty(0, dtype=torch.int32)


@dataclass(frozen=True, eq=False)
class ChipNeurons:
    """Parameters of one layer's neurons.

    Attributes:
        bias_mantissa: ``(N,)``, in [−4096, 4095].
        bias_exponent: ``(N,)``, in [0, 7].
        current_decay: δ_u, in [0, 4095]; 4095 keeps nothing of the current.
        voltage_decay: δ_v, in [0, 4095].
        threshold_mantissa: in [0, 131071].
        refractory: R, in [1, 64]; 1: a neuron may fire in every step.
        taken_mantissa: what a spike takes off the potential, in [0, 131071]; 0: it is reset to zero.
        most: spikes of a neuron in a step, sent as one graded spike; in [0, 255], above 1 where it subtracts;
            0 of neurons that never fire, which have no threshold, refractory period or reset.
        rest_at: step, from 0, before which potential and current are set to rest; 0: never.
        raised_by: what a spike raises the threshold by, in the potential's units, in [0, 2²³); 0: nothing,
            as where neurons send graded spikes or never fire.
        raised_decay: δ_w, in [0, 4096]; 0 where nothing raises it.
        start_voltage: ``(N,)``, the potential at the start of a presentation, in (−2²³, 2²³); zero if empty.
        start_current: ``(N,)``, the current at the start of a presentation, likewise.

    Raises:
        ExportError: if a number is out of range.
    """

    bias_mantissa: Tensor
    bias_exponent: Tensor
    current_decay: int
    voltage_decay: int
    threshold_mantissa: int
    refractory: int = 1
    taken_mantissa: int = 0
    most: int = 1
    rest_at: int = 0
    raised_by: int = 0
    raised_decay: int = 0
    start_voltage: Tensor = field(default_factory=_nothing)
    start_current: Tensor = field(default_factory=_nothing)

    def __post_init__(self) -> None:
        where = "chip neurons"
        require_between(self.current_decay, 0, MAX_DECAY, "current_decay", where)
        require_between(self.voltage_decay, 0, MAX_DECAY, "voltage_decay", where)
        require_between(self.threshold_mantissa, 0, MAX_THRESHOLD, "threshold_mantissa", where)
        require_between(self.refractory, 1, MAX_REFRACTORY, "refractory", where)
        require_between(self.taken_mantissa, 0, MAX_THRESHOLD, "taken_mantissa", where)
        require_between(self.most, 0, MAX_SPIKES, "most", where)
        require_between(self.rest_at, 0, MAX_REST_AT, "rest_at", where)
        require_between(self.raised_by, 0, STATE_LIMIT - 1, "raised_by", where)
        require_between(self.raised_decay, 0, DECAY_UNITY if self.raised_by else 0, "raised_decay", where)
        if self.most > 1 and not self.taken_mantissa:
            raise ExportError(
                f"most = {self.most} of neurons that reset to zero",
                where=where,
                expected="several spikes in a step of neurons that subtract",
            )
        if not self.most and (self.threshold_mantissa or self.taken_mantissa or self.refractory > 1):
            raise ExportError(
                "a threshold, reset or refractory period of neurons that never fire",
                where=where,
                expected="threshold_mantissa = 0, taken_mantissa = 0 and refractory = 1 beside most = 0",
            )
        if self.raised_by and self.most != 1:
            raise ExportError(
                f"raised_by = {self.raised_by} beside most = {self.most}",
                where=where,
                expected="thresholds that rise of neurons with at most one spike in a step",
            )
        if self.taken_mantissa and self.refractory > 1:
            raise ExportError(
                f"taken_mantissa = {self.taken_mantissa} beside refractory = {self.refractory}",
                where=where,
                expected="a refractory period for neurons that reset to zero",
            )
        count = (self.bias_mantissa.numel(),)
        bounds = {
            "bias_mantissa": (-MAX_BIAS_MANTISSA - 1, MAX_BIAS_MANTISSA),
            "bias_exponent": (0, MAX_BIAS_EXPONENT),
            "start_voltage": (1 - STATE_LIMIT, STATE_LIMIT - 1),
            "start_current": (1 - STATE_LIMIT, STATE_LIMIT - 1),
        }
        for name in ("start_voltage", "start_current"):
            if not getattr(self, name).numel():
                object.__setattr__(self, name, torch.zeros_like(self.bias_mantissa, dtype=torch.int32))
        for name, (low, high) in bounds.items():
            object.__setattr__(self, name, whole(getattr(self, name), name, where, low, high, count))

    @property
    def count(self) -> int:
        """Number of neurons N."""
        return self.bias_mantissa.numel()

    @property
    def threshold(self) -> int:
        """The threshold in units of the potential."""
        return self.threshold_mantissa << ALIGN_BITS

    @property
    def taken(self) -> int:
        """What a spike takes off, in units of the potential; 0 where it resets to zero."""
        return self.taken_mantissa << ALIGN_BITS

    @cached_property
    def bias(self) -> Tensor:
        """``(N,)``, the bias in units of the potential."""
        return self.bias_mantissa << self.bias_exponent

    @property
    def rest_current(self) -> Tensor:
        """``(N,)``, the current at rest: zero, or what takes the bias back where it starts with that."""
        return torch.where(self.start_current.eq(0), 0, -self.bias)


@dataclass(frozen=True, eq=False)
class NeuronState:
    """State of a layer's neurons between two steps, int32.

    Attributes:
        current: u, ``(B, N)``.
        voltage: v, ``(B, N)``, after the reset.
        blocked: ``(B, N)``, steps for which a neuron cannot fire yet; ``None`` without refractory period.
        rest_in: steps until it is set to rest; ``None``: not again.
        raised: w, ``(B, N)``, by what thresholds are raised; ``None`` where they are not.
    """

    current: Tensor
    voltage: Tensor
    blocked: Tensor | None = None
    rest_in: int | None = None
    raised: Tensor | None = None


def neurons_at_start(neurons: ChipNeurons, samples: int) -> NeuronState:
    """Return the state at the start of a presentation, on the device of the parameters."""
    current, voltage = (
        start.expand(samples, -1).clone() for start in (neurons.start_current, neurons.start_voltage)
    )
    blocked = torch.zeros_like(current) if neurons.refractory > 1 else None
    raised = torch.zeros_like(current) if neurons.raised_by else None
    return NeuronState(current, voltage, blocked, neurons.rest_at or None, raised)


def neuron_step(
    neurons: ChipNeurons, state: NeuronState, arriving: Tensor | None
) -> tuple[NeuronState, Tensor]:
    """Advance a layer's neurons by one step.

    Args:
        neurons: their parameters.
        state: left by the step before; not changed.
        arriving: a, ``(B, N)`` int32, what the synapses deliver; ``None``: nothing.

    Returns:
        The new state, and the spikes ``(B, N)``, int32: zeros and ones, or how many.
    """
    if state.rest_in == 0:
        return neuron_step(neurons, _rested(neurons, state), arriving)
    kept = DECAY_UNITY - 1 - neurons.current_decay
    current = decayed(state.current, kept) if kept else torch.zeros_like(state.current)
    if arriving is not None:
        current = wrapped(current.add_(arriving, alpha=1 << ALIGN_BITS))
    # |v| and |u| are at most 2²³, |bias| is at most 2¹⁹: the sum is far from the ends of int32
    voltage = saturated(
        decayed(state.voltage, DECAY_UNITY - neurons.voltage_decay).add_(current).add_(neurons.bias)
    )
    if state.blocked is not None:
        voltage.mul_(state.blocked.eq(0))
    spikes = torch.zeros_like(voltage)
    if state.raised is not None:
        torch.gt(voltage, state.raised + neurons.threshold, out=spikes)
    elif neurons.most:
        torch.gt(voltage, neurons.threshold, out=spikes)
    if neurons.most > 1:
        above = torch.sub(neurons.threshold, voltage)
        spikes = above.div_(neurons.taken, rounding_mode="floor").neg_().clamp_(0, neurons.most)
    if neurons.taken:
        voltage.sub_(spikes, alpha=neurons.taken)
        if state.raised is not None:
            voltage.sub_(state.raised * spikes)
    else:
        voltage.mul_(spikes ^ 1)
    rest_in = None if state.rest_in is None else state.rest_in - 1
    blocked, raised = _blocked(neurons, state.blocked, spikes), _raised(neurons, state.raised, spikes)
    return NeuronState(current, voltage, blocked, rest_in, raised), spikes


def _rested(neurons: ChipNeurons, state: NeuronState) -> NeuronState:
    """Return neurons at rest, which may fire at once."""
    return NeuronState(
        neurons.rest_current.expand_as(state.current).clone(),
        torch.zeros_like(state.voltage),
        None if state.blocked is None else torch.zeros_like(state.blocked),
        raised=None if state.raised is None else torch.zeros_like(state.raised),
    )


def _blocked(neurons: ChipNeurons, before: Tensor | None, spikes: Tensor) -> Tensor | None:
    """Count the refractory steps down, and start them where a neuron fired."""
    if before is None:
        return None
    return (before - 1).clamp_(min=0).add_(spikes, alpha=neurons.refractory - 1)


def _raised(neurons: ChipNeurons, before: Tensor | None, spikes: Tensor) -> Tensor | None:
    """Let thresholds sink, and raise those of neurons that fired."""
    if before is None:
        return None
    kept = decayed(before, DECAY_UNITY - neurons.raised_decay)
    return kept.add_(spikes, alpha=neurons.raised_by).clamp_(max=STATE_LIMIT - 1)
