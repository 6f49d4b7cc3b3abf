"""Goodness: one scalar per layer and sample that is high for positive and low for negative data.

================== =================================== ===========================
name               goodness of activities a (B, N)     derivative
================== =================================== ===========================
mean_squares       G = κ · (1/N) Σᵢ aᵢ²                 2κ aᵢ / N
sum_squares        G = κ · Σᵢ aᵢ²                       2κ aᵢ
negative_squares   G = −κ · Σᵢ aᵢ²                      −2κ aᵢ
linear             G = κ · (1/N) Σᵢ aᵢ                  κ / N
================== =================================== ===========================

Hinton (arXiv 2212.13345) names the sum of squares and its opposite, which positive data makes small.

Of spikes, the activity is a readout a ∈ [0, 1] (`neuroff.core.readout`), and κ brings it to the scale of the
threshold. What a chip counts, and the dense activities h ≥ 0 of the same goodness at κ = 1:

===================== ==================== =================================================== =============
goodness              readout              from spike counts n or traces z                     dense h
===================== ==================== =================================================== =============
firing-rate energy    rate, squares        κ/(N T²) Σᵢ nᵢ²                                     √κ · r
trace energy          λ < 1, squares       κ/N ((1−λ)/(1−λᵀ))² Σᵢ zᵢ²                          √κ · a
linear spike count    rate, ``linear``     κ/(N T) Σᵢ nᵢ: one counter for the whole layer      κ · r
===================== ==================== =================================================== =============

The map is exact: G and its derivative by a are those of h = √κ a (squares) or h = κ a (linear), by the chain
rule. With ``linear`` the postsynaptic factor of the local rule is the same for all neurons.

Theory: (6).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol, get_args

import torch
from torch import Tensor

from neuroff.checks import require_number
from neuroff.errors import require_choice

GoodnessName = Literal["mean_squares", "sum_squares", "negative_squares", "linear"]


class GoodnessMeasure(Protocol):
    """What a network asks of a goodness."""

    def value(self, activity: Tensor) -> Tensor:
        """Return the goodness ``(…, B)`` of activities ``(…, B, N)``."""
        ...

    def gradient(self, activity: Tensor, modulator: Tensor) -> Tensor:
        """Return ``modulator · ∂G/∂activity`` ``(B, N)`` for one modulator per sample, ``(B,)``."""
        ...


@dataclass(frozen=True)
class Goodness:
    """A choice of goodness.

    Attributes:
        name: see the table above.
        scale: κ, a positive factor.

    Raises:
        ConfigError: if there is no such goodness, or the factor is not above zero.
    """

    name: GoodnessName = "mean_squares"
    scale: float = 1.0

    def __post_init__(self) -> None:
        require_choice(self.name, get_args(GoodnessName), "goodness")
        require_number("scale", self.scale, above=0.0, where="Goodness")

    def _factor(self, neurons: int) -> float:
        if self.name in ("mean_squares", "linear"):
            return self.scale / neurons
        return self.scale if self.name == "sum_squares" else -self.scale

    def value(self, activity: Tensor) -> Tensor:
        """Return the goodness ``(…, B)`` of activities ``(…, B, N)``."""
        if self.name == "linear":
            return activity.sum(-1).mul_(self._factor(activity.shape[-1]))
        length = torch.linalg.vector_norm(activity, dim=-1)
        goodness: Tensor = length.square_().mul_(self._factor(activity.shape[-1]))
        return goodness

    def gradient(self, activity: Tensor, modulator: Tensor) -> Tensor:
        """Return ``modulator · ∂G/∂activity``, shape ``(B, N)``.

        Args:
            activity: ``(B, N)``.
            modulator: ``(B,)``, one scalar per sample.
        """
        if self.name == "linear":
            share = self._factor(activity.shape[-1]) * modulator
            return share[:, None].expand(-1, activity.shape[-1]).contiguous()
        return activity * (2.0 * self._factor(activity.shape[-1]) * modulator)[:, None]

    def threshold(self, theta: float) -> float:
        """Return the goodness at which a sample counts as positive as often as not.

        Args:
            theta: the threshold of the activity or its square; the opposite goodness turns its sign.
        """
        return -theta if self.name == "negative_squares" else theta
