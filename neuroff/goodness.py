"""Goodness: one scalar per layer and sample that is high for positive and low for negative data.

================== =================================== ===========================
name               goodness of activities a (B, N)     derivative
================== =================================== ===========================
mean_squares       G = κ · (1/N) Σᵢ aᵢ²                 2κ aᵢ / N
sum_squares        G = κ · Σᵢ aᵢ²                       2κ aᵢ
negative_squares   G = −κ · Σᵢ aᵢ²                      −2κ aᵢ
================== =================================== ===========================

Hinton (arXiv 2212.13345) names the sum of squares and its opposite, which positive data makes small. Of
firing rates r ∈ [0, 1] the mean of squares is the firing-rate energy; κ brings it to the scale of the
threshold: rates r and dense activities h = √κ · r have the same goodness.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

import torch
from torch import Tensor

from neuroff.errors import require_choice

GoodnessName = Literal["mean_squares", "sum_squares", "negative_squares"]


@dataclass(frozen=True)
class Goodness:
    """A choice of goodness.

    Attributes:
        name: see the table above.
        scale: κ, a positive factor.
    """

    name: GoodnessName = "mean_squares"
    scale: float = 1.0

    def __post_init__(self) -> None:
        require_choice(self.name, get_args(GoodnessName), "goodness")

    def _factor(self, neurons: int) -> float:
        if self.name == "mean_squares":
            return self.scale / neurons
        return self.scale if self.name == "sum_squares" else -self.scale

    def value(self, activity: Tensor) -> Tensor:
        """Return the goodness ``(B,)`` of activities ``(B, N)``."""
        length = torch.linalg.vector_norm(activity, dim=-1)
        goodness: Tensor = length.square_().mul_(self._factor(activity.shape[-1]))
        return goodness

    def gradient(self, activity: Tensor, modulator: Tensor) -> Tensor:
        """Return ``modulator · ∂G/∂activity``, shape ``(B, N)``.

        Args:
            activity: ``(B, N)``.
            modulator: ``(B,)``, one scalar per sample.
        """
        return activity * (2.0 * self._factor(activity.shape[-1]) * modulator)[:, None]

    def threshold(self, theta: float) -> float:
        """Return the goodness at which a sample counts as positive as often as not.

        Args:
            theta: the threshold of the squared activity; the opposite goodness turns its sign.
        """
        return -theta if self.name == "negative_squares" else theta
