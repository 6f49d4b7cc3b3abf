"""Images that stay in their file until a batch needs them, as inputs take them."""

from __future__ import annotations

import math

import numpy as np
import torch
from torch import Tensor

from neuroff.data import FileRows


class FilePixels:
    """Rows of a file as tensors ``(B, values)``; what `neuroff.core.inputs.Pixels` asks for.

    Args:
        images: the rows.
        device: where tensors go.
    """

    def __init__(self, images: FileRows, device: torch.device | str) -> None:
        self._images, self._device = images, device

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and values."""
        return len(self._images), math.prod(self._images.shape[1:])

    @property
    def ndim(self) -> int:
        """Two."""
        return 2

    def __getitem__(self, rows: slice | Tensor) -> Tensor:
        """Read rows."""
        chosen = rows if isinstance(rows, slice) else rows.cpu().numpy()
        found = self._images[chosen].reshape(-1, self.shape[1])
        return torch.from_numpy(found).to(self._device)

    def part(self, rows: slice | Tensor) -> FilePixels:
        """Return some rows, unread."""
        chosen = rows if isinstance(rows, slice) else rows.cpu().numpy()
        return FilePixels(self._images.taken(np.arange(len(self._images))[chosen]), self._device)
