"""Where the ones of a block of samples stand, by time step and by input.

A block's rows are its samples' time steps, one sample after the other: row ``j · T + t`` is step t of its
j-th sample.
"""

from __future__ import annotations

from typing import Any

from neuroff.kernels.bits import BYTES, bits_of, count_ones, lowest
from neuroff.kernels.compiling import compiled

ROWS = 128
"""Rows that a block has at most, unless one sample takes more: a tile of them stays near the processor."""

_AT_ONCE = 4  # bits that are read before it is asked whether there are more


@compiled
def room(rows: int, inputs: int) -> int:
    """Return how many numbers a list of all inputs of so many rows may take."""
    return rows * inputs + _AT_ONCE


@compiled
def inputs_of_rows(spikes: Any, first: int, last: int, start: Any, chosen: Any) -> None:
    """List the inputs that fire in every row of a block.

    Args:
        spikes: ``(T, B, M)`` uint8.
        first: first sample of the block.
        last: first sample after it.
        start: ``(rows + 1,)``, filled: row r's inputs are ``chosen[start[r] : start[r + 1]]``.
        chosen: ``(room(rows, M),)`` int32, filled; what is behind the last input is of no meaning.
    """
    steps, _, inputs = spikes.shape
    row, count = 0, 0
    whole = inputs - inputs % BYTES
    for sample in range(first, last):
        for step in range(steps):
            start[row] = count
            here = spikes[step, sample]
            for left in range(0, whole, BYTES):
                bits, place = bits_of(here, left), count
                count += count_ones(bits)
                while place < count:  # some more than there are: a guess less that can be wrong
                    for ahead in range(_AT_ONCE):
                        chosen[place + ahead] = left + lowest(bits)
                        bits &= bits - 1
                    place += _AT_ONCE
            for m in range(whole, inputs):
                chosen[count] = m
                count += here[m]
            row += 1
    start[row] = count


@compiled
def rows_of_inputs(
    start: Any, chosen: Any, rows: int, inputs: int, start_of_input: Any, rows_chosen: Any
) -> None:
    """List the rows of a block in which every input fires, from the inputs of its rows.

    Args:
        start: as `inputs_of_rows` fills it.
        chosen: as well.
        rows: rows of the block.
        inputs: M.
        start_of_input: ``(M + 2,)``, filled: input m's rows are ``rows_chosen[start_of_input[m] :
            start_of_input[m + 1]]``.
        rows_chosen: like ``chosen``, filled.
    """
    start_of_input[:] = 0
    for k in range(start[rows]):
        start_of_input[chosen[k] + 2] += 1
    for m in range(2, inputs + 2):
        start_of_input[m] += start_of_input[m - 1]
    for row in range(rows):
        for k in range(start[row], start[row + 1]):
            m = chosen[k] + 1
            rows_chosen[start_of_input[m]] = row
            start_of_input[m] += 1
