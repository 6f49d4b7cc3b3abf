"""Surrogate derivatives of the spike: what stands for ds/dv, the derivative of a step.

With u = v − θ_v, the distance of the membrane potential from its threshold, and k the steepness:

============== ======================== =====================================================
name           ds/dv                    source
============== ======================== =====================================================
fast_sigmoid   1 / (1 + k|u|)²          Zenke and Ganguli, Neural Comput. 30(6), 2018
atan           1 / (1 + (π k u / 2)²)   Fang et al., ICCV 2021, without its factor k/2
triangle       max(0, 1 − k|u|)         Bellec et al., NeurIPS 2018
boxcar         1 where k|u| < 1         Wu et al., Front. Neurosci. 12:331, 2018
============== ======================== =====================================================

All are one at the threshold, so that changing the surrogate does not change the learning rate.
"""

from __future__ import annotations

import math
from typing import Literal, get_args

from torch import Tensor

from neuroff.errors import ConfigError

SurrogateName = Literal["fast_sigmoid", "atan", "triangle", "boxcar"]


def surrogate_derivative(distance: Tensor, name: SurrogateName, steepness: float) -> Tensor:
    """Return the surrogate derivative of a spike.

    Args:
        distance: u = v − θ_v, any shape; left as it is.
        name: a row of the table above.
        steepness: k > 0.

    Returns:
        The derivative, in the shape of ``distance``.

    Raises:
        ConfigError: if the name is unknown.
    """
    if name == "fast_sigmoid":
        reach = distance.abs().mul_(steepness).add_(1.0)
        return reach.mul_(reach).reciprocal_()
    if name == "atan":
        return (distance * (math.pi / 2 * steepness)).square_().add_(1.0).reciprocal_()
    if name == "triangle":
        return distance.abs().mul_(-steepness).add_(1.0).relu_()
    if name == "boxcar":
        return (distance.abs() < 1.0 / steepness).to(distance.dtype)
    raise ConfigError(
        f"unknown surrogate {name!r}", where="neuron.surrogate", expected=" | ".join(get_args(SurrogateName))
    )
