"""Products with values of which many in a row are alike, as the background of an image is.

With x = c + d, c the value that a row has most often, W x = c W 1 + W d, and d is zero where the row has c:
only the other values cost something. c is zero for a rectified activity, and for pixels in [0, 1].
"""

from __future__ import annotations

from typing import Any

import numpy as np

from neuroff.kernels.compiling import compiled
from neuroff.kernels.rows import WIDTH, add_rows, rows_of_zeros
from neuroff.kernels.spiking import ROWS, rows_of_inputs

_ASKED = 63  # values of a row that vote


@compiled
def backgrounds(values: Any, common: Any) -> int:
    """Find the value that every row has most often, as far as some of its values tell.

    Args:
        values: ``(B, D)`` float32.
        common: ``(B,)``, filled.

    Returns:
        How many values of all rows are other than that.
    """
    samples, inputs = values.shape
    step, others = max(1, inputs // _ASKED), 0
    for sample in range(samples):
        row, votes, leader = values[sample], 0, np.float32(0.0)
        for m in range(0, inputs, step):  # Boyer and Moore's majority vote
            if votes == 0:
                leader = row[m]
            votes += 1 if row[m] == leader else -1
        common[sample] = leader
        unlike = 0
        for m in range(inputs):
            unlike += row[m] != leader
        others += unlike
    return others


@compiled
def others_of_rows(
    values: Any, common: Any, first: int, last: int, start: Any, chosen: Any, amount: Any
) -> None:
    """List the inputs that differ from the background, and by how much.

    Args:
        values: ``(B, D)``.
        common: ``(B,)``, of `backgrounds`.
        first: first row.
        last: first row left.
        start: ``(rows + 1,)``, filled as `neuroff.kernels.spiking.inputs_of_rows` does.
        chosen: ``(rows · D + 1,)`` int32, filled.
        amount: ``(rows · D + 1,)`` float32, filled: value less background.
    """
    count = 0
    for sample in range(first, last):
        start[sample - first] = count
        row, background = values[sample], common[sample]
        for m in range(row.size):
            chosen[count] = m
            amount[count] = row[m] - background
            count += row[m] != background
    start[last - first] = count


@compiled
def drive(
    values: Any, common: Any, gain: Any, tiles: Any, total: Any, bias: Any, out: Any, first: int, last: int
) -> None:
    """Write gain · (values Wᵀ) + b of the rows from ``first`` to before ``last``.

    Args:
        values: ``(B, D)``.
        common: ``(B,)``, of `backgrounds`.
        gain: ``(B,)``.
        tiles: Wᵀ, as `neuroff.kernels.rows.tiles_of` returns it.
        total: ``(N,)``, W 1.
        bias: ``(N,)``.
        out: ``(B, N)``, written.
    """
    inputs, neurons = values.shape[1], bias.size
    start = np.empty(ROWS + 1, np.int64)
    chosen, amount = np.empty(ROWS * inputs + 1, np.int32), np.empty(ROWS * inputs + 1, np.float32)
    driven = rows_of_zeros(ROWS, tiles.shape[0])
    for low in range(first, last, ROWS):
        high = min(low + ROWS, last)
        others_of_rows(values, common, low, high, start, chosen, amount)
        driven[:] = 0
        for tile in range(tiles.shape[0]):
            for row in range(high - low):
                column, begin, end = tile * WIDTH, start[row], start[row + 1]
                add_rows(driven[row], column, tiles[tile], 0, chosen, amount, begin, end)
        for row in range(high - low):
            here, to, scale, background = driven[row], out[low + row], gain[low + row], common[low + row]
            for n in range(neurons):
                to[n] = scale * (here[n] + background * total[n]) + bias[n]


@compiled
def add_gradient(
    post: Any, gain: Any, values: Any, common: Any, weight: Any, shared: Any, first: int, last: int
) -> None:
    """Add postᵀ · gain · values to a weights' gradient, less what all inputs have in common.

    Args:
        post: ``(B, N)``.
        gain: ``(B,)``.
        values: ``(B, D)``.
        common: ``(B,)``, of `backgrounds`.
        weight: ``(tiles, D, WIDTH)``, the gradient in tiles, added to.
        shared: ``(tiles · WIDTH,)``, Σ_b post · gain · background, which belongs to every input; added to.
        first: first tile.
        last: first tile left.
    """
    samples, inputs = values.shape
    left = first * WIDTH
    right = min(last * WIDTH, post.shape[1])
    start, start_of_input = np.empty(ROWS + 1, np.int64), np.empty(inputs + 2, np.int64)
    chosen, amount = np.empty(ROWS * inputs + 1, np.int32), np.empty(ROWS * inputs + 1, np.float32)
    rows_chosen, by = np.empty_like(chosen), np.empty_like(amount)
    block = rows_of_zeros(ROWS, last - first)
    total = np.zeros(right - left, np.float32)
    for low in range(0, samples, ROWS):
        high = min(low + ROWS, samples)
        others_of_rows(values, common, low, high, start, chosen, amount)
        rows_of_inputs(start, chosen, high - low, inputs, start_of_input, rows_chosen)
        for m in range(inputs):
            for k in range(start_of_input[m], start_of_input[m + 1]):
                row = low + rows_chosen[k]
                by[k] = values[row, m] - common[row]
        for row in range(high - low):
            here, to = post[low + row], block[row]
            scale, background = gain[low + row], common[low + row]
            for n in range(total.size):
                to[n] = scale * here[np.uint64(left) + np.uint64(n)]
                total[n] += background * to[n]
        for tile in range(first, last):
            column = tile * WIDTH - left
            for m in range(inputs):
                begin, end = start_of_input[m], start_of_input[m + 1]
                add_rows(weight[tile, m], 0, block, column, rows_chosen, by, begin, end)
    for n in range(total.size):
        shared[left + n] += total[n]
