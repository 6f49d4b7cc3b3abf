"""Recorded events in time bins: what spiked in a bin, once or more, spikes there once."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from neuroff.errors import DataError


def require_steps(steps: int | None, name: str) -> int:
    """Return T of a data set's bins.

    Raises:
        DataError: if it is not given, or less than one.
    """
    where = f"data set {name}"
    if steps is None:
        raise DataError(
            "recorded spikes need time steps to be binned into",
            where=where,
            fix=f"use `neuroff train --dataset {name} --path spiking`, or load(name, steps=T)",
        )
    if steps < 1:
        raise DataError(f"{steps} time steps", where=where, expected="at least one")
    return steps


def binned(
    times: npt.NDArray[Any], inputs: npt.NDArray[Any], width: int, steps: int, span: float, where: str
) -> npt.NDArray[np.uint8]:
    """Return one recording, ``(width, T)`` zeros and ones.

    Args:
        times: when each event came; what comes after ``span`` is cut off.
        inputs: where, in [0, width).
        width: number of inputs.
        steps: T, bins of equal length.
        span: what they cover, in the unit of the times.
        where: the recording, for messages.

    Raises:
        DataError: if a time is negative or not finite, or an input does not exist.
    """
    when, places = np.asarray(times, dtype=np.float64), np.asarray(inputs)
    if when.shape != places.shape or when.ndim != 1:
        raise DataError(
            f"{when.size} times and {places.size} channels",
            where=where,
            expected="as many of one as of the other",
        )
    if when.size and not (np.isfinite(when).all() and when.min() >= 0):
        raise DataError("a spike at a time that cannot be", where=where, expected="times from 0 on")
    if places.size and not (places.min() >= 0 and places.max() < width):
        raise DataError(
            f"channels from {places.min()} to {places.max()}", where=where, expected=f"0 to {width - 1}"
        )
    kept = when < span
    # The product first: an event on the border of two bins is in the later one.
    bins = (when[kept] * steps / span).astype(np.int64).clip(max=steps - 1)
    found = np.zeros((width, steps), dtype=np.uint8)
    found[places[kept].astype(np.int64), bins] = 1
    return found
