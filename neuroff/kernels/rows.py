"""A sum of chosen rows of a matrix, the whole row in vector registers until the last one is added.

Left to itself a compiler stores and loads the sum for every row. This is the one place that says in LLVM's
words what is meant: some vectors of `LANE` floats, to which rows are added. LLVM cuts them into the registers
of the machine (a lane is one of AVX-512, two of AVX2, four of NEON).
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from llvmlite import ir
from numba.core import types
from numba.extending import intrinsic

from neuroff.kernels.compiling import compiled

WIDTH = 64
"""Neurons of a tile."""

LANE = 16
"""Floats of the widest vector register."""

_LINE = 64  # bytes that a processor loads at once
_SIDE = 8  # rows that are turned over at once


@compiled
def zeros(count: int) -> Any:
    """Return so many float32 zeros from the start of a cache line: a row across two takes twice as long."""
    room = np.zeros(count + _LINE // 4, np.float32)
    ahead = (_LINE - room.ctypes.data % _LINE) % _LINE // 4
    return room[ahead : ahead + count]


@compiled
def rows_of_zeros(rows: int, tiles: int) -> Any:
    """Return room for so many rows of so many tiles.

    A row is an odd number of tiles long, so that one tile of all rows spreads over the whole first cache.
    """
    length = (tiles | 1) * WIDTH
    return zeros(rows * length).reshape(rows, length)


@intrinsic  # type: ignore[untyped-decorator]
def add_rows(
    typing: Any, out: Any, column: Any, rows: Any, left: Any, chosen: Any, scale: Any, start: Any, stop: Any
) -> Any:
    """Add ``rows[chosen[k], left : left + WIDTH]``, k from ``start`` to ``stop``, to ``WIDTH`` of ``out``.

    Args:
        typing: Numba's own.
        out: ``(≥ column + WIDTH,)`` float32, added to.
        column: where in it.
        rows: ``(R, ≥ left + WIDTH)`` float32.
        left: where in a row.
        chosen: int32 indices of rows.
        scale: float32 factors of rows, one for each of ``chosen``; ``None`` where all are one.
        start: first index taken.
        stop: first index left out.
    """
    return _sum_of_rows((out, rows, chosen, scale), WIDTH)


@intrinsic  # type: ignore[untyped-decorator]
def add_wide_rows(
    typing: Any, out: Any, column: Any, rows: Any, left: Any, chosen: Any, scale: Any, start: Any, stop: Any,
    lanes: Any,
) -> Any:  # fmt: skip
    """Do the same with rows of ``LANE`` times the length of a tuple, of which nothing else counts.

    What is read of a row may run on into those behind it, and ``left`` may be negative where indices count
    from rows ahead of the first.
    """
    return _sum_of_rows((out, rows, chosen, scale, lanes), LANE * lanes.count)


def _sum_of_rows(given: tuple[Any, ...], width: int) -> tuple[Any, Any]:
    """Return signature and machine code of a sum of rows of so many values, in registers of a lane each."""
    out, rows, chosen, scale, *more = given
    signature = types.void(out, types.intp, rows, types.intp, chosen, scale, types.intp, types.intp, *more)
    places = (0, 2, 4, 5) if isinstance(scale, types.Array) else (0, 2, 4)

    def write(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        arrays = [
            context.make_array(signature.args[place])(context, builder, arguments[place]) for place in places
        ]
        whole, vector = ir.IntType(64), ir.VectorType(ir.FloatType(), LANE)

        def lanes(data: Any) -> list[Any]:
            ahead = (builder.gep(data, [whole(lane)]) for lane in range(0, width, LANE))
            return [builder.bitcast(each, vector.as_pointer()) for each in ahead]

        targets = lanes(builder.gep(arrays[0].data, [arguments[1]]))
        table, length = builder.gep(arrays[1].data, [arguments[3]]), builder.extract_value(arrays[1].shape, 1)
        before, totals = builder.block, [builder.load(target, align=4) for target in targets]
        test, body, end = (builder.append_basic_block(name) for name in ("test", "body", "end"))
        builder.branch(test)
        builder.position_at_end(test)
        place, held = builder.phi(whole), [builder.phi(vector) for _ in targets]
        builder.cbranch(builder.icmp_signed("<", place, arguments[7]), body, end)
        builder.position_at_end(body)
        row = builder.sext(builder.load(builder.gep(arrays[2].data, [place])), whole)
        sources = lanes(builder.gep(table, [builder.mul(row, length)]))
        added = [builder.load(source, align=4) for source in sources]
        if len(places) > 3:
            one = builder.load(builder.gep(arrays[3].data, [place]))
            one = builder.insert_element(ir.Constant(vector, ir.Undefined), one, ir.IntType(32)(0))
            everywhere = ir.Constant(ir.VectorType(ir.IntType(32), LANE), None)
            factor = builder.shuffle_vector(one, one, everywhere)
            added = [builder.fmul(each, factor, flags=("contract",)) for each in added]
        sums = [
            builder.fadd(so_far, each, flags=("contract",)) for so_far, each in zip(held, added, strict=True)
        ]
        following = builder.add(place, ir.Constant(whole, 1))
        builder.branch(test)
        for phi, first, later in zip(
            [place, *held], [arguments[6], *totals], [following, *sums], strict=True
        ):
            phi.add_incoming(first, before)
            phi.add_incoming(later, body)
        builder.position_at_end(end)
        for so_far, target in zip(held, targets, strict=True):
            builder.store(so_far, target, align=4)
        return context.get_dummy_value()

    return signature, write


def tiles_of(matrix: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Return a matrix ``(R, N)`` as tiles ``(⌈N / WIDTH⌉, R, WIDTH)``, filled up with zeros."""
    rows, columns = matrix.shape
    tiles = empty_tiles(rows, columns)
    whole = columns // WIDTH
    tiles[:whole] = matrix[:, : whole * WIDTH].reshape(rows, whole, WIDTH).swapaxes(0, 1)
    if whole < len(tiles):
        tiles[whole, :, : columns - whole * WIDTH] = matrix[:, whole * WIDTH :]
    return tiles


def empty_tiles(rows: int, columns: int) -> npt.NDArray[np.float32]:
    """Return tiles of zeros for a matrix ``(rows, columns)``."""
    shape = (-(-columns // WIDTH), rows, WIDTH)
    tiles: npt.NDArray[np.float32] = zeros(shape[0] * rows * WIDTH).reshape(shape)
    return tiles


@compiled
def add_tiles(tiles: Any, shared: Any, out: Any) -> None:
    """Add what stands in tiles to a matrix that is not: neurons first, then rows.

    Args:
        tiles: ``(⌈N / WIDTH⌉, R, WIDTH)`` float32.
        shared: ``(≥ N,)`` float32, added to all that is a neuron's.
        out: ``(N, R)``, added to.
    """
    neurons, rows = out.shape
    whole = rows - rows % _SIDE
    for tile in range(tiles.shape[0]):
        first, last = tile * WIDTH, min((tile + 1) * WIDTH, neurons)
        for low in range(0, whole, _SIDE):
            for neuron in range(first, last):
                here, column, more = out[neuron], neuron - first, shared[neuron]
                for ahead in range(_SIDE):  # a count that a compiler knows: no loop is left of it
                    here[low + ahead] += tiles[tile, low + ahead, column] + more
        for row in range(whole, rows):
            for neuron in range(first, last):
                out[neuron, row] += tiles[tile, row, neuron - first] + shared[neuron]
