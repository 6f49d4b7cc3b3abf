"""Losses of a true and a wrong label.

``C`` always has shape ``(2, B)``: row 0 the positive, row 1 the negative presentation of the same image.

========= ================================================= =======================================
name      loss of one image                                  modulators (m⁺, m⁻)
========= ================================================= =======================================
threshold ½ [softplus(θ − C⁺) + softplus(C⁻ − θ)]            ½ (−σ(θ − C⁺), σ(C⁻ − θ))
pairwise  softplus(−α (C⁺ − C⁻))                             α σ(−α (C⁺ − C⁻)) · (−1, +1)
swish     silu(x) at x = −α (C⁺ − C⁻)                        α σ(x) (1 + x σ(−x)) · (−1, +1)
========= ================================================= =======================================

``threshold`` is NetworkFF's eq. 8, the mean over positives and negatives. ``pairwise`` is SymBa's loss (Lee
and Song, arXiv 2303.08418), which needs no threshold; ``swish`` is the same with x σ(x) for the softplus:
pairs that are told apart well hardly pull any more, those told apart wrongly always do.

Theory: (9).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

import torch
from torch import Tensor
from torch.nn.functional import logsigmoid, silu

from neuroff.checks import require_number
from neuroff.errors import ShapeError, require_choice

PairLossName = Literal["threshold", "pairwise", "swish"]


def softplus(x: Tensor) -> Tensor:
    """Return ln(1 + eˣ), exact where PyTorch's own turns linear."""
    return -logsigmoid(-x)


@dataclass(frozen=True)
class Loss:
    """A choice of loss of two answers.

    Attributes:
        name: see the table above.
        theta: θ, the threshold of the goodness, for ``threshold``.
        steepness: α, for ``pairwise`` and ``swish``.

    Raises:
        ConfigError: if there is no such loss, or a number is out of range.
    """

    name: PairLossName = "threshold"
    theta: float = 2.0
    steepness: float = 4.0

    def __post_init__(self) -> None:
        require_choice(self.name, get_args(PairLossName), "loss")
        require_number("theta", self.theta, where="Loss")
        require_number("steepness", self.steepness, above=0.0, where="Loss")

    def value(self, collaborative: Tensor, truth: Tensor | None = None) -> Tensor:
        """Return the loss ``(B,)`` of each image from collaborative goodness ``(2, B)``, the true row first.

        Raises:
            ShapeError: if there are other answers than a true and a wrong one.
        """
        positive, negative = _pair(collaborative, truth)
        if self.name == "threshold":
            return 0.5 * (softplus(self.theta - positive) + softplus(negative - self.theta))
        confusion = -self.steepness * (positive - negative)
        return silu(confusion) if self.name == "swish" else softplus(confusion)

    def modulator(self, collaborative: Tensor, truth: Tensor | None = None) -> Tensor:
        """Return ``(2, B)``, the derivative of each image's loss by its two goodnesses.

        Raises:
            ShapeError: if there are other answers than a true and a wrong one.
        """
        positive, negative = _pair(collaborative, truth)
        if self.name == "threshold":
            up, down = torch.sigmoid(self.theta - positive), torch.sigmoid(negative - self.theta)
            return 0.5 * torch.stack((-up, down))
        confusion = -self.steepness * (positive - negative)
        pull = self.steepness * torch.sigmoid(confusion)
        if self.name == "swish":
            pull *= 1.0 + confusion * torch.sigmoid(-confusion)
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
