"""What a stored value means as a number in [0, 1]: the one place that knows.

Bytes are shares of 255, floats are shares of one already, recorded spikes are zeros and ones.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from neuroff.errors import DataError

_WHITE = 255.0
_MOST = 0.5
_BLOCK_VALUES = 2**22  # looked at at once


def unit_values(pixels: Tensor, dtype: torch.dtype) -> Tensor:
    """Return stored values as numbers in [0, 1], in a tensor of their own.

    Args:
        pixels: ``(B, values)`` uint8 or floats in [0, 1], or ``(B, values, T)`` recorded spikes.
        dtype: type of the result.

    Raises:
        DataError: if the values are of another type.
    """
    if pixels.dtype != torch.uint8 and not pixels.is_floating_point():
        raise DataError(
            f"values of type {pixels.dtype}",
            where="images",
            expected="torch.uint8 from 0 to 255, or floats in [0, 1]",
            fix="convert them with `.to(torch.uint8)` where they lie between 0 and 255",
        )
    values = pixels.to(dtype, copy=True)
    return values.div_(_WHITE) if pixels.dtype == torch.uint8 and pixels.ndim == 2 else values


def mean_and_deviation(images: Any) -> tuple[float, float]:
    """Return mean and standard deviation of all values of images, uint8 or floats in [0, 1].

    The deviation is 0 where all values are alike, and there only. What is no array is read in blocks.
    """
    if images.dtype != np.uint8 and not isinstance(images, np.ndarray):
        return _by_blocks(images)
    if images.dtype != np.uint8:
        mean, deviation = float(images.mean(dtype=np.float64)), float(images.std(dtype=np.float64))
        return mean, 0.0 if images.min() == images.max() else deviation
    # By a histogram: exact, and no float copy of the set.
    counts = np.zeros(256, dtype=np.int64)
    for block in _blocks(images):
        counts += np.bincount(block.ravel(), minlength=256)
    levels = np.arange(256) / _WHITE
    mean = float((counts * levels).sum() / counts.sum())
    deviation = float(np.sqrt((counts * (levels - mean) ** 2).sum() / counts.sum()))
    return mean, 0.0 if np.count_nonzero(counts) < 2 else deviation


def largest_value(images: npt.NDArray[Any]) -> float:
    """Return the largest value of images, uint8 or floats in [0, 1]."""
    largest = max(float(block.max()) for block in _blocks(images))
    return largest / (_WHITE if images.dtype == np.uint8 else 1.0)


def _blocks(images: Any) -> Iterator[npt.NDArray[Any]]:
    size = max(1, _BLOCK_VALUES // math.prod(images.shape[1:]))
    for start in range(0, len(images), size):
        yield images[start : start + size]


def _by_blocks(images: Any) -> tuple[float, float]:
    """Return mean and deviation in two passes; the deviation is 0 where all values are alike."""
    count = math.prod(images.shape)
    mean = math.fsum(float(block.sum(dtype=np.float64)) for block in _blocks(images)) / count
    squares = math.fsum(float(np.square(block - mean).sum()) for block in _blocks(images))
    alike = len({float(edge) for block in _blocks(images) for edge in (block.min(), block.max())}) == 1
    return mean, 0.0 if alike else math.sqrt(squares / count)


def background_share(pixels: Tensor) -> float:
    """Return the share of values that are their image's background, 0 where most have none.

    Args:
        pixels: ``(B, values)``.
    """
    alike = (pixels == pixels.median(1, keepdim=True).values).double().mean(1)
    return float(alike.mean()) if float(alike.median()) > _MOST else 0.0


def grey_rows(pixels: Tensor) -> list[list[int]]:
    """Return one image as rows of grey levels from 0 to 255, for a picture.

    Args:
        pixels: ``(values,)`` uint8 or floats in [0, 1]; an image that is not square becomes one row. Recorded
            spikes ``(values, T)`` stay zeros and ones.
    """
    levels = pixels if pixels.dtype == torch.uint8 else (pixels * _WHITE).round().to(torch.uint8)
    side = math.isqrt(pixels.shape[0])
    rows: list[list[int]] = levels.reshape(1 if levels.numel() % side else side, -1).tolist()
    return rows
