"""Checks of numbers that come from networks and from files of others."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from neuroff.errors import ExportError, shortened

FloatArray = npt.NDArray[np.floating[Any]]
IntArray = npt.NDArray[np.int64]

MAX_WIDTH = 2**24
"""Neurons or axons of one node."""
MAX_WEIGHTS = 2**28
"""Weights of one node: one GiB of float32."""


def width_of(value: int, where: str, name: str = "width") -> int:
    """Return a number of neurons or axons.

    Raises:
        ExportError: if it is no whole number in [1, `MAX_WIDTH`].
    """
    whole = isinstance(value, int | np.integer) and not isinstance(value, bool)
    if not whole or not 1 <= value <= MAX_WIDTH:
        raise ExportError(
            f"{name} = {shortened(value)}", where=where, expected=f"a whole number from 1 to {MAX_WIDTH}"
        )
    return int(value)


def floats(value: Any, name: str, where: str, ndim: int) -> FloatArray:
    """Return a read-only copy of finite floating-point numbers.

    Args:
        value: float32 or float64 numbers; others are refused, not converted.
        name: of the field.
        where: node to name in errors.
        ndim: number of axes.

    Raises:
        ExportError: if it is no such array, is empty, too large or not finite.
    """
    if not isinstance(value, np.ndarray) or value.dtype not in (np.float32, np.float64):
        kind = f"an array of {value.dtype}" if isinstance(value, np.ndarray) else f"a {type(value).__name__}"
        raise ExportError(f"{name} is {kind}", where=where, expected="a numpy array of float32 or float64")
    if value.ndim != ndim or 0 in value.shape:
        raise ExportError(f"{name} has shape {value.shape}", where=where, expected=f"{ndim} axes, none empty")
    if max(value.shape) > MAX_WIDTH or math.prod(value.shape) > MAX_WEIGHTS:
        raise ExportError(
            f"{name} has shape {value.shape}", where=where, expected=f"at most {MAX_WEIGHTS} numbers"
        )
    if not np.isfinite(value).all():
        bad = np.argwhere(~np.isfinite(value))
        raise ExportError(
            f"{name} holds {len(bad)} numbers that are not finite, the first at {tuple(map(int, bad[0]))}",
            where=where,
            expected="finite numbers",
        )
    copy = value.copy()
    copy.setflags(write=False)
    return copy


def whole_numbers(value: Any, name: str, where: str, low: int, high: int) -> IntArray:
    """Return a read-only copy of a vector of whole numbers within bounds.

    Raises:
        ExportError: if it is no such vector.
    """
    if not isinstance(value, np.ndarray) or value.ndim != 1 or value.dtype.kind not in "iu" or not value.size:
        raise ExportError(f"{name} is {shortened(value)}", where=where, expected="a numpy vector of integers")
    if int(value.min()) < low or int(value.max()) > high:
        raise ExportError(
            f"{name} from {value.min()} to {value.max()}",
            where=where,
            expected=f"numbers from {low} to {high}",
        )
    copy = value.astype(np.int64)
    copy.setflags(write=False)
    return copy


def require_range(
    value: FloatArray, name: str, where: str, *, low: float, high: float = math.inf, open_low: bool = False
) -> None:
    """Refuse numbers outside [low, high], or (low, high] if ``open_low``.

    Raises:
        ExportError: naming the first of them.
    """
    outside = (value > high) | ((value <= low) if open_low else (value < low))
    if outside.any():
        first = int(np.flatnonzero(outside)[0])
        bounds = f"{'above' if open_low else 'at least'} {low:g}"
        if high < math.inf:
            bounds += f" and at most {high:g}"
        raise ExportError(f"{name} of neuron {first} is {value[first]:g}", where=where, expected=bounds)


def require_width(value: npt.NDArray[Any], width: int, name: str, where: str) -> None:
    """Refuse a vector of another length.

    Raises:
        ExportError: if its length is not ``width``.
    """
    if value.shape != (width,):
        raise ExportError(f"{name} has shape {value.shape}", where=where, expected=f"({width},)")


def require_member(value: str, choices: tuple[str, ...], name: str, where: str) -> None:
    """Refuse a word that is not one of ``choices``.

    Raises:
        ExportError: if it is not.
    """
    if value not in choices:
        raise ExportError(f"{name} = {shortened(value)}", where=where, expected=" | ".join(choices))
