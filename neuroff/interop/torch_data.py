"""A data set as PyTorch's ``Dataset``, for loaders and training loops of one's own."""

from __future__ import annotations

from typing import Literal

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import Dataset

from neuroff.checks import require_kind
from neuroff.core.checks import require_dtype
from neuroff.core.pixels import unit_values
from neuroff.data import DataSet
from neuroff.errors import require_choice


class TorchImages(Dataset[tuple[Tensor, int]]):
    """One part of a data set: pairs of an image, floats in [0, 1], and a class.

    Args:
        dataset: the data set.
        part: ``train`` or ``test``.
        dtype: type of the images.

    Raises:
        ConfigError: if there is no such part.
    """

    def __init__(
        self,
        dataset: DataSet,
        part: Literal["train", "test"] = "train",
        dtype: torch.dtype = torch.float32,
    ) -> None:
        require_kind("dataset", dataset, DataSet, where="TorchImages")
        require_choice(part, ("train", "test"), "part of a data set")
        require_dtype("dtype", dtype, where="TorchImages")
        self._images, self._labels = (
            (dataset.train_images, dataset.train_labels)
            if part == "train"
            else (dataset.test_images, dataset.test_labels)
        )
        self._recorded, self._dtype = dataset.steps is not None, dtype

    def __len__(self) -> int:
        """Return the number of images."""
        return len(self._labels)

    def __getitem__(self, index: int) -> tuple[Tensor, int]:
        """Return an image in its own shape, and its class."""
        image = np.asarray(self._images[index])
        values = torch.from_numpy(np.array(image if self._recorded else image.reshape(-1)))
        return unit_values(values[None], self._dtype).view(image.shape), int(self._labels[index])
