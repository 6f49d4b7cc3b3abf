"""Values that lie in planes: ``(C, H, W)`` read row by row into one axis, channel after channel."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import reduce

from torch import Tensor

from neuroff.core.checks import require_whole
from neuroff.errors import ConfigError


@dataclass(frozen=True)
class Planes:
    """Shape of what a convolution receives or drives; a signal over time or frequency has a height of one.

    Attributes:
        channels: C.
        height: H.
        width: W.

    Raises:
        ConfigError: if one of them is no whole number of at least 1.
    """

    channels: int
    height: int
    width: int

    def __post_init__(self) -> None:
        for name in ("channels", "height", "width"):
            require_whole(name, getattr(self, name), least=1, where="planes of an image")

    @property
    def shape(self) -> tuple[int, int, int]:
        """C, H, W."""
        return self.channels, self.height, self.width

    @property
    def size(self) -> int:
        """C · H · W, the number of values."""
        return self.channels * self.height * self.width

    def pooled(self, window: tuple[int, int]) -> Planes:
        """Return the planes of windows that do not overlap; rows and columns that fill none are dropped.

        Raises:
            ConfigError: if the window does not fit once.
        """
        slid(self, window, 1, (0, 0))
        return Planes(self.channels, self.height // window[0], self.width // window[1])

    def of(self, values: Tensor) -> Tensor:
        """Return values ``(…, C·H·W)`` as images ``(rows, C, H, W)`` that share their memory if they can."""
        return values.reshape(-1, *self.shape)

    def __str__(self) -> str:
        return f"{self.channels} x {self.height} x {self.width}"


def over_windows(images: Tensor, window: tuple[int, int], join: Callable[[Tensor, Tensor], Tensor]) -> Tensor:
    """Join the values of every window of images ``(rows, C, H, W)``; windows do not overlap.

    Rows of a window meet first, then columns. PyTorch's own pooling visits one place after the other, which
    takes ten times as long.

    Args:
        images: rows and columns that fill no window are dropped.
        window: height and width.
        join: of two tensors, element by element: a sum or a maximum.
    """
    high, wide = window
    shown = images[:, :, : images.shape[2] // high * high, : images.shape[3] // wide * wide]
    rows = reduce(join, (shown[:, :, row::high] for row in range(high)))
    return reduce(join, (rows[..., column::wide] for column in range(wide)))


def slid(planes: Planes, window: tuple[int, int], stride: int, padding: tuple[int, int]) -> tuple[int, int]:
    """Return how many places a window has, down and across.

    Args:
        planes: what it slides over.
        window: its height and width.
        stride: its step.
        padding: zeros around the planes, above and below, left and right.

    Raises:
        ConfigError: if it does not fit once.
    """
    sides = (planes.height, planes.width)
    places = [
        (side + 2 * around - length) // stride + 1
        for side, around, length in zip(sides, padding, window, strict=True)
    ]
    if min(places) < 1:
        raise ConfigError(
            f"a window of {window[0]} x {window[1]} on {planes.height} x {planes.width} values",
            where="layer",
            expected="a window that fits at least once",
            fix="make the window smaller, pad, or pool less before it",
        )
    return places[0], places[1]
