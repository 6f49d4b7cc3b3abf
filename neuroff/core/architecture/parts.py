"""What a stack of layers is made of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from neuroff.checks import require_whole
from neuroff.core.synapses import Planes
from neuroff.core.synapses.planes import require_window, slid
from neuroff.errors import require_choice

Padding = Literal["same", "valid"]


@dataclass(frozen=True)
class DensePart:
    """A layer that every value below reaches.

    Attributes:
        neurons: N.

    Raises:
        ConfigError: if there are none.
    """

    neurons: int

    def __post_init__(self) -> None:
        require_whole("neurons", self.neurons, least=1, where="DensePart")


@dataclass(frozen=True)
class ConvPart:
    """A layer of convolution.

    Attributes:
        channels: O.
        window: height and width.
        stride: step of the window.
        padding: ``same``: as many zeros around that a stride of one keeps the planes' size; ``valid``: none.
        by_class: whether input and output channels stand in one group a class that sees no other.

    Raises:
        ConfigError: naming a number below one, or a padding that is none.
    """

    channels: int
    window: tuple[int, int]
    stride: int = 1
    padding: Padding = "same"
    by_class: bool = False

    def __post_init__(self) -> None:
        require_whole("channels", self.channels, least=1, where="ConvPart")
        require_window(self.window, "ConvPart")
        require_whole("stride", self.stride, least=1, where="ConvPart")
        require_choice(self.padding, get_args(Padding), "padding of ConvPart")

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

    Raises:
        ConfigError: if the window has no side.
    """

    window: int
    maxima: bool = False

    def __post_init__(self) -> None:
        require_whole("window", self.window, least=1, where="PoolPart")

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
