"""What arrays a data set may have; whatever else is one clear error."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from neuroff.data.file_rows import FileRows
from neuroff.errors import DataError

_IMAGE_TYPES = (np.dtype(np.uint8), np.dtype(np.float32), np.dtype(np.float64))
_EXPECTED = "uint8 from 0 to 255, or float32 or float64 in [0, 1]"
_TO_BYTES = "convert them with `.astype(numpy.uint8)` if all lie between 0 and 255, or scale them to [0, 1]"
_TO_UNIT = (
    "divide by 255 where values are grey levels; scale features by the range that each has in the training "
    "images and clip them to [0, 1]"
)


def require_classes(classes: object, name: str) -> None:
    """Raise DataError unless there are at least two classes."""
    if isinstance(classes, bool) or not isinstance(classes, int | np.integer) or classes < 2:
        raise DataError(f"{classes!r} classes", where=f"data set {name}", expected="a whole number from 2 on")


def require_images(images: object, steps: int | None, where: str) -> None:
    """Raise DataError unless these are images, or recorded spikes where there are steps.

    Args:
        images: (n, ...) uint8 or floats in [0, 1]; (n, D, steps) zeros and ones for recorded spikes.
        steps: T of recorded spikes, else None.
        where: what to call them.
    """
    # Rows of a file were gone through when it was read.
    array: Any = images if isinstance(images, FileRows) else _require_array(images, where)
    if array.dtype not in _IMAGE_TYPES:
        raise DataError(f"values of type {array.dtype}", where=where, expected=_EXPECTED, fix=_TO_BYTES)
    if array.ndim < 2 or 0 in array.shape:
        raise DataError(
            f"shape {array.shape}",
            where=where,
            expected="(images, height, width) or (images, features), at least one of each",
            fix="reshape the array, one image or one row of features after the other",
        )
    if steps is not None:
        _require_spikes(array, steps, where)
    elif array.dtype != np.uint8 and not isinstance(images, FileRows):
        _require_unit(array, where)


def require_labels(labels: object, images: int, classes: int, where: str) -> None:
    """Raise DataError unless there is one whole number in [0, classes) an image."""
    array = _require_array(labels, where)
    _require_whole(array, where)
    if array.shape != (images,):
        raise DataError(
            f"shape {array.shape}",
            where=where,
            expected=f"({images},), one class number an image",
            fix="use `.argmax(1)` where a row marks the class, `.ravel()` where there is one column",
        )
    low, high = int(array.min()), int(array.max())
    if low < 0 or high >= classes:
        raise DataError(
            f"labels from {low} to {high}",
            where=where,
            expected=f"0 to {classes - 1}",
            fix="number the classes from 0 on, or say how many classes there are",
        )


def require_planes(planes: object, steps: int | None, inputs: int, name: str) -> None:
    """Raise DataError unless planes, where there are any, hold the inputs of recorded spikes."""
    if planes is None:
        return
    sides = planes if isinstance(planes, tuple) else ()
    whole = len(sides) == 3 and all(isinstance(side, int) and side > 0 for side in sides)
    if steps is None or not whole or math.prod(sides) != inputs:
        raise DataError(
            f"planes {planes!r} of {inputs} inputs",
            where=f"data set {name}",
            expected=f"None for images; of recorded spikes C, H and W whose product is {inputs}",
        )


def own_images(images: npt.ArrayLike, where: str) -> npt.NDArray[Any]:
    """Return a copy of images that tensors can share; half precision becomes float32."""
    array = _as_array(images, where)
    own = np.dtype(np.float32) if array.dtype == np.float16 else array.dtype.newbyteorder("=")
    return np.array(array, dtype=own, order="C")


def own_labels(labels: npt.ArrayLike, where: str) -> npt.NDArray[np.int64]:
    """Return a copy of labels as int64; DataError where they are not whole numbers."""
    array = _as_array(labels, where)
    _require_whole(array, where)
    return array.astype(np.int64)


def _as_array(values: npt.ArrayLike, where: str) -> npt.NDArray[Any]:
    try:
        return np.asarray(values)
    except (ValueError, TypeError, RuntimeError) as error:
        raise DataError(
            f"numpy cannot read them as an array ({error})", where=where, expected="rows of equal length"
        ) from None


def _require_array(values: object, where: str) -> npt.NDArray[Any]:
    if not isinstance(values, np.ndarray):
        raise DataError(
            f"a {type(values).__name__}",
            where=where,
            expected="a numpy array",
            fix="use `DataSet.from_arrays`, which takes whatever numpy reads",
        )
    return values


def _require_whole(labels: npt.NDArray[Any], where: str) -> None:
    if labels.dtype.kind not in "iu":
        raise DataError(
            f"values of type {labels.dtype}",
            where=where,
            expected="whole numbers from 0 on",
            fix="number the classes with `numpy.unique(labels, return_inverse=True)[1]`",
        )


def _require_unit(array: npt.NDArray[Any], where: str) -> None:
    # NaN passes through both, and an infinity is one of them.
    low, high = float(array.min()), float(array.max())
    if not (np.isfinite(low) and np.isfinite(high)):
        raise DataError(
            f"{np.count_nonzero(~np.isfinite(array))} values that are not finite",
            where=where,
            expected=_EXPECTED,
            fix="replace them, for instance by the mean of their column",
        )
    if low < 0 or high > 1:
        raise DataError(
            f"{array.dtype} values from {low:.6g} to {high:.6g}",
            where=where,
            expected=_EXPECTED,
            fix=_TO_UNIT,
        )


def _require_spikes(array: npt.NDArray[Any], steps: int, where: str) -> None:
    if array.dtype != np.uint8 or array.ndim != 3 or array.shape[2] != steps or array.max() > 1:
        raise DataError(
            f"{array.dtype} values of shape {array.shape}, the largest {array.max()}",
            where=where,
            expected=f"uint8 zeros and ones of shape (recordings, inputs, {steps}), since these are spikes",
        )
