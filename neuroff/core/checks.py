"""Refuse tensors and types of tensors that cannot be meant."""

from __future__ import annotations

import torch
from torch import Tensor

from neuroff.errors import ConfigError, ShapeError, shortened


def require_tensor(name: str, value: object, *, where: str, expected: str, ndim: int | None = None) -> None:
    """Raise ShapeError unless a value is a tensor, of so many axes where they are fixed.

    Args:
        name: of the value.
        value: of the caller.
        where: to name in errors.
        expected: shape and type, in words.
        ndim: number of axes.
    """
    if not isinstance(value, Tensor):
        raise ShapeError(f"{name} is a {type(value).__name__}", where=where, expected=f"a tensor {expected}")
    if ndim is not None and value.ndim != ndim:
        raise ShapeError(f"{name} of shape {tuple(value.shape)}", where=where, expected=expected)


def require_dtype(name: str, value: object, *, where: str) -> None:
    """Raise ConfigError unless a value is a type of floating-point tensors."""
    if not isinstance(value, torch.dtype) or not value.is_floating_point:
        raise ConfigError(
            f"{name} = {shortened(value)}", where=where, expected="torch.float32 or torch.float64"
        )
