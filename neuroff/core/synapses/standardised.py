"""Standardised channels in front of other synapses: what a layer says by how much it fires is hidden.

    x'_c = (x_c − μ_c) / √(v_c + ε)

with mean μ and variance v of channel c over training images, places and time: batch normalisation (Ioffe and
Szegedy, arXiv 1502.03167) without a scale of its own, in front of the weights. No gradient passes a layer, so
none has to pass this. Both are running means that follow each batch with a share of `SHARE`, as means of all
batches at first; prediction uses them as learning does. They are fixed numbers for a chip and fold into the
weights and into one bias for each neuron, exactly.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final, Self

import torch
from torch import Tensor

from neuroff.core.signal import Signal
from neuroff.core.synapses.front import Front
from neuroff.core.synapses.planes import Planes
from neuroff.core.synapses.protocol import Synapses
from neuroff.errors import ShapeError

SHARE: Final = 0.1
_LEAST: Final = 1e-5  # ε


@dataclass(frozen=True)
class Standardised(Front):
    """Synapses that receive every channel with mean zero and variance one.

    Attributes:
        behind: what receives the channels.
        planes: what arrives.
        seen: ``(3, C)``: mean, mean square, and the number of batches that they follow.

    Raises:
        ShapeError: if the shapes do not belong together.
    """

    planes: Planes
    seen: Tensor

    def __post_init__(self) -> None:
        if self.planes.size != self.behind.inputs or self.seen.shape != (3, self.planes.channels):
            raise ShapeError(
                f"{self.planes} values, {self.behind.inputs} inputs and statistics {tuple(self.seen.shape)}",
                where="Standardised",
                expected="as many inputs as values, and statistics (3, channels)",
            )

    @classmethod
    def of(cls, behind: Synapses, planes: Planes) -> Self:
        """Return the synapses behind channels of which nothing has been seen yet."""
        like = next(iter(behind.tensors().values()))
        seen = like.new_zeros(3, planes.channels)
        seen[1] = 1.0 - _LEAST
        return cls(behind, planes, seen)

    @property
    def inputs(self) -> int:
        """D."""
        return self.planes.size

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
        self.behind.settle(gradient)

    def with_tensors(self, tensors: Mapping[str, Tensor]) -> Self:
        """Return the same synapses with other tensors."""
        return replace(self, behind=self.behind.with_tensors(tensors), seen=tensors["seen"])

    def affine(self) -> tuple[Tensor, Tensor]:
        """Return the matrix ``(N, D)`` and biases with mean and variance in them."""
        weight, bias = self.behind.affine()
        places = self.planes.height * self.planes.width
        mean, scale = (each.repeat_interleave(places) for each in self._scales())
        scaled = weight * scale
        return scaled, bias - scaled @ mean

    def add_weight_gradient(
        self, gradient: Mapping[str, Tensor], post: Tensor, pre: Signal, precision: torch.dtype
    ) -> None:
        """Add post × the standardised channels, and what was seen of them."""
        values = self.planes.of(pre.values if pre.gain is None else pre.values * pre.gain[..., None])
        mean, square = values.mean((0, 2, 3)), values.square().mean((0, 2, 3))
        rows = float(values.shape[0])
        gradient["seen"].add_(torch.stack((mean, square, torch.ones_like(mean))), alpha=rows)
        super().add_weight_gradient(gradient, post, pre, precision)

    def share_of(self, values: Tensor) -> Tensor:
        """Return values in units of their channel's deviation; the mean is no part of what one value adds."""
        return self.planes.of(values).mul(self._scales()[1][:, None, None]).view_as(values)

    @property
    def products(self) -> int:
        """Multiply-accumulates of analog values; the numbers of a channel are in the weights."""
        return self.behind.products

    def fan_out(self) -> Tensor:
        """Return how many neurons each input reaches, ``(D,)`` int64."""
        return self.behind.fan_out()

    def zero_fan_out(self) -> Tensor:
        """Return how many of them by a weight of zero, ``(D,)`` int64."""
        return self.behind.zero_fan_out()

    def reached(self, ones: Tensor) -> Tensor:
        """Return which neurons ``(…, B, N)``, bool, an input that is not zero reaches."""
        return self.behind.reached(ones)

    def _scales(self) -> tuple[Tensor, Tensor]:
        """Return μ and 1/√(v + ε) of every channel, ``(C,)`` each."""
        mean, square = self.seen[0], self.seen[1]
        return mean, (square - mean.square()).clamp(min=0.0).add(_LEAST).rsqrt()

    def shown(self, signal: Signal) -> Signal:
        """Return the standardised channels, gain included."""
        values = signal.values if signal.gain is None else signal.values * signal.gain[..., None]
        mean, scale = self._scales()
        planes = self.planes.of(values)
        found = torch.sub(planes, mean[:, None, None]).mul_(scale[:, None, None])
        return Signal(found.view_as(values))
