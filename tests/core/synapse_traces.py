"""The three-factor rule of one spiking layer while its spikes run, with memory that does not grow with T.

The batch rule (`neuroff.core.neurons`, `neuroff.core.rules`) looks back over a presentation. The same sum
runs forward,

    ∂G/∂W_ij = ∂G/∂a_i · Σ_t (c_t/T) o_t σ'(v_t − θ_v)_i ε_{t,ij},

with ε an eligibility trace that follows the input x_t, gain included, as the potential does. A synapse keeps
the sum in a tag, tag_t = λ tag_{t−1} + o_t σ' ε_t, which needs no T, and the modulator arrives when the
presentation ends (`finish`). Or the modulator arrives at every step, and no tag is needed (`increment`).

What is exact and what is not:

============== ==================================================================== =====================
eligibility    ε_t                                                                  exact
============== ==================================================================== =====================
``synapse``    o_t (β ε̃_{t−1} + y_t) + (1 − o_t) ε̃_{t−1}, cut where the reset is     always
               to zero; one trace per synapse
``shared``     β ε_{t−1} + y_t; one trace per input, for all neurons                 reset by subtraction
                                                                                    and no refractory steps
============== ==================================================================== =====================

with y_t = α y_{t−1} + x_t. Elsewhere ``shared`` leaves out that a reset to zero or a refractory step cuts off
what earlier input did to the potential: it credits input from before the last spike.

A modulator at every step, m_t = ∂L/∂C_t, with the activity so far in ∂G/∂a stands for those of the whole
presentation: the gradient is exact if both have their last values from the first step on. It follows the loss
of the activity so far, averaged over the steps, but credits the spikes of a step by what is known then. The
gradients' angle to the exact ones is measured in ``tests/test_online.py``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor

from neuroff.core.neurons import LIF, LIFStep, NeuronState
from neuroff.core.readout import RunningActivity

Eligibility = Literal["synapse", "shared"]


@dataclass(frozen=True)
class OnlineState:
    """All that a learning layer carries from one step to the next. The bias is the last input, always one.

    Attributes:
        neuron: of the neurons.
        readout: of the activity.
        current: y_t, ``(B, D + 1)``.
        trace: ε_t, ``(B, D + 1)`` if shared, else ε̃_t, ``(B, N, D + 1)``.
        tag: ``(B, N, D + 1)``, or ``None`` where the modulator arrives at every step.
    """

    neuron: NeuronState
    readout: RunningActivity
    current: Tensor
    trace: Tensor
    tag: Tensor | None


@dataclass(frozen=True)
class OnlineStep:
    """One step of a learning layer.

    Attributes:
        spikes: ``(B, N)``.
        activity: ``(B, N)``, of the spikes so far.
        slope: o_t σ', ``(B, N)``.
        eligibility: ε_t, ``(B, 1, D + 1)`` or ``(B, N, D + 1)``.
    """

    spikes: Tensor
    activity: Tensor
    slope: Tensor
    eligibility: Tensor


def initial_state(
    lif: LIF, drive: Tensor, inputs: int, *, eligibility: Eligibility = "synapse", tagged: bool = True
) -> OnlineState:
    """Return a layer's state before the first step of a presentation.

    Args:
        lif: the neurons.
        drive: ``(B, N)``, tells samples, neurons and type.
        inputs: D.
        eligibility: a row of the table above.
        tagged: whether the modulator arrives at the end.
    """
    samples, neurons = drive.shape
    rest = drive.new_zeros(samples, inputs + 1)
    synapses = (samples, neurons, inputs + 1)
    return OnlineState(
        lif.rest(drive),
        RunningActivity(torch.zeros_like(drive)),
        rest,
        drive.new_zeros(synapses) if eligibility == "synapse" else rest,
        drive.new_zeros(synapses) if tagged else None,
    )


def step(lif: LIF, state: OnlineState, drive: Tensor, pre: Tensor) -> tuple[OnlineState, OnlineStep]:
    """Advance one step.

    Args:
        lif: the neurons.
        state: of the step before; left as it is.
        drive: I_t, ``(B, N)``.
        pre: x_t, what reached the layer, gain included, ``(B, D)``.
    """
    moved = lif.step(drive, state.neuron)
    arriving = torch.cat((pre, pre.new_ones(pre.shape[0], 1)), 1)
    current = state.current * lif.alpha + arriving if lif.filters else arriving
    if state.trace.ndim == 2:
        trace = state.trace * lif.beta + current
        eligibility, kept = trace[:, None], trace
    else:
        eligibility = _integrated(lif, state.trace, current[:, None], moved)
        kept = eligibility * (1.0 - moved.spikes[..., None]) if lif.reset == "zero" else eligibility
    slope = lif.slope(moved)
    tag = state.tag
    if tag is not None:
        tag = torch.addcmul(tag * lif.trace_decay, slope[..., None], eligibility)
    readout = state.readout.advance(moved.spikes, lif.trace_decay)
    following = OnlineState(moved.state, readout, current, kept, tag)
    return following, OnlineStep(moved.spikes, readout.activity, slope, eligibility)


def increment(now: OnlineStep, activity_gradient: Tensor) -> tuple[Tensor, Tensor]:
    """Return what one step adds to the gradients of weight ``(N, D)`` and bias ``(N,)``, summed over samples.

    Args:
        now: the step.
        activity_gradient: m_t ∂G/∂a at the activity so far, divided by T; ``(B, N)``.
    """
    return _split(torch.einsum("bn,bnd->nd", activity_gradient * now.slope, _per_neuron(now)))


def finish(state: OnlineState, activity_gradient: Tensor) -> tuple[Tensor, Tensor]:
    """Return the gradients of weight ``(N, D)`` and bias ``(N,)`` of a presentation, summed over samples.

    Args:
        state: after the last step, with tags.
        activity_gradient: m ∂G/∂a, ``(B, N)``.
    """
    if state.tag is None:
        raise ValueError("finish needs a state with tags; see initial_state")
    return _split(torch.einsum("bn,bnd->nd", activity_gradient / state.readout.span, state.tag))


def _integrated(lif: LIF, trace: Tensor, source: Tensor, moved: LIFStep) -> Tensor:
    following = trace * lif.beta + source
    return following if moved.open is None else torch.where(moved.open[..., None], following, trace)


def _per_neuron(now: OnlineStep) -> Tensor:
    return now.eligibility.expand(-1, now.slope.shape[1], -1)


def _split(both: Tensor) -> tuple[Tensor, Tensor]:
    return both[:, :-1], both[:, -1]
