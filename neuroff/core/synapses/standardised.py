"""Standardised channels in front of other synapses: what a layer says by how much it fires is hidden.

    x'_c = (x_c − μ_c) / √(v_c + ε)

with mean μ and variance v of channel c over training images, places and time: batch normalisation (Ioffe and
Szegedy, arXiv 1502.03167) without a scale of its own, in front of the weights. Both are running means that
follow each batch with a share of `SHARE`, as means of all batches at first; prediction uses them as learning
does. They fold into weights and biases, and that is how drive and gradient are computed as well:

    w'_oc = w_oc / √(v_c + ε),   b'_o = b_o − Σ_c w'_oc μ_c,   and
    ∂L/∂w_oc = (∂L/∂w'_oc − μ_c ∂L/∂b'_o) / √(v_c + ε)

What a convolution finds beyond the border is a zero before the means are taken off, as a chip has it:
nothing arrives from there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final, Self

import torch
from torch import Tensor

from neuroff.checks import require_kind
from neuroff.core.checks import require_tensor
from neuroff.core.signal import Signal
from neuroff.core.synapses.conv import Conv
from neuroff.core.synapses.dense import Dense
from neuroff.core.synapses.front import OneForOne
from neuroff.core.synapses.planes import Planes
from neuroff.errors import ShapeError
from neuroff.shown import Shown

SHARE: Final = 0.1
_LEAST: Final = 1e-5  # ε


@dataclass(frozen=True, repr=False)
class Standardised(Shown, OneForOne):
    """Synapses that receive every channel with mean zero and variance one.

    Attributes:
        behind: what receives the channels.
        planes: what arrives.
        seen: ``(3, C)``: mean, mean square, and the number of batches that they follow.

    Raises:
        ConfigError: if what receives the channels is neither dense nor a convolution.
        ShapeError: if the shapes do not belong together.
    """

    behind: Dense | Conv
    planes: Planes
    seen: Tensor

    def __post_init__(self) -> None:
        super().__post_init__()
        require_kind("planes", self.planes, Planes, where="Standardised")
        require_kind("behind", self.behind, (Dense, Conv), where="Standardised")
        require_tensor("seen", self.seen, where="Standardised", expected="(3, channels)")
        if self.planes.size != self.behind.inputs or self.seen.shape != (3, self.planes.channels):
            raise ShapeError(
                f"{self.planes} values, {self.behind.inputs} inputs and statistics {tuple(self.seen.shape)}",
                where="Standardised",
                expected="as many inputs as values, and statistics (3, channels)",
            )

    @classmethod
    def of(cls, behind: Dense | Conv, planes: Planes) -> Self:
        """Return the synapses behind channels of which nothing has been seen yet."""
        seen = behind.weight.new_zeros(3, planes.channels)
        seen[1] = 1.0 - _LEAST
        return cls(behind, planes, seen)

    def tensors(self) -> dict[str, Tensor]:
        """Return those of the synapses behind, and the statistics."""
        return {**super().tensors(), "seen": self.seen}

    def settle(self, gradient: Mapping[str, Tensor]) -> None:
        """Move the statistics toward those of a batch, in place."""
        total = gradient["seen"]
        if not bool(total[2, 0]):
            return
        share = (1.0 / (self.seen[2, 0] + 1.0)).clamp(min=SHARE)
        self.seen[:2].lerp_(total[:2] / total[2], share)
        self.seen[2].add_(1.0)

    def with_tensors(self, tensors: Mapping[str, Tensor]) -> Self:
        """Return the same synapses with other tensors."""
        return replace(self, behind=self.behind.with_tensors(tensors), seen=tensors["seen"])

    def folded(self) -> Dense | Conv:
        """Return the synapses that receive what arrives, means and variances in their weights and biases."""
        mean, scale = self._of_inputs()
        weight = self.behind.weight * scale
        return replace(self.behind, weight=weight, bias=self.behind.bias - (weight * mean).flatten(1).sum(1))

    def affine(self) -> tuple[Tensor, Tensor]:
        """Return the matrix ``(N, D)`` and biases with means and variances in them."""
        return self.folded().affine()

    def drive(self, signal: Signal, precision: torch.dtype) -> Tensor:
        """Return what the standardised channels drive, ``(…, B, N)``."""
        return self.folded().drive(signal, precision)

    def add_weight_gradient(
        self, gradient: Mapping[str, Tensor], post: Tensor, pre: Signal, precision: torch.dtype
    ) -> None:
        """Add post × the standardised channels, and what was seen of them."""
        values = self.planes.of(pre.values if pre.gain is None else pre.values * pre.gain[..., None])
        mean, square = values.mean((0, 2, 3)), values.square().mean((0, 2, 3))
        seen = torch.stack((mean, square, torch.ones_like(mean))).mul_(values.shape[0])
        arriving = {name: torch.zeros_like(tensor) for name, tensor in self.behind.tensors().items()}
        self.behind.add_bias_gradient(arriving, post)
        self.behind.add_weight_gradient(arriving, post, pre, precision)
        self.add_arriving(gradient, arriving, seen)

    def add_arriving(
        self, gradient: Mapping[str, Tensor], arriving: Mapping[str, Tensor], seen: Tensor
    ) -> None:
        """Add to the weights' gradient, and what was seen, from what the folded synapses learn.

        Args:
            gradient: sums by the names of `tensors`, added to in place.
            arriving: ∂L/∂w' and ∂L/∂b' by the names of the folded synapses' tensors.
            seen: ``(3, C)``: sums over samples and steps of a channel's mean and mean square over places, and
                their number.
        """
        gradient["seen"].add_(seen)
        centre, scale = self._of_inputs()
        outward = (-1, *[1] * (self.behind.weight.ndim - 1))
        gradient["weight"].add_((arriving["weight"] - centre * arriving["bias"].view(outward)).mul_(scale))

    def add_unit_gradient(self, gradient: Mapping[str, Tensor], units: Tensor, post: Tensor) -> None:
        """Add what the first inputs contribute; the means are no part of what one value adds."""
        arriving = {"weight": torch.zeros_like(self.behind.weight)}
        self.behind.add_unit_gradient(arriving, units, post)
        gradient["weight"].add_(arriving["weight"].mul_(self._of_inputs()[1]))

    def reached(self, ones: Tensor) -> Tensor:
        """Return which neurons ``(…, B, N)``, bool, an input that is not zero reaches."""
        return self.behind.reached(ones)

    def _of_inputs(self) -> tuple[Tensor, Tensor]:
        """Return μ and 1/√(v + ε) of every weight's input, in shapes that multiply a weight."""
        mean, square = self.seen[0], self.seen[1]
        scale = (square - mean.square()).clamp(min=0.0).add(_LEAST).rsqrt()
        return self.behind.of_channels(mean), self.behind.of_channels(scale)
