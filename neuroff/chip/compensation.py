"""Rounding a kernel so that its weights' errors make up for each other.

Places share a kernel, so an error of one weight is the same everywhere. Weights are rounded input by input,
those that are used most first; what that does to the drive is taken up by the weights that are not rounded
yet and at the end by the bias, as far as inputs go together: GPTQ (Frantar, Ashkboos, Hoefler and Alistarh,
ICLR 2023, arXiv 2210.17323) with the bias as a last input of one. Dense layers are rounded to the nearest.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

_DAMPING = 0.01  # of the mean diagonal, as in GPTQ


def compensated(
    weight: Tensor, bias: Tensor, moment: Tensor, rounded: Callable[[Tensor], Tensor]
) -> tuple[Tensor, Tensor]:
    """Return weights that rounding leaves as they are, and biases that take up the rest.

    Args:
        weight: ``(G, N, D)``; G groups of neurons that see inputs of their own.
        bias: ``(G, N)``.
        moment: mean of x xᵀ over inputs with a one behind them, ``(G, D + 1, D + 1)``.
        rounded: what can be held of weights, element by element.
    """
    done = [_group(*group, rounded) for group in zip(weight, bias, moment, strict=True)]
    weights, biases = (torch.stack(part) for part in zip(*done, strict=True))
    return weights.to(weight.dtype), biases.to(bias.dtype)


def _group(
    weight: Tensor, bias: Tensor, moment: Tensor, rounded: Callable[[Tensor], Tensor]
) -> tuple[Tensor, Tensor]:
    count = weight.shape[1]
    damped = moment.double().clone()
    damped.diagonal().add_(_DAMPING * damped.diagonal()[:count].mean().clamp(min=1e-12))
    order = damped.diagonal()[:count].argsort(descending=True, stable=True)
    order = torch.cat((order, order.new_tensor([count])))
    left = torch.cat((weight, bias[:, None]), 1).double()[:, order]
    inverse = torch.cholesky_inverse(torch.linalg.cholesky(damped[order][:, order]))
    shares = torch.linalg.cholesky(inverse, upper=True)
    for index in range(count):
        held = rounded(left[:, index])
        error = (left[:, index] - held) / shares[index, index]
        left[:, index] = held
        left[:, index + 1 :].addr_(error, shares[index, index + 1 :], alpha=-1.0)
    found = torch.empty_like(left)
    found[:, order] = left
    return found[:, :count], found[:, count]
