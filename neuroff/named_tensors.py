"""Tensors of a file, taken by name: of a type and a shape, finite, and none too many."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import torch
from torch import Tensor

from neuroff.errors import RunError, shortened

_FIX = "the file belongs to another configuration or is damaged; train again"


def taken(
    tensors: Mapping[str, Tensor],
    name: str,
    shape: tuple[int, ...],
    dtype: torch.dtype,
    where: str,
    *,
    fix: str = _FIX,
) -> Tensor:
    """Return a tensor that a file must have.

    Args:
        tensors: of the file.
        name: of the tensor.
        shape: that it must have; nothing is broadcast.
        dtype: that it must have; nothing is converted, since numbers would be rounded.
        where: the file.
        fix: what to do about another one.

    Raises:
        RunError: naming file and tensor, if it is missing, of another type or shape, or not finite.
    """
    tensor = tensors.get(name)
    if tensor is None or tensor.dtype != dtype or tuple(tensor.shape) != shape:
        raise RunError(
            f"tensor {shortened(name)} has {'nothing' if tensor is None else _described(tensor)}",
            where=where,
            expected=f"{_type(dtype)} of shape {shape}",
            fix=fix,
        )
    require_finite(tensor, name, where, fix=fix)
    return tensor


def require_finite(tensor: Tensor, name: str, where: str, *, fix: str = _FIX) -> None:
    """Refuse not-a-number and infinities.

    Raises:
        RunError: naming file and tensor.
    """
    if tensor.dtype.is_floating_point and not bool(torch.isfinite(tensor).all()):
        raise RunError(
            f"tensor {shortened(name)} is not finite", where=where, expected="finite numbers", fix=fix
        )


def require_type(tensor: Tensor, name: str, dtype: torch.dtype, where: str) -> None:
    """Refuse a tensor of another type, whatever its shape.

    Raises:
        RunError: naming file, tensor and both types.
    """
    if tensor.dtype != dtype:
        raise RunError(
            f"tensor {shortened(name)} has {_described(tensor)}", where=where, expected=_type(dtype), fix=_FIX
        )


def require_no_others(tensors: Mapping[str, Tensor], known: Collection[str], where: str) -> None:
    """Refuse a tensor that nothing takes: the file says something that would not be heard.

    Args:
        tensors: of the file.
        known: names of those that are taken.
        where: the file.

    Raises:
        RunError: naming file and tensor.
    """
    others = sorted(tensors.keys() - set(known))
    if others:
        more = f", and {len(others) - 1} more" if len(others) > 1 else ""
        raise RunError(
            f"tensor {shortened(others[0])} too many{more}",
            where=where,
            expected="the tensors of its network and training, and no others",
            fix=_FIX,
        )


def _described(tensor: Tensor) -> str:
    return f"{_type(tensor.dtype)} of shape {tuple(tensor.shape)}"


def _type(dtype: torch.dtype) -> str:
    return str(dtype).removeprefix("torch.")
