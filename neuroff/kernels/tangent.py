"""How the activity follows the neurons' own numbers: `neuroff.core.neurons.tangent`, for a row of neurons."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from neuroff.kernels.compiling import compiled


class Tangent(NamedTuple):
    """Derivatives of potentials on their way, and of activities, written.

    Attributes:
        before: ``(N,)``, potentials before a step.
        arriving: ``(N,)``, synaptic currents before it.
        closed: ``(N,)`` bool, whether neurons wait in it.
        current: ``(N,)``, derivative of the synaptic current by α.
        nothing: ``(N,)`` zeros.
        potential: ``(3, N)``, of the potential by β, α and θ_v.
        activity: ``(3, B, N)``, of the activity, by the same.
        learned: ``(3,)`` bool, which of them are wanted.
    """

    before: Any
    arriving: Any
    closed: Any
    current: Any
    nothing: Any
    potential: Any
    activity: Any
    learned: Any


def room_for(activity: Any, learned: Any) -> Tangent:
    """Return room for a row of neurons beside what they all write.

    Args:
        activity: ``(3, B, N)`` float32.
        learned: which of β, α and θ_v.
    """
    neurons = activity.shape[2]
    before, arriving, current, nothing = np.zeros((4, neurons), np.float32)
    closed, potential = np.zeros(neurons, np.bool_), np.zeros((3, neurons), np.float32)
    return Tangent(
        before, arriving, closed, current, nothing, potential, activity, np.array(learned, np.bool_)
    )


@compiled
def start(tangent: Any, sample: int) -> None:
    """Begin a presentation; nothing where ``tangent`` is ``None``."""
    if tangent is not None:
        tangent.current[:] = 0
        tangent.potential[:] = 0
        tangent.activity[:, sample] = 0


@compiled
def remember(tangent: Any, potential: Any, current: Any, waiting: Any) -> None:
    """Keep what neurons are like before a step."""
    if tangent is not None:
        tangent.before[:] = potential
        tangent.arriving[:] = current
        for n in range(tangent.closed.size):
            tangent.closed[n] = waiting[n] > 0


@compiled
def _carry(
    value: Any, source: Any, less: Any, lowered: Any, neuron: Any, closed: Any, slope: Any, share: Any,
    spikes: Any, to: Any,
) -> None:  # fmt: skip
    """Advance the derivative by one number, and add what it does to the activity.

    Args:
        value: ``(N,)``, of the potential, moved.
        source: ``(N,)``, what a step adds to it.
        less: what the derivative of v − θ_v is less than that of v.
        lowered: what a spike that subtracts takes off.
        neuron: a `neuroff.kernels.membrane.Neuron`.
        closed: ``(N,)`` bool.
        slope: ``(N,)``.
        share: 1 / T.
        spikes: ``(N,)`` uint8.
        to: ``(N,)``, added to.
    """
    zero, cuts = np.float32(0.0), neuron.cuts
    for n in range(value.size):
        before = value[n]
        after = before if closed[n] else neuron.beta * before + source[n]
        to[n] += share * slope[n] * (after - less)
        fallen = zero if cuts else after - lowered
        value[n] = fallen if spikes[n] != 0 else after


@compiled
def follow(tangent: Any, neuron: Any, sample: int, slope: Any, spikes: Any, steps: int) -> None:
    """Advance by a step.

    Args:
        tangent: ``None`` where nothing is learned.
        neuron: a `neuroff.kernels.membrane.Neuron`.
        sample: which.
        slope: ``(N,)``, c_t o_t σ'.
        spikes: ``(N,)`` uint8.
        steps: T.
    """
    if tangent is not None:
        zero, one = np.float32(0.0), np.float32(1.0)
        closed, share = tangent.closed, np.float32(1.0) / np.float32(steps)
        potential, activity = tangent.potential, tangent.activity[:, sample]
        if tangent.learned[0]:
            before = tangent.before
            _carry(potential[0], before, zero, zero, neuron, closed, slope, share, spikes, activity[0])
        if tangent.learned[1]:
            current, arriving = tangent.current, tangent.arriving
            for n in range(current.size):
                current[n] = arriving[n] + neuron.alpha * current[n]
            _carry(potential[1], current, zero, zero, neuron, closed, slope, share, spikes, activity[1])
        if tangent.learned[2]:
            nothing = tangent.nothing
            _carry(potential[2], nothing, one, one, neuron, closed, slope, share, spikes, activity[2])
