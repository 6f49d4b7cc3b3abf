"""The local loss of a layer that has one goodness per class: cross-entropy of its softmax.

    p_k = softmax_k(α C_k),      L = −Σ_k q_k ln p_k,      m_k = ∂L/∂C_k = α (p_k − q_k)

with q the true class, softened by the label smoothing ε (Szegedy et al., CVPR 2016): q_k = (1 − ε) 1[k = y]
+ ε/K. K scalars a layer and sample are all that is broadcast; no wrong label, no threshold.

Theory: (10).
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from neuroff.checks import require_number
from neuroff.errors import ShapeError


@dataclass(frozen=True)
class ClassLoss:
    """Cross-entropy over the classes' goodness.

    Attributes:
        steepness: α, inverse temperature of the softmax.
        smoothing: ε, share of the target spread over all classes, in [0, 1).

    Raises:
        ConfigError: if a number is out of range.
    """

    steepness: float = 30.0
    smoothing: float = 0.0

    def __post_init__(self) -> None:
        require_number("steepness", self.steepness, above=0.0, where="ClassLoss")
        require_number("smoothing", self.smoothing, least=0.0, below=1.0, where="ClassLoss")

    def value(self, collaborative: Tensor, truth: Tensor | None = None) -> Tensor:
        """Return the loss ``(B,)`` of each image from collaborative goodness ``(K, B)``.

        Raises:
            ShapeError: if no true class is given.
        """
        logs = torch.log_softmax(self.steepness * collaborative, 0)
        right = logs.gather(0, _known(truth)[None])[0]
        if not self.smoothing:
            return -right
        return -(1.0 - self.smoothing) * right - self.smoothing * logs.mean(0)

    def modulator(self, collaborative: Tensor, truth: Tensor | None = None) -> Tensor:
        """Return ``(K, B)``, the derivative of each image's loss by the goodness of every class.

        Raises:
            ShapeError: if no true class is given.
        """
        share = torch.softmax(self.steepness * collaborative, 0)
        if self.smoothing:
            share -= self.smoothing / share.shape[0]
        taken = share.new_full((1, share.shape[1]), self.smoothing - 1.0)
        return share.scatter_add_(0, _known(truth)[None], taken).mul_(self.steepness)


def _known(truth: Tensor | None) -> Tensor:
    if truth is None:
        raise ShapeError(
            "goodness of a true and a wrong label",
            where="ClassLoss",
            expected="goodness of every class, and which is true",
            fix="ask by class groups, or train with a loss of two answers",
        )
    return truth
