"""A whole presentation to a layer of integrate-and-fire neurons, from sample ``first`` to before ``last``."""

from __future__ import annotations

from typing import Any

import numpy as np

from neuroff.kernels.compiling import compiled
from neuroff.kernels.membrane import advance, clear
from neuroff.kernels.rows import WIDTH, add_rows, rows_of_zeros
from neuroff.kernels.spiking import ROWS, inputs_of_rows, room
from neuroff.kernels.surrogate import slopes
from neuroff.kernels.tangent import follow, remember, start


@compiled
def run_sample(
    neuron: Any, sample: int, drive: Any, row: int, apart: int, weights: Any, memory: Any, tangent: Any,
    spikes: Any, activity: Any, slope: Any,
) -> None:  # fmt: skip
    """Run one sample from rest; all else as `respond` has it.

    Args:
        drive: ``(rows, ≥ N)``. A compiler knows rows of a whole array to have no gaps.
        row: of step 0 in it.
        apart: rows from one step to the next.
    """
    steps, _, neurons = spikes.shape
    potential = np.full(neurons, neuron.start)
    clear(memory.current)
    clear(memory.waiting)
    clear(memory.adaptation)
    start(tangent, sample)
    trace = activity[sample]
    trace[:] = 0
    span = np.float32(0.0)
    for t in range(steps):
        arriving, now = drive[row + t * apart], spikes[t, sample]
        current, waiting, adaptation = memory.current, memory.waiting, memory.adaptation
        if slope is None:
            advance(neuron, arriving, potential, current, waiting, adaptation, now, trace, None)
        else:
            here = slope[sample, t]
            remember(tangent, potential, current, waiting)
            advance(neuron, arriving, potential, current, waiting, adaptation, now, trace, here)
            slopes(here, neuron.surrogate, neuron.steepness, weights[t])
            follow(tangent, neuron, sample, here, now, steps)
        span = neuron.trace_decay * span + np.float32(1.0)
    for n in range(neurons):
        trace[n] /= span


@compiled
def respond(
    neuron: Any, drive: Any, weights: Any, memory: Any, tangent: Any, spikes: Any, activity: Any, slope: Any,
    first: int, last: int,
) -> None:  # fmt: skip
    """Answer a drive over time.

    Args:
        neuron: a `neuroff.kernels.membrane.Neuron`.
        drive: ``(T, B, N)``.
        weights: ``(T,)`` float32, c_t of the readout.
        memory: a `neuroff.kernels.membrane.Memory`.
        tangent: a `neuroff.kernels.tangent.Tangent`; ``None`` where no number of the neurons is learned.
        spikes: ``(T, B, N)`` uint8, written.
        activity: ``(B, N)``, written.
        slope: ``(B, T, N)``, c_t o_t σ', written; ``None`` where it is not needed.
        first: first sample.
        last: first sample left.
    """
    rows = drive.reshape(-1, drive.shape[2])
    for sample in range(first, last):
        run_sample(
            neuron, sample, rows, sample, drive.shape[1], weights, memory, tangent, spikes, activity, slope
        )


@compiled
def respond_to_spikes(
    neuron: Any, arriving: Any, gain: Any, tiles: Any, bias: Any, weights: Any, memory: Any, tangent: Any,
    spikes: Any, activity: Any, slope: Any, first: int, last: int,
) -> None:  # fmt: skip
    """Answer spikes: rows of the weights are added where one is; other arguments as `respond` has them.

    Args:
        arriving: ``(T, B, M)`` uint8.
        gain: ``(T, B)`` float32.
        tiles: the weights ``(M, N)`` as `neuroff.kernels.rows.tiles_of` returns them.
        bias: ``(N,)``.
    """
    steps, _, inputs = arriving.shape
    neurons = bias.size
    block = max(1, ROWS // steps)
    driven = rows_of_zeros(block * steps, tiles.shape[0])
    start = np.empty(block * steps + 1, np.int64)
    chosen = np.empty(room(block * steps, inputs), np.int32)
    for low in range(first, last, block):
        high = min(low + block, last)
        inputs_of_rows(arriving, low, high, start, chosen)
        driven[:] = 0
        for tile in range(tiles.shape[0]):
            for row in range((high - low) * steps):
                add_rows(driven[row], tile * WIDTH, tiles[tile], 0, chosen, None, start[row], start[row + 1])
        for sample in range(low, high):
            above = (sample - low) * steps
            for t in range(steps):
                here, scale = driven[above + t], gain[t, sample]
                for n in range(neurons):
                    here[n] = scale * here[n] + bias[n]
            run_sample(neuron, sample, driven, above, 1, weights, memory, tangent, spikes, activity, slope)


@compiled
def respond_to_constant(
    neuron: Any, drive: Any, weights: Any, memory: Any, tangent: Any, spikes: Any, activity: Any, trace: Any,
    first: int, last: int,
) -> None:  # fmt: skip
    """Answer a current that stays; other arguments as `respond` has them.

    Args:
        drive: ``(B, N)``.
        trace: ``(B, N)``, Σ_t f_t, written; ``None`` where it is not needed.
    """
    steps, neurons = weights.size, drive.shape[1]
    potential, reach = np.empty(neurons, np.float32), np.empty(neurons, np.float32)
    distance = np.empty(neurons, np.float32)
    zero, one = np.float32(0.0), np.float32(1.0)
    for sample in range(first, last):
        potential[:] = neuron.start
        reach[:] = 0
        current, waiting, adaptation = memory.current, memory.waiting, memory.adaptation
        clear(current)
        clear(waiting)
        clear(adaptation)
        start(tangent, sample)
        readout = activity[sample]
        readout[:] = 0
        if trace is not None:
            trace[sample, :] = 0
        span, supply = zero, zero
        for t in range(steps):
            now = spikes[t, sample]
            if trace is None:
                advance(neuron, drive[sample], potential, current, waiting, adaptation, now, readout, None)
            else:
                supply = one + neuron.alpha * supply
                remember(tangent, potential, current, waiting)
                # Closed neurons are infinitely far: what reaches them stays.
                advance(
                    neuron, drive[sample], potential, current, waiting, adaptation, now, readout, distance
                )
                for n in range(neurons):
                    opened = neuron.beta * reach[n] + supply
                    reach[n] = reach[n] if distance[n] == np.inf else opened
                slopes(distance, neuron.surrogate, neuron.steepness, weights[t])
                follow(tangent, neuron, sample, distance, now, steps)
                total = trace[sample]
                for n in range(neurons):
                    total[n] += distance[n] * reach[n]
                    reach[n] = zero if neuron.cuts and now[n] else reach[n]
            span = neuron.trace_decay * span + one
        for n in range(neurons):
            readout[n] /= span
