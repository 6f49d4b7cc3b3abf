"""Fields of a NIR node as they stand in a file, checked for presence and kind."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from neuroff.chip.checks import FloatArray
from neuroff.errors import ExportError, shortened
from neuroff.hdf5.tree import Tree


def group(tree: Tree, name: str, where: str) -> Tree:
    """Return a group of a group.

    Raises:
        ExportError: if there is none.
    """
    found = tree.get(name)
    if not isinstance(found, dict):
        raise ExportError(f"no group {name!r}", where=where, expected="a file in NIR's layout")
    return found


def text(tree: Tree, name: str, where: str) -> str:
    """Return a text.

    Raises:
        ExportError: if there is none.
    """
    found = tree.get(name)
    if not isinstance(found, str):
        raise ExportError(f"{name!r} is {shortened(found)}", where=where, expected="a text")
    return found


def says(tree: Tree, name: str, word: str) -> bool:
    """Return whether a field is a text, and this word; numbers, which files may hold there, are neither."""
    found = tree.get(name)
    return isinstance(found, str) and found == word


def array(tree: Tree, name: str, where: str) -> npt.NDArray[Any]:
    """Return numbers.

    Raises:
        ExportError: if there are none.
    """
    found = tree.get(name)
    if not isinstance(found, np.ndarray) or found.dtype.kind not in "fiu":
        kind = "missing" if found is None else shortened(found)
        raise ExportError(f"{name!r} is {kind}", where=where, expected="numbers")
    return found


def number(tree: Tree, name: str, where: str) -> float:
    """Return one number.

    Raises:
        ExportError: if there is not exactly one.
    """
    found = array(tree, name, where)
    if found.size != 1:
        raise ExportError(f"{name!r} holds {found.size} numbers", where=where, expected="one")
    return float(found.ravel()[0])


def whole(tree: Tree, name: str, where: str) -> int:
    """Return one whole number.

    Raises:
        ExportError: if it is none.
    """
    found = array(tree, name, where)
    if found.size != 1 or found.dtype.kind not in "iu":
        raise ExportError(f"{name!r} is {shortened(found)}", where=where, expected="one whole number")
    return int(found.ravel()[0])


def weights(tree: Tree, name: str, where: str) -> FloatArray:
    """Return numbers as float32, or as float64 where float32 does not hold them."""
    found = array(tree, name, where)
    narrow = found.dtype in (np.float16, np.float32)
    converted: FloatArray = found.astype(np.float32 if narrow else np.float64)
    return converted


def width(tree: Tree, where: str) -> int:
    """Return the number of axons of an Input or Output node.

    Raises:
        ExportError: if its shape is neither one axis nor channels and one or two lengths.
    """
    shape = array(tree, "shape", where)
    if shape.size not in (1, 2, 3) or shape.dtype.kind not in "iu":
        raise ExportError(
            f"a shape of {shape.size} axes",
            where=where,
            expected="one axis, or channels and one or two lengths",
        )
    return math.prod(int(length) for length in shape.ravel())


def pair(tree: Tree, name: str, where: str) -> tuple[int, int]:
    """Return two whole numbers.

    Raises:
        ExportError: if it is no two.
    """
    found = array(tree, name, where)
    if found.size != 2 or found.dtype.kind not in "iu":
        raise ExportError(f"{name!r} is {shortened(found)}", where=where, expected="two whole numbers")
    high, wide = (int(each) for each in found.ravel())
    return high, wide
