"""What a label that is written over the first inputs takes away from the images."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from neuroff.checks import require_kind
from neuroff.data.dataset import DataSet
from neuroff.data.file_rows import blocks
from neuroff.errors import DataError


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
    require_kind("dataset", dataset, DataSet, where="overwritten")
    require_kind("columns", columns, int, where="overwritten", expected="a number of columns")
    images, steps = dataset.train_images, dataset.steps or 1
    inputs = math.prod(images.shape[1:]) // steps
    if not 0 <= columns <= inputs:
        raise DataError(
            f"{columns} columns to be overwritten",
            where=f"data set {dataset.name}",
            expected=f"at most {inputs}, which is all that an image has",
        )
    variance = _variances(images, inputs, steps)
    lost = float(variance[:columns].sum())
    return lost / float(variance.sum()) if lost else 0.0


def _variances(images: npt.NDArray[Any], inputs: int, steps: int) -> npt.NDArray[np.float64]:
    """Return each input's variance over images and steps, ``(D,)``; exactly 0 where it never changes."""
    parts = (block.reshape(len(block), inputs, steps) for block in blocks(images))
    first, total, changes = None, np.zeros(inputs), np.zeros(inputs, dtype=bool)
    for part in parts:
        first = part[0, :, :1] if first is None else first
        total += part.sum((0, 2), dtype=np.float64)
        changes |= (part != first).any((0, 2))
    count = len(images) * steps
    mean = (total / count)[:, None]
    squares = np.zeros(inputs)
    for block in blocks(images):
        part = block.reshape(len(block), inputs, steps)
        squares += np.square(part - mean).sum((0, 2))
    return np.where(changes, squares / count, 0.0)
