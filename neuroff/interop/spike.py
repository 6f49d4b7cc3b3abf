"""A spike that automatic differentiation can pass: a step forward, a surrogate derivative backward.

neuroff itself learns in closed form and has no use for this; other libraries ask for such a function. Unlike
snnTorch's own, it returns the type it was given and fires at the threshold, as `neuroff.core.neurons.LIF`
does.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from neuroff.core.neurons.surrogate import SurrogateName, surrogate_derivative


class _Spike(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, distance: Tensor, name: SurrogateName, steepness: float) -> Tensor:
        ctx.save_for_backward(distance)
        ctx.name, ctx.steepness = name, steepness
        return (distance >= 0).to(distance.dtype)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None, None]:
        (distance,) = ctx.saved_tensors
        return gradients[0] * surrogate_derivative(distance, ctx.name, ctx.steepness), None, None


@dataclass(frozen=True)
class SurrogateSpike:
    """A spike function with one of neuroff's surrogate derivatives.

    Attributes:
        surrogate: see `neuroff.core.neurons.surrogate`.
        steepness: k of the surrogate derivative.
    """

    surrogate: SurrogateName
    steepness: float

    def __call__(self, distance: Tensor) -> Tensor:
        """Return 1 where ``distance`` = v − θ_v is not negative, 0 elsewhere, in the shape and type given."""
        apply: Callable[..., Tensor] = _Spike.apply
        return apply(distance, self.surrogate, self.steepness)
