"""A gradient back through time, and into the weights where spikes arrived."""

from __future__ import annotations

from typing import Any

import numpy as np

from neuroff.kernels.compiling import compiled
from neuroff.kernels.rows import WIDTH, add_rows, rows_of_zeros
from neuroff.kernels.spiking import ROWS, inputs_of_rows, room, rows_of_inputs


@compiled
def carry_back(
    neuron: Any, slope: Any, spikes: Any, share: Any, sample: int, left: int, right: int,
    out: Any, row: int, apart: int,
) -> None:  # fmt: skip
    """Write f_t · ``share`` of one sample for every step; see `neuroff.core.neurons`.

    Args:
        neuron: a `neuroff.kernels.membrane.Neuron`.
        slope: ``(B, T, N)``, c_t o_t σ'; a sample after the other, as it is written and read.
        spikes: ``(T, B, N)`` uint8.
        share: ``(B, N)``, derivative of the loss by the activity, over T.
        sample: which.
        left: first neuron.
        right: first neuron left out.
        out: ``(rows, ≥ right − left)``, written.
        row: of step 0 in it.
        apart: rows from one step to the next.
    """
    steps, neurons, zero = slope.shape[1], right - left, np.float32(0.0)
    # Places without a sign and loops up to the size of an array need no test, so many are computed at once.
    first = np.uint64(left)
    factor = share[sample]
    potential = np.zeros(neurons, np.float32)
    cut = np.uint8(neuron.cuts)  # a reset to zero lets nothing through
    if neuron.refractory == 0 and neuron.alpha == zero:
        for back in range(steps):
            t = steps - 1 - back
            here, now, to = slope[sample, t], spikes[t, sample], out[row + t * apart]
            for n in range(potential.size):
                at = first + np.uint64(n)
                passed = zero if now[at] & cut else neuron.beta * potential[n]
                potential[n] = here[at] + passed
                to[n] = potential[n] * factor[at]
        return
    current = np.zeros(neurons, np.float32)
    closed, closed_after = np.zeros(neurons, np.bool_), np.zeros(neurons, np.bool_)
    for back in range(steps):
        t = steps - 1 - back
        here, now, to = slope[sample, t], spikes[t, sample], out[row + t * apart]
        closed[:] = False
        for earlier in range(max(0, t - neuron.refractory), t):
            fired = spikes[earlier, sample]
            for n in range(closed.size):
                at = first + np.uint64(n)
                closed[n] = closed[n] or fired[at] != 0
        for n in range(potential.size):
            at = first + np.uint64(n)
            passed = potential[n] if closed_after[n] else neuron.beta * potential[n]
            passed = zero if now[at] & cut else passed
            potential[n] = here[at] + passed
            current[n] = neuron.alpha * current[n] + (zero if closed[n] else potential[n])
            to[n] = current[n] * factor[at]
            closed_after[n] = closed[n]


@compiled
def sensitivity(neuron: Any, slope: Any, spikes: Any, share: Any, out: Any, first: int, last: int) -> None:
    """Write `carry_back` of the samples from ``first`` to before ``last`` to ``out`` ``(T, B, N)``."""
    samples, neurons = out.shape[1:]
    rows = out.reshape(-1, neurons)
    for sample in range(first, last):
        carry_back(neuron, slope, spikes, share, sample, 0, neurons, rows, sample, samples)


@compiled
def add_gradient(
    neuron: Any, slope: Any, spikes: Any, share: Any, arriving: Any, gain: Any, weight: Any, bias: Any,
    first: int, last: int,
) -> None:  # fmt: skip
    """Add to the gradients of weights and biases; each input gathers where it fired.

    Args:
        neuron: as `carry_back` has it; ``slope``, ``spikes`` and ``share`` as well.
        arriving: ``(T, B, M)`` uint8.
        gain: ``(T, B)`` float32.
        weight: ``(tiles, M, WIDTH)``, the weights' gradient in tiles, added to.
        bias: ``(tiles · WIDTH,)``, added to.
        first: first tile.
        last: first tile left.
    """
    steps, samples, inputs = arriving.shape
    left = first * WIDTH
    right = min(last * WIDTH, spikes.shape[2])
    block = max(1, ROWS // steps)
    start = np.empty(block * steps + 1, np.int64)
    chosen = np.empty(room(block * steps, inputs), np.int32)
    start_of_input, rows_chosen = np.empty(inputs + 2, np.int64), np.empty_like(chosen)
    post = rows_of_zeros(block * steps, last - first)
    total = np.zeros(right - left, np.float32)
    for low in range(0, samples, block):
        high = min(low + block, samples)
        rows = (high - low) * steps
        inputs_of_rows(arriving, low, high, start, chosen)
        rows_of_inputs(start, chosen, rows, inputs, start_of_input, rows_chosen)
        for sample in range(low, high):
            above = (sample - low) * steps
            carry_back(neuron, slope, spikes, share, sample, left, right, post, above, 1)
            for t in range(steps):
                here, scale = post[above + t], gain[t, sample]
                for n in range(total.size):
                    total[n] += here[n]
                    here[n] *= scale
        for tile in range(first, last):
            column = tile * WIDTH - left
            for m in range(inputs):
                begin, end = start_of_input[m], start_of_input[m + 1]
                add_rows(weight[tile, m], 0, post, column, rows_chosen, None, begin, end)
    for n in range(total.size):
        bias[left + n] += total[n]
