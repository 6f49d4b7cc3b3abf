"""Collaborative goodness of positive and negative samples → loss and modulators.

The modulator m = ∂L/∂C is all that a layer's learning needs to know about the loss: one scalar per sample.
``C`` always has shape ``(2, B)``: row 0 the positive, row 1 the negative presentation of the same image.

========= ================================================= =======================================
name      loss of one image                                  modulators (m⁺, m⁻)
========= ================================================= =======================================
threshold ½ [softplus(θ − C⁺) + softplus(C⁻ − θ)]            ½ (−σ(θ − C⁺), σ(C⁻ − θ))
pairwise  softplus(−α (C⁺ − C⁻))                             α σ(−α (C⁺ − C⁻)) · (−1, +1)
========= ================================================= =======================================

``threshold`` is NetworkFF's eq. 8, the mean over positives and negatives. ``pairwise`` is SymBa's loss (Lee
and Song, arXiv 2303.08418), which needs no threshold.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol, get_args

import torch
from torch import Tensor
from torch.nn.functional import logsigmoid

from neuroff.errors import ShapeError, require_choice

LossName = Literal["threshold", "pairwise"]


def softplus(x: Tensor) -> Tensor:
    """Return ln(1 + eˣ), exact where PyTorch's own turns linear."""
    return -logsigmoid(-x)


class LayerLoss(Protocol):
    """What training asks of a loss.

    Both methods take the collaborative goodness of A answers, ``(A, B)``, and the row of the true one,
    ``(B,)``, or ``None`` where there are two rows, the true one first (`neuroff.core.asking.Question`).
    """

    def value(self, collaborative: Tensor, truth: Tensor | None = None) -> Tensor:
        """Return the loss of each image, ``(B,)``."""
        ...

    def modulator(self, collaborative: Tensor, truth: Tensor | None = None) -> Tensor:
        """Return ``(A, B)``, the derivative of each image's loss by its goodness."""
        ...


@dataclass(frozen=True)
class Loss:
    """A choice of loss of two answers.

    Attributes:
        name: see the table above.
        theta: θ, the threshold of the goodness, for ``threshold``.
        steepness: α, for ``pairwise``.
    """

    name: LossName = "threshold"
    theta: float = 2.0
    steepness: float = 4.0

    def __post_init__(self) -> None:
        require_choice(self.name, get_args(LossName), "loss")

    def value(self, collaborative: Tensor, truth: Tensor | None = None) -> Tensor:
        """Return the loss ``(B,)`` of each image from collaborative goodness ``(2, B)``, the true row first.

        Raises:
            ShapeError: if there are other answers than a true and a wrong one.
        """
        positive, negative = _pair(collaborative, truth)
        if self.name == "threshold":
            return 0.5 * (softplus(self.theta - positive) + softplus(negative - self.theta))
        return softplus(-self.steepness * (positive - negative))

    def modulator(self, collaborative: Tensor, truth: Tensor | None = None) -> Tensor:
        """Return ``(2, B)``, the derivative of each image's loss by its two goodnesses.

        Raises:
            ShapeError: if there are other answers than a true and a wrong one.
        """
        positive, negative = _pair(collaborative, truth)
        if self.name == "threshold":
            up, down = torch.sigmoid(self.theta - positive), torch.sigmoid(negative - self.theta)
            return 0.5 * torch.stack((-up, down))
        pull = self.steepness * torch.sigmoid(-self.steepness * (positive - negative))
        return torch.stack((-pull, pull))


def _pair(collaborative: Tensor, truth: Tensor | None) -> Tensor:
    if truth is not None or collaborative.shape[0] != 2:
        raise ShapeError(
            f"goodness of {collaborative.shape[0]} answers",
            where="Loss",
            expected="two: of the true label and of a wrong one",
            fix="train with a loss over classes, or ask by labels",
        )
    return collaborative
