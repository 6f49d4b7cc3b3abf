"""A sum of chosen rows of a matrix, the whole row in vector registers until the last one is added.

Left to itself a compiler stores and loads the sum for every row. This is the one place that says in LLVM's
words what is meant: a vector of `WIDTH` floats, to which rows are added. LLVM cuts it into the registers of
the machine (four of AVX-512, eight of AVX2, sixteen of NEON).
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

_LINE = 64  # bytes that a processor loads at once


@compiled
def zeros(count: int) -> Any:
    """Return so many float32 zeros from the start of a cache line: a row across two takes twice as long."""
    room = np.zeros(count + _LINE // 4, np.float32)
    ahead = (_LINE - room.ctypes.data % _LINE) % _LINE // 4
    return room[ahead : ahead + count]


@intrinsic  # type: ignore[untyped-decorator]
def add_rows(typing: Any, out: Any, column: Any, rows: Any, chosen: Any, start: Any, stop: Any) -> Any:
    """Add ``rows[chosen[k]]`` for every k from ``start`` to ``stop`` to ``out[column : column + WIDTH]``.

    Args:
        typing: Numba's own.
        out: ``(≥ column + WIDTH,)`` float32, added to.
        column: where in it.
        rows: ``(R, WIDTH)`` float32.
        chosen: int32 indices of rows.
        start: first index taken.
        stop: first index left out.
    """
    signature = types.void(out, types.intp, rows, chosen, types.intp, types.intp)

    def write(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        data = [
            context.make_array(signature.args[place])(context, builder, arguments[place]).data
            for place in (0, 2, 3)
        ]
        whole, vector = ir.IntType(64), ir.VectorType(ir.FloatType(), WIDTH)
        target = builder.bitcast(builder.gep(data[0], [arguments[1]]), vector.as_pointer())
        table = builder.bitcast(data[1], vector.as_pointer())
        before, total = builder.block, builder.load(target, align=4)
        test, body, end = (builder.append_basic_block(name) for name in ("test", "body", "end"))
        builder.branch(test)
        builder.position_at_end(test)
        place, held = builder.phi(whole), builder.phi(vector)
        builder.cbranch(builder.icmp_signed("<", place, arguments[5]), body, end)
        builder.position_at_end(body)
        row = builder.sext(builder.load(builder.gep(data[2], [place])), whole)
        added = builder.fadd(held, builder.load(builder.gep(table, [row]), align=4))
        following = builder.add(place, ir.Constant(whole, 1))
        builder.branch(test)
        for phi, first, later in ((place, arguments[4], following), (held, total, added)):
            phi.add_incoming(first, before)
            phi.add_incoming(later, body)
        builder.position_at_end(end)
        builder.store(held, target, align=4)
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


def columns_of(tiles: npt.NDArray[np.float32], columns: int) -> npt.NDArray[np.float32]:
    """Return the matrix ``(R, columns)`` of tiles, as `tiles_of` takes it."""
    return tiles.swapaxes(0, 1).reshape(tiles.shape[1], -1)[:, :columns]
