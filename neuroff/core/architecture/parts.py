"""What a stack of layers is made of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from neuroff.core.synapses import Planes
from neuroff.core.synapses.planes import slid

Padding = Literal["same", "valid"]


@dataclass(frozen=True)
class DensePart:
    """A layer that every value below reaches.

    Attributes:
        neurons: N.
    """

    neurons: int


@dataclass(frozen=True)
class ConvPart:
    """A layer of convolution.

    Attributes:
        channels: O.
        window: height and width.
        stride: step of the window.
        padding: ``same``: as many zeros around that a stride of one keeps the planes' size; ``valid``: none.
        by_class: whether input and output channels stand in one group a class that sees no other.
    """

    channels: int
    window: tuple[int, int]
    stride: int = 1
    padding: Padding = "same"
    by_class: bool = False

    def on(self, planes: Planes) -> tuple[int, int]:
        """Return height and width of its window on some planes: those of a height of one are a signal."""
        return (1, self.window[1]) if planes.height == 1 else self.window

    def around(self, planes: Planes) -> tuple[int, int]:
        """Return the zeros above and below, left and right."""
        height, width = self.on(planes)
        return (height // 2, width // 2) if self.padding == "same" else (0, 0)

    def leaving(self, planes: Planes) -> Planes:
        """Return the planes of its neurons.

        Raises:
            ConfigError: if the window does not fit.
        """
        return Planes(self.channels, *slid(planes, self.on(planes), self.stride, self.around(planes)))


@dataclass(frozen=True)
class PoolPart:
    """Windows that do not overlap, between two layers or in front of the first.

    Attributes:
        window: side.
        maxima: whether a window passes its largest value on, or its mean.
    """

    window: int
    maxima: bool = False

    def on(self, planes: Planes) -> tuple[int, int]:
        """Return height and width of its window on some planes."""
        return (1, self.window) if planes.height == 1 else (self.window, self.window)

    def leaving(self, planes: Planes) -> Planes:
        """Return the planes of what it passes on.

        Raises:
            ConfigError: if the window does not fit.
        """
        return planes.pooled(self.on(planes))


Part = DensePart | ConvPart | PoolPart
