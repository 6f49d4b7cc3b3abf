"""Which of many bytes are not zero, as the bits of one number: zeros cost nothing then."""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba.core import types
from numba.extending import intrinsic

BYTES = 64
"""Bytes that become the bits of one number."""


@intrinsic  # type: ignore[untyped-decorator]
def bits_of(typing: Any, row: Any, place: Any) -> Any:
    """Return which of ``row[place : place + 64]`` are not zero, the first in the lowest bit."""

    def write(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        array = context.make_array(signature.args[0])(context, builder, arguments[0])
        vector = ir.VectorType(ir.IntType(8), BYTES)
        source = builder.bitcast(builder.gep(array.data, [arguments[1]]), vector.as_pointer())
        unlike = builder.icmp_unsigned("!=", builder.load(source, align=1), ir.Constant(vector, None))
        return builder.bitcast(unlike, ir.IntType(BYTES))

    return types.int64(row, types.intp), write


@intrinsic  # type: ignore[untyped-decorator]
def lowest(typing: Any, bits: Any) -> Any:
    """Return the place of the lowest bit that is set, 64 if none is."""

    def write(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.cttz(arguments[0], ir.IntType(1)(0))

    return types.int64(types.int64), write


@intrinsic  # type: ignore[untyped-decorator]
def count_ones(typing: Any, bits: Any) -> Any:
    """Return how many bits are set."""

    def write(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.ctpop(arguments[0])

    return types.int64(types.int64), write
