"""Numbers and arrays of a file of integers, checked for presence and kind."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from neuroff.errors import ExportError, shortened

_INTEGERS = (torch.int8, torch.uint8, torch.int16, torch.int32, torch.int64)


def comma_separated(text: str, kind: type[np.generic], where: str) -> npt.NDArray[Any]:
    """Return numbers that a text holds, in little more memory than they take.

    Raises:
        ExportError: if it holds something else.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            return np.fromstring(text, dtype=kind, sep=",")
    except (ValueError, OverflowError, DeprecationWarning):
        raise ExportError("a list with something else than numbers", where=where) from None


def array_of(arrays: dict[str, Tensor], name: str, shape: tuple[int, ...]) -> Tensor:
    """Take an array of integers of a shape out of those of a file.

    Raises:
        ExportError: if there is none.
    """
    found = arrays.pop(name, None)
    if found is None:
        raise ExportError(f"no array {name!r}", expected=f"integers of shape {shape}")
    if found.dtype not in _INTEGERS or tuple(found.shape) != shape:
        raise ExportError(
            f"{name!r} is of {found.dtype} and shape {tuple(found.shape)}",
            expected=f"integers of shape {shape}",
        )
    return found


def number_of(values: Mapping[str, Any], key: str, where: str) -> int:
    """Return a whole number of a file.

    Raises:
        ExportError: if there is none.
    """
    value = values.get(key)
    if not isinstance(value, int) or isinstance(value, bool):
        raise ExportError(f"{key} = {shortened(value)}", where=where, expected="a whole number")
    return value
