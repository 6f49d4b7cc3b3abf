"""Maxima between two layers.

No gradient passes between layers, so nothing but the values has to be computed. Of spikes, a window passes
one on in every step in which any of its inputs fired: few chips have that, and no file format of spikes does.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from neuroff.checks import require_kind
from neuroff.core.synapses import Planes
from neuroff.core.synapses.planes import over_windows


@dataclass(frozen=True)
class MaxPool:
    """The largest value of every window.

    Attributes:
        planes: of the layer below.
        window: height and width; rows and columns that fill none are dropped.

    Raises:
        ConfigError: if the window does not fit once, or has no height or width.
    """

    planes: Planes
    window: tuple[int, int]

    def __post_init__(self) -> None:
        require_kind("planes", self.planes, Planes, where="MaxPool")
        self.planes.pooled(self.window)

    def __call__(self, output: Tensor) -> Tensor:
        """Return the maxima ``(…, B, windows)`` of a layer's output ``(…, B, N)``."""
        found = over_windows(self.planes.of(output), self.window, torch.maximum)
        return found.reshape(*output.shape[:-1], -1)
