"""Nodes of a graph whose axons lie in planes, channel after channel, row after row.

With x_t what reaches a node at step t, in planes ``(C, H, W)``, a node sends

========== ==================================================================================
`ConvNode` Σ_c Σ_k w_ock x_c,p·stride+k + b_o at every place p: weights that all places share
`PoolNode` the mean of every window, or the sum; windows do not overlap
========== ==================================================================================

To every other node the axons are in one row, as they always are in a graph.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from neuroff.chip.checks import FloatArray, floats, require_width, width_of
from neuroff.core.signal import Signal
from neuroff.core.synapses import Conv, Planes
from neuroff.core.synapses.planes import over_windows
from neuroff.errors import ConfigError, ExportError, ShapeError


@dataclass(frozen=True, eq=False)
class ConvNode:
    """Synapses that share their weights.

    Attributes:
        weight: ``(O, C/groups, h, w)``.
        bias: ``(O,)``, added at every place and step.
        planes: what arrives.
        stride: step of the window.
        padding: zeros above and below, left and right.
        groups: of channels that do not meet.
    """

    weight: FloatArray
    bias: FloatArray
    planes: Planes
    stride: int = 1
    padding: tuple[int, int] = (0, 0)
    groups: int = 1

    def __post_init__(self) -> None:
        object.__setattr__(self, "weight", floats(self.weight, "weight", "ConvNode", 4))
        object.__setattr__(self, "bias", floats(self.bias, "bias", "ConvNode", 1))
        require_width(self.bias, self.weight.shape[0], "bias", "ConvNode")
        if self.weight.dtype != self.bias.dtype:
            raise ExportError(
                f"weight of {self.weight.dtype} and bias of {self.bias.dtype}",
                where="ConvNode",
                expected="one type",
            )
        try:
            width_of(self.outputs, "ConvNode")
        except (ConfigError, ShapeError) as error:
            raise ExportError(error.what, where="ConvNode", expected=error.expected) from None

    @property
    def synapses(self) -> Conv:
        """The same as synapses of a layer."""
        weight, bias = torch.from_numpy(self.weight.copy()), torch.from_numpy(self.bias.copy())
        return Conv(weight, bias, self.planes, self.stride, self.padding, self.groups)

    @property
    def leaving(self) -> Planes:
        """Planes of what it sends."""
        return self.synapses.leaving

    @property
    def inputs(self) -> int:
        """C · H · W."""
        return self.planes.size

    @property
    def outputs(self) -> int:
        """O times places."""
        return self.leaving.size


@dataclass(frozen=True, eq=False)
class PoolNode:
    """Means or sums of windows.

    Attributes:
        planes: what arrives.
        window: height and width; rows and columns that fill none are dropped.
        mean: whether it sends means, or sums.
    """

    planes: Planes
    window: tuple[int, int]
    mean: bool = True

    def __post_init__(self) -> None:
        if min(*self.window, *self.planes.shape) < 1:
            raise ExportError(
                f"a window of {self.window} on {self.planes}", where="PoolNode", expected="numbers above 0"
            )
        try:
            width_of(self.planes.size, "PoolNode")
            self.planes.pooled(self.window)
        except ConfigError as error:
            raise ExportError(error.what, where="PoolNode", expected=error.expected) from None

    @property
    def leaving(self) -> Planes:
        """Planes of what it sends."""
        return self.planes.pooled(self.window)

    @property
    def inputs(self) -> int:
        """C · H · W."""
        return self.planes.size

    @property
    def outputs(self) -> int:
        """Windows of all channels."""
        return self.leaving.size

    def pooled(self, signal: Signal) -> Signal:
        """Return what it sends of a signal ``(…, B, D)``."""
        values = signal.values
        found: Tensor = over_windows(self.planes.of(values), self.window, torch.add)
        if self.mean:
            found = found / math.prod(self.window)
        return Signal(found.reshape(*values.shape[:-1], -1), signal.gain)
