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
        potential: ``(3, N)``, of the potential by β, α and θ_v.
        activity: ``(3, B, N)``, of the activity, by the same.
    """

    before: Any
    arriving: Any
    closed: Any
    current: Any
    potential: Any
    activity: Any


def room_for(activity: Any) -> Tangent:
    """Return room for a row of neurons beside what they all write, ``(3, B, N)``."""
    neurons = activity.shape[2]
    before, arriving, current = np.zeros((3, neurons), np.float32)
    potential = np.zeros((3, neurons), np.float32)
    return Tangent(before, arriving, np.zeros(neurons, np.bool_), current, potential, activity)


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
        of_beta, of_alpha, of_threshold = tangent.potential
        share = one / np.float32(steps)
        for n in range(of_beta.size):
            tangent.current[n] = tangent.arriving[n] + neuron.alpha * tangent.current[n]
            if not tangent.closed[n]:
                of_beta[n] = neuron.beta * of_beta[n] + tangent.before[n]
                of_alpha[n] = neuron.beta * of_alpha[n] + tangent.current[n]
                of_threshold[n] = neuron.beta * of_threshold[n]
            factor = slope[n] * share
            tangent.activity[0, sample, n] += factor * of_beta[n]
            tangent.activity[1, sample, n] += factor * of_alpha[n]
            tangent.activity[2, sample, n] += factor * (of_threshold[n] - one)
            if spikes[n] and neuron.cuts:
                of_beta[n], of_alpha[n], of_threshold[n] = zero, zero, zero
            elif spikes[n]:
                of_threshold[n] -= one
