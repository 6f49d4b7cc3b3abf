"""The surrogate derivatives of `neuroff.core.neurons.surrogate`, for a row of neurons."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from neuroff.kernels.compiling import compiled

SURROGATES = ("fast_sigmoid", "atan", "triangle", "boxcar")
"""Names, in the order of the numbers that kernels take."""


@compiled
def slopes(distance: Any, surrogate: int, steepness: Any, weight: Any) -> None:
    """Put ``weight`` times the surrogate derivative in the place of every distance u = v − θ_v; ∞ gives 0.

    Args:
        distance: ``(N,)`` float32, overwritten.
        surrogate: place in `SURROGATES`.
        steepness: k, float32.
        weight: factor, float32.
    """
    one = np.float32(1.0)
    if surrogate == 0:
        for n in range(distance.size):
            reach = one + steepness * abs(distance[n])
            distance[n] = weight / (reach * reach)
    elif surrogate == 1:
        scale = np.float32(math.pi / 2) * steepness
        for n in range(distance.size):
            reach = scale * distance[n]
            distance[n] = weight / (one + reach * reach)
    elif surrogate == 2:
        for n in range(distance.size):
            distance[n] = weight * max(np.float32(0.0), one - steepness * abs(distance[n]))
    else:
        near = one / steepness
        for n in range(distance.size):
            distance[n] = weight if abs(distance[n]) < near else np.float32(0.0)
