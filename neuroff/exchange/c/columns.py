"""Columns of a matrix of weights, stored once: axons share those that are alike but for where they begin.

A convolution unrolls to such a matrix: inner inputs of one channel reach the same weights, moved, and inputs
that one window takes the mean of reach the same neurons. Nothing has to be known of convolutions for it, and
the matrix is had back exactly. Weights of zero are left out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from neuroff.chip.checks import MAX_WEIGHTS
from neuroff.errors import ExportError

Numbers = npt.NDArray[np.integer[Any]]
_MOST: Final = 2**16


@dataclass(frozen=True, eq=False)
class Columns:
    """Shared columns.

    Attributes:
        column: of every axon ``(D,)``, the number of its column.
        first: of every axon ``(D,)``, the neuron from which the column's offsets count.
        reach: of every column ``(C, 3)``: its first weight, its first offset, and how many it has.
        offset: of neurons, column after column; those of two columns may be the same.
        weight: the bytes that belong to them.
    """

    column: Numbers
    first: Numbers
    reach: Numbers
    offset: Numbers
    weight: Numbers

    @property
    def size_B(self) -> int:
        """Bytes of the tables: columns, beginnings and offsets of two each, reaches of four."""
        return (
            2 * (self.column.size + self.first.size + self.offset.size)
            + 4 * self.reach.size
            + self.weight.size
        )

    def matrix(self, neurons: int, empty: int) -> npt.NDArray[np.uint8]:
        """Return the bytes ``(D, N)``; whoever wrote the tables, nothing beyond them is touched.

        Args:
            neurons: N.
            empty: the byte of a weight of zero.

        Raises:
            ExportError: if a number leads out of the tables.
        """
        axons = self.column.size
        if self.first.size != axons or self.reach.size % 3 or axons * neurons > MAX_WEIGHTS:
            raise _damaged("tables of other lengths")
        rows = self.reach.reshape(-1, 3)
        found = np.full((axons, neurons), empty, dtype=np.uint8)
        for axon in range(axons):
            number = int(self.column[axon])
            if not 0 <= number < len(rows):
                raise _damaged(f"axon {axon} in column {number}")
            weight_at, offset_at, count = (int(each) for each in rows[number])
            weight = self.weight[max(weight_at, 0) : weight_at + count]
            neuron = self.offset[max(offset_at, 0) : offset_at + count] + int(self.first[axon])
            short = weight.size != count or neuron.size != count
            if short or (count and not 0 <= int(neuron.min()) <= int(neuron.max()) < neurons):
                raise _damaged(f"column {number} of axon {axon} beyond its tables")
            found[axon, neuron] = weight
        return found


def shared_columns(stored: npt.NDArray[np.uint8], empty: int) -> Columns | None:
    """Return the columns of a matrix, ``None`` where that takes no fewer bytes than the matrix.

    Args:
        stored: bytes ``(D, N)``.
        empty: the byte of a weight of zero.
    """
    axons, neurons = stored.shape
    if neurons > _MOST:
        return None
    seen: dict[tuple[bytes, bytes], int] = {}
    offsets: dict[bytes, int] = {}
    reach: list[tuple[int, int, int]] = []
    weight, offset = bytearray(), [np.zeros(0, np.int64)]
    column, first = np.zeros(axons, np.int64), np.zeros(axons, np.int64)
    placed = 0
    for axon, row in enumerate(stored):
        (neuron,) = np.nonzero(row != empty)
        first[axon] = neuron[0] if neuron.size else 0
        moved, bytes_ = neuron - first[axon], row[neuron].tobytes()
        shape = moved.tobytes()
        if shape not in offsets:
            offsets[shape] = placed
            offset.append(moved)
            placed += moved.size
        if (shape, bytes_) not in seen:
            seen[shape, bytes_] = len(reach)
            reach.append((len(weight), offsets[shape], moved.size))
            weight += bytes_
        column[axon] = seen[shape, bytes_]
        if len(reach) > _MOST or len(weight) >= stored.size:
            return None
    found = Columns(
        column,
        first,
        np.array(reach, np.int64).reshape(-1, 3),
        np.concatenate(offset),
        np.frombuffer(bytes(weight), np.uint8),
    )
    return found if found.size_B < stored.size else None


def _damaged(what: str) -> ExportError:
    return ExportError(what, expected="tables as neuroff writes them")
