"""What a label that is written over the first inputs takes away from the images."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from neuroff.data.dataset import DataSet
from neuroff.errors import DataError

_CHUNK = 2000  # images as float64 at once


def overwritten(dataset: DataSet, columns: int) -> float:
    """Return the share of the variance over training images that the first ``columns`` inputs carry.

    0 where these inputs never change, such as the border of MNIST's images: nothing is lost there. Of D
    independent features that vary alike it is ``columns`` / D. 0 as well where no input varies.

    Args:
        dataset: its training images; each input's variance is over images, and over steps of recorded spikes.
        columns: K, as a label has a column for every class.

    Raises:
        DataError: if there are not so many inputs.
    """
    images = dataset.train_images
    rows = images.reshape(len(images), -1, dataset.steps or 1)
    if not 0 <= columns <= rows.shape[1]:
        raise DataError(
            f"{columns} columns to be overwritten",
            where=f"data set {dataset.name}",
            expected=f"at most {rows.shape[1]}, which is all that an image has",
        )
    lost = _variance(rows[:, :columns])
    return lost / _variance(rows) if lost else 0.0


def _variance(rows: npt.NDArray[Any]) -> float:
    """Return the summed variance of inputs ``(n, D, T)``."""
    if not rows.size or not (rows != rows[:1, :, :1]).any():
        return 0.0
    mean = rows.mean((0, 2), dtype=np.float64)[:, None]
    total = 0.0
    for start in range(0, len(rows), _CHUNK):
        total += float(np.square(rows[start : start + _CHUNK] - mean).sum())
    count: int = rows.shape[0] * rows.shape[2]
    return total / count
