"""What training asks of a loss."""

from __future__ import annotations

from typing import Protocol

from torch import Tensor


class LayerLoss(Protocol):
    """A loss of collaborative goodness.

    Both methods take the collaborative goodness of A answers, ``(A, B)``, and the row of the true one,
    ``(B,)``, or ``None`` where there are two rows, the true one first (`neuroff.core.asking.Question`).
    """

    def value(self, collaborative: Tensor, truth: Tensor | None = None) -> Tensor:
        """Return the loss of each image, ``(B,)``."""
        ...

    def modulator(self, collaborative: Tensor, truth: Tensor | None = None) -> Tensor:
        """Return ``(A, B)``, the derivative of each image's loss by its goodness."""
        ...
