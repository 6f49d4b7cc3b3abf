"""Products with rectified values of several presentations of an image, of which most neurons are active.

With x = max(0, z), z_pb = base_b + strength_b · column_c, and s = max(0, −z) what rectifying adds,

    x = z + s,    W x_pb = W base_b + strength_b · W column_c + W s_pb:

the image meets the weights once for all of its presentations, and s is zero but where a neuron is silent.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from neuroff.kernels.bits import BYTES, bits_of, count_ones, lowest
from neuroff.kernels.compiling import compiled
from neuroff.kernels.rows import WIDTH, add_rows, rows_of_zeros
from neuroff.kernels.spiking import ROWS, rows_of_inputs


@compiled
def silent_of(base: Any, column: Any, strength: Any, below: Any) -> int:
    """Mark which neurons of one presentation are silent; returns how many.

    Args:
        base: ``(N,)``.
        column: ``(N,)``.
        strength: a scalar.
        below: ``(≥ N,)`` uint8, a whole number of `BYTES`, written up to N.
    """
    found = 0
    for n in range(base.size):
        below[n] = base[n] + strength * column[n] < np.float32(0.0)
        found += below[n]
    return found


@compiled
def silent_share(base: Any, columns: Any, strength: Any, candidates: Any, step: int) -> float:
    """Return the share of neurons that are silent in presentations of every so many images.

    Args:
        base: ``(B, N)``.
        columns: ``(K, N)``.
        strength: ``(B,)``.
        candidates: ``(P, B)``.
        step: one of so many images is asked.
    """
    copies, samples = candidates.shape
    below, found, asked = np.zeros(-(-base.shape[1] // BYTES) * BYTES, np.uint8), 0, 0
    for sample in range(0, samples, step):
        asked += copies * base.shape[1]
        for copy in range(copies):
            column = columns[candidates[copy, sample]]
            found += silent_of(base[sample], column, strength[sample], below)
    share: float = found / max(1, asked)
    return share


@compiled
def _lists(
    base: Any, columns: Any, strength: Any, candidates: Any, first: int, last: int, below: Any,
    start: Any, chosen: Any, amount: Any,
) -> None:  # fmt: skip
    """List silent neurons and by how much: a row is a presentation, those of one image follow each other."""
    copies, row, count = candidates.shape[0], 0, 0
    for sample in range(first, last):
        here, scale = base[sample], strength[sample]
        for copy in range(copies):
            column = columns[candidates[copy, sample]]
            silent_of(here, column, scale, below)
            start[row] = count
            for left in range(0, below.size, BYTES):
                bits = bits_of(below, left)
                for _ in range(count_ones(bits)):
                    n = left + lowest(bits)
                    bits &= bits - 1
                    chosen[count] = n
                    amount[count] = -(here[n] + scale * column[n])
                    count += 1
            row += 1
    start[row] = count


@compiled
def drive(
    base: Any, columns: Any, strength: Any, candidates: Any, gain: Any, of_base: Any, of_columns: Any,
    tiles: Any, bias: Any, out: Any, first: int, last: int,
) -> None:  # fmt: skip
    """Write gain · (W x) + b of the presentations of images from ``first`` to before ``last``.

    Args:
        base: as `silent_share` has it; ``columns``, ``strength`` and ``candidates`` as well.
        gain: ``(P · B,)``.
        of_base: ``(B, M)``, W base.
        of_columns: ``(K, M)``, W columns.
        tiles: the weights ``(N, M)`` as `neuroff.kernels.rows.tiles_of` returns them.
        bias: ``(M,)``.
        out: ``(P · B, M)``, written.
    """
    copies, samples = candidates.shape
    inputs, neurons = base.shape[1], bias.size
    block = max(1, ROWS // copies)
    rows = block * copies
    below, start = np.zeros(-(-inputs // BYTES) * BYTES, np.uint8), np.empty(rows + 1, np.int64)
    chosen, amount = np.empty(rows * inputs, np.int32), np.empty(rows * inputs, np.float32)
    driven = rows_of_zeros(rows, tiles.shape[0])
    for low in range(first, last, block):
        high = min(low + block, last)
        _lists(base, columns, strength, candidates, low, high, below, start, chosen, amount)
        for sample in range(low, high):
            image = of_base[sample]
            for copy in range(copies):
                here = driven[(sample - low) * copies + copy]
                column, scale = of_columns[candidates[copy, sample]], strength[sample]
                for n in range(image.size):
                    here[n] = image[n] + scale * column[n]
        for tile in range(tiles.shape[0]):
            for row in range((high - low) * copies):
                add_rows(
                    driven[row], tile * WIDTH, tiles[tile], 0, chosen, amount, start[row], start[row + 1]
                )
        for sample in range(low, high):
            for copy in range(copies):
                at = copy * samples + sample
                here, to, factor = driven[(sample - low) * copies + copy], out[at], gain[at]
                for n in range(neurons):
                    to[n] = factor * here[n] + bias[n]


@compiled
def add_gradient(
    base: Any, columns: Any, strength: Any, candidates: Any, post: Any, weight: Any, first: int, last: int
) -> None:
    """Add postᵀ s to a weights' gradient.

    Args:
        base: as `silent_share` has it; ``columns``, ``strength`` and ``candidates`` as well.
        post: ``(P · B, M)``, gain included.
        weight: ``(tiles, N, WIDTH)``, the gradient in tiles, added to.
        first: first tile.
        last: first tile left.
    """
    copies, samples = candidates.shape
    inputs, left = base.shape[1], first * WIDTH
    width = min(last * WIDTH, post.shape[1]) - left
    images = max(1, ROWS // copies)
    rows = images * copies
    below, start = np.zeros(-(-inputs // BYTES) * BYTES, np.uint8), np.empty(rows + 1, np.int64)
    chosen, amount = np.empty(rows * inputs, np.int32), np.empty(rows * inputs, np.float32)
    start_of_input, rows_chosen = np.empty(inputs + 2, np.int64), np.empty_like(chosen)
    by, block = np.empty_like(amount), rows_of_zeros(rows, last - first)
    for low in range(0, samples, images):
        high = min(low + images, samples)
        _lists(base, columns, strength, candidates, low, high, below, start, chosen, amount)
        rows_of_inputs(start, chosen, (high - low) * copies, inputs, start_of_input, rows_chosen)
        for n in range(inputs):
            for k in range(start_of_input[n], start_of_input[n + 1]):
                sample, copy = low + rows_chosen[k] // copies, rows_chosen[k] % copies
                by[k] = -(base[sample, n] + strength[sample] * columns[candidates[copy, sample], n])
        for sample in range(low, high):
            for copy in range(copies):
                here, to = post[copy * samples + sample], block[(sample - low) * copies + copy]
                for n in range(width):
                    to[n] = here[np.uint64(left) + np.uint64(n)]
        for tile in range(first, last):
            for n in range(inputs):
                begin, end = start_of_input[n], start_of_input[n + 1]
                add_rows(weight[tile, n], 0, block, (tile - first) * WIDTH, rows_chosen, by, begin, end)
