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
from typing import Literal, get_args

import torch
from torch import Tensor
from torch.nn.functional import logsigmoid

from neuroff.errors import require_choice

LossName = Literal["threshold", "pairwise"]


def softplus(x: Tensor) -> Tensor:
    """Return ln(1 + eˣ), exact where PyTorch's own turns linear."""
    return -logsigmoid(-x)


@dataclass(frozen=True)
class Loss:
    """A choice of loss.

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

    def value(self, collaborative: Tensor) -> Tensor:
        """Return the loss ``(B,)`` of each image from collaborative goodness ``(2, B)``."""
        positive, negative = collaborative
        if self.name == "threshold":
            return 0.5 * (softplus(self.theta - positive) + softplus(negative - self.theta))
        return softplus(-self.steepness * (positive - negative))

    def modulator(self, collaborative: Tensor) -> Tensor:
        """Return ``(2, B)``, the derivative of each image's loss by its two goodnesses."""
        positive, negative = collaborative
        if self.name == "threshold":
            up, down = torch.sigmoid(self.theta - positive), torch.sigmoid(negative - self.theta)
            return 0.5 * torch.stack((-up, down))
        pull = self.steepness * torch.sigmoid(-self.steepness * (positive - negative))
        return torch.stack((-pull, pull))
