"""Average pooling in front of other synapses: linear, so both are one matrix on a chip.

A neuron behind a pool sees means of windows; its weight to each of their inputs is the weight of the mean
over the window's size. Nothing stands between: a spike reaches the neurons behind the pool directly.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from neuroff.checks import require_kind
from neuroff.core.signal import Signal
from neuroff.core.synapses.front import Front
from neuroff.core.synapses.planes import Planes, over_windows
from neuroff.errors import ShapeError


@dataclass(frozen=True)
class Pooled(Front):
    """Means of windows that do not overlap, and synapses that receive them.

    Attributes:
        behind: the synapses that receive the means.
        planes: what arrives.
        window: height and width of a window; rows and columns that fill none are dropped.

    Raises:
        ConfigError: if the window does not fit once, or has no height or width.
        ShapeError: if the synapses receive another number of values than there are windows.
    """

    planes: Planes
    window: tuple[int, int]

    def __post_init__(self) -> None:
        super().__post_init__()
        require_kind("planes", self.planes, Planes, where="Pooled")
        if self.pooled.size != self.behind.inputs:
            raise ShapeError(
                f"{self.pooled} means for synapses with {self.behind.inputs} inputs",
                where="Pooled",
                expected="as many means as inputs",
            )

    @property
    def pooled(self) -> Planes:
        """The planes of means."""
        return self.planes.pooled(self.window)

    @property
    def inputs(self) -> int:
        """D, before the pool."""
        return self.planes.size

    def affine(self) -> tuple[Tensor, Tensor]:
        """Return the matrix of pool and synapses ``(N, D)``, and the biases."""
        weight, bias = self.behind.affine()
        spread = self._spread(weight)
        return spread.div_(math.prod(self.window)), bias

    @property
    def connections(self) -> int:
        """Number of pairs of an input in a window and a neuron behind."""
        return self.behind.connections * math.prod(self.window)

    @property
    def products(self) -> int:
        """Multiply-accumulates of analog values: the means are taken once."""
        return self.behind.products

    @property
    def connects_all(self) -> bool:
        """Whether every input lies in a window and every mean reaches every neuron."""
        return self.behind.connects_all and self.pooled.size * math.prod(self.window) == self.inputs

    def fan_out(self) -> Tensor:
        """Return how many neurons each input reaches, ``(D,)`` int64."""
        return self._spread(self.behind.fan_out()[None])[0]

    def zero_fan_out(self) -> Tensor:
        """Return how many of them by a weight of zero, ``(D,)`` int64."""
        return self._spread(self.behind.zero_fan_out()[None])[0]

    def reached(self, ones: Tensor) -> Tensor:
        """Return which neurons ``(…, B, N)``, bool, an input that is not zero reaches."""
        return self.behind.reached(self.shown(Signal(ones.abs())).values)

    def reaching(self, ones: Tensor) -> int:
        """Return how many neurons each sample reaches, added up."""
        return self.behind.reaching(self.shown(Signal(ones.abs())).values)

    @property
    def takes_bytes(self) -> bool:
        """Bytes hold the sums of small windows."""
        return math.prod(self.window) < 256

    def shown(self, signal: Signal) -> Signal:
        """Return the means."""
        values = signal.values
        sums = over_windows(self.planes.of(values), self.window, torch.add)
        means = sums / math.prod(self.window)
        return Signal(means.reshape(*values.shape[:-1], -1), signal.gain)

    def _spread(self, values: Tensor) -> Tensor:
        """Return what belongs to each mean ``(rows, means)`` at every input of its window ``(rows, D)``."""
        down, across = self.window
        wide = self.pooled.of(values).repeat_interleave(down, 2).repeat_interleave(across, 3)
        found = values.new_zeros(values.shape[0], *self.planes.shape)
        found[:, :, : wide.shape[2], : wide.shape[3]] = wide
        return found.flatten(1)
