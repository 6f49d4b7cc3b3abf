"""One step of integrate-and-fire neurons, for a row of neurons; equations in `neuroff.core.neurons`."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from neuroff.kernels.compiling import compiled


class Neuron(NamedTuple):
    """The numbers of a layer's neurons; floats are float32.

    Attributes:
        beta: β.
        alpha: α; without effect where no current is kept.
        threshold: θ_v.
        start: ṽ_0.
        cuts: whether the reset is to zero.
        refractory: R.
        surrogate: place in `neuroff.kernels.surrogate.SURROGATES`.
        steepness: k.
        trace_decay: λ of the activity.
        strength: κ, by how much thresholds rise; without effect where no adaptation is kept.
        decay: ρ, what a step leaves of the adaptation.
    """

    beta: Any
    alpha: Any
    threshold: Any
    start: Any
    cuts: bool
    refractory: int
    surrogate: int
    steepness: Any
    trace_decay: Any
    strength: Any
    decay: Any


class Memory(NamedTuple):
    """Room for what a row of neurons keeps beside its potential; ``None`` where α = R = κ = 0.

    Attributes:
        current: ``(N,)`` float32, i.
        waiting: ``(N,)`` int32, refractory steps left.
        adaptation: ``(N,)`` float32, a.
    """

    current: Any = None
    waiting: Any = None
    adaptation: Any = None


@compiled
def clear(room: Any) -> None:
    """Put zeros into an array, if it is one."""
    if room is not None:
        room[:] = 0


@compiled
def advance(
    neuron: Any,
    drive: Any,
    potential: Any,
    current: Any,
    waiting: Any,
    adaptation: Any,
    spikes: Any,
    trace: Any,
    distance: Any,
) -> None:
    """Advance a row of neurons by one step.

    Args:
        neuron: a `Neuron`.
        drive: ``(≥ N,)``, I_t.
        potential: ``(N,)``, ṽ, moved.
        current: of a `Memory`, moved; ``waiting`` and ``adaptation`` as well.
        spikes: ``(N,)`` uint8, s_t, written.
        trace: ``(N,)``, z_t of the readout, moved.
        distance: ``(N,)``, v_t − θ_t, written, ∞ while a neuron waits; ``None`` where it is not needed.
    """
    zero, one = np.float32(0.0), np.float32(1.0)
    for n in range(potential.size):
        arriving = drive[n]
        if current is not None:
            arriving = arriving + neuron.alpha * current[n]
            current[n] = arriving
        before = potential[n]
        reached = arriving + neuron.beta * before
        threshold = neuron.threshold
        if adaptation is not None:
            threshold = threshold + neuron.strength * adaptation[n]
        fired = reached >= threshold
        if waiting is not None:
            closed = waiting[n] > 0
            reached = before if closed else reached
            fired = fired and not closed
            waiting[n] = (waiting[n] - 1 if closed else 0) + (neuron.refractory if fired else 0)
        if distance is not None:
            distance[n] = reached - threshold
            if waiting is not None:
                distance[n] = np.float32(np.inf) if closed else distance[n]
        spikes[n] = fired
        if adaptation is not None:
            kept = neuron.decay * adaptation[n]
            adaptation[n] = kept + (one - neuron.decay if fired else zero)
        lost = reached if neuron.cuts else threshold
        potential[n] = reached - (lost if fired else zero)
        trace[n] = neuron.trace_decay * trace[n] + (one if fired else zero)
