"""Numbers of a file as tensors, and whole numbers of pairs."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from neuroff.errors import ExportError, shortened
from neuroff.exchange.nir.fields import array
from neuroff.foreign.nodes.protocol import Shape, size, words
from neuroff.hdf5.tree import Tree

_MOST = 2**16  # a stride, padding or dilation


def numbers(fields: Tree, name: str, where: str) -> Tensor:
    """Return finite numbers as float64.

    Raises:
        ExportError: if there are none, or one is not finite.
    """
    found = array(fields, name, where)
    if not np.isfinite(found).all():
        raise ExportError(f"{name!r} holds a number that is not finite", where=where, expected="numbers")
    return torch.from_numpy(np.ascontiguousarray(found, dtype=np.float64))


def broadcast_to(values: Tensor, shape: Shape, name: str) -> Tensor:
    """Return parameters for values of a shape: one for all, one for each, or with axes of one.

    Raises:
        ExportError: naming the parameter.
    """
    if values.numel() == 1:
        return values.reshape(1).expand(shape) if shape else values.reshape(())
    if values.numel() == size(shape):
        return values.reshape(shape)
    if values.ndim == len(shape) and all(a in (1, b) for a, b in zip(values.shape, shape, strict=True)):
        return values.expand(shape)
    raise ExportError(
        f"{name} of shape {words(tuple(values.shape))} for neurons or values of shape {words(shape)}",
        expected="one number for all, or one for each",
    )


def whole_numbers(fields: Tree, name: str, where: str, axes: int, default: int, least: int) -> Shape:
    """Return one whole number an axis; a single one stands for all axes.

    Raises:
        ExportError: if it is none, or too small or large.
    """
    if name not in fields:
        return (default,) * axes
    found = array(fields, name, where).ravel()
    within = ((found >= least) & (found <= _MOST)).all()  # false for what is not finite
    if found.size not in (1, axes) or not within or (found % 1 != 0).any():
        raise ExportError(
            f"{name} {shortened(found.tolist())}",
            where=where,
            expected=f"{axes} whole number{'s' if axes > 1 else ''} from {least} to {_MOST}",
        )
    return tuple(int(number) for number in np.broadcast_to(found, (axes,)))
