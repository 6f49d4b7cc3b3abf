"""Synapses of one weight and one bias, whatever their shapes: what `Dense` and `Conv` have in common."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Self

from torch import Tensor

from neuroff.core.checks import require_tensor
from neuroff.core.synapses.protocol import Change, Synapses, unchanged
from neuroff.shown import Shown


@dataclass(frozen=True, repr=False)
class Weighted(Shown, Synapses):
    """A weight and a bias.

    Attributes:
        weight: its first axis leads outward.
        bias: ``(weight.shape[0],)``.

    Raises:
        ShapeError: if one of them is no tensor.
    """

    weight: Tensor
    bias: Tensor

    def __post_init__(self) -> None:
        for name in ("weight", "bias"):
            require_tensor(name, getattr(self, name), where=type(self).__name__, expected=f"of a {name}")

    def tensors(self) -> dict[str, Tensor]:
        """Return weight and bias."""
        return {"weight": self.weight, "bias": self.bias}

    def with_tensors(self, tensors: Mapping[str, Tensor]) -> Self:
        """Return the same synapses with other tensors."""
        return replace(self, weight=tensors["weight"], bias=tensors["bias"])

    def mapped(self, weight: Change = unchanged, bias: Change = unchanged) -> Self:
        """Return the same synapses whose tensors are functions of these."""
        return replace(self, weight=weight(self.weight), bias=bias(self.bias))
