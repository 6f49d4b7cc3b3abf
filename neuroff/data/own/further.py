"""Rows beside those of training, to test or to predict, in the terms that training had: bytes or shares.

Bytes are shares of 255 (`neuroff.core.pixels`), whichever file they are in. What could mean two things is
refused: a wrong guess would give every row the same class, and nobody a word.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from neuroff.errors import DataError

_BYTES = 255.0
_AS_SHARES = (
    "divide grey levels by 255; save as float32 what has the scale of the training rows, cut off at [0, 1]"
)


def as_bytes(values: npt.NDArray[Any], where: str) -> npt.NDArray[np.uint8]:
    """Return rows ``(n, …)`` beside training rows that are grey levels; what lies beyond these is cut off.

    Raises:
        DataError: if they are no whole numbers.
    """
    if values.dtype.kind not in "iub":
        raise DataError(
            f"further rows of type {values.dtype}",
            where=where,
            expected="grey levels from 0 to 255, whole numbers as in the training rows",
            fix="save shares in [0, 1] as `(255 * x).round().astype(numpy.uint8)`",
        )
    found: npt.NDArray[np.uint8] = values.clip(0, 255).astype(np.uint8)
    return found


def as_shares(values: npt.NDArray[Any], where: str, *, fractions: bool) -> npt.NDArray[np.float32]:
    """Return rows ``(n, …)`` beside training rows that are floats in [0, 1]; what lies beyond is cut off.

    Args:
        values: the rows.
        where: file to name.
        fractions: whether training rows have others than zeros and ones.

    Raises:
        DataError: if they are whole numbers of another scale, or bytes that may be zeros and ones.
    """
    if values.dtype == np.uint8:
        require_more_than_ones(values, where)
        return (values / _BYTES).astype(np.float32)
    high = float(values.max())
    if fractions and high > 1 and not has_fractions(values):
        raise DataError(
            f"whole numbers up to {high:g}, {values.dtype}",
            where=where,
            expected="shares in [0, 1], as in the training rows, or bytes (uint8)",
            fix=_AS_SHARES,
        )
    found: npt.NDArray[np.float32] = values.clip(0, 1).astype(np.float32)
    return found


def has_fractions(values: npt.NDArray[Any]) -> bool:
    """Whether any of the values is no whole number."""
    return values.dtype.kind == "f" and bool((values != np.round(values)).any())


def require_more_than_ones(values: Any, where: str) -> None:
    """Raise DataError where the largest of all bytes is 1: nearly black, or zeros and ones.

    Args:
        values: has ``max()``.
        where: file to name.
    """
    if int(values.max()) == 1:
        raise DataError(
            "bytes that are all 0 or 1",
            where=where,
            expected="shares in [0, 1], as in the training rows, or grey levels from 0 to 255",
            fix="save zeros and ones as float32",
        )


def require_near(
    values: npt.NDArray[Any], kind: str, low: npt.NDArray[Any], high: npt.NDArray[Any], where: str
) -> None:
    """Raise DataError where whole numbers lie far from floats of one range: these have another scale.

    Args:
        values: rows ``(n, …)``.
        kind: of the training rows' type, as numpy names it.
        low: their smallest value, of images; of features, which have each their own, nothing is said.
        high: their largest.
        where: file to name.
    """
    if kind != "f" or values.dtype.kind not in "iu" or low.ndim:
        return
    span, least, most = float(high - low), float(values.min()), float(values.max())
    if least < low - span or most > high + span:
        raise DataError(
            f"{values.dtype} values from {least:g} to {most:g}",
            where=where,
            expected=f"the scale of the training rows, {float(low):.6g} to {float(high):.6g}",
            fix="do to them what was done to the training rows",
        )


def require_like(values: npt.NDArray[Any], shape: tuple[int, ...], dtype: np.dtype[Any], where: str) -> None:
    """Raise DataError unless rows ``(n, …)`` are finite numbers in the shape of the training rows.

    Args:
        values: as they are in their file.
        shape: of a training row.
        dtype: of training rows.
        where: file to name.
    """
    if values.dtype.kind not in "iubf" or values.shape[1:] != shape or not len(values):
        raise DataError(
            f"{len(values) if values.ndim else 0} rows of shape {values.shape[1:]} and type {values.dtype}",
            where=where,
            expected=f"rows of shape {shape} and type {dtype}, as in the training",
        )
    if values.dtype.kind == "f" and not np.isfinite(values).all():
        row = int(np.argwhere(~np.isfinite(values))[0][0])
        raise DataError(
            f"row {row} (from 0) has values that are not finite", where=where, expected="finite numbers"
        )
