"""What is read in an HDF5 file as bytes: a line of JSON, then the numbers."""

from __future__ import annotations

import json
import math
from typing import Any

import numpy as np
import numpy.typing as npt

from neuroff.errors import ExportError
from neuroff.hdf5.tree import Ragged, Tree

NUMBERS = "fiub"
"""Kinds of numpy's types that a file may hold."""


def packed(tree: Tree) -> bytes:
    """Return a tree as bytes."""
    arrays: list[npt.NDArray[Any]] = []

    def named(value: Any) -> Any:
        if isinstance(value, dict):
            return {"group": {key: named(item) for key, item in value.items()}}
        if isinstance(value, str):
            return {"text": value}
        if isinstance(value, Ragged):
            return {"ragged": [named(value.values), named(value.lengths)]}
        if value.dtype.kind == "O":
            return {"texts": value.tolist(), "shape": value.shape}
        arrays.append(value)
        return {"array": value.dtype.str, "shape": value.shape}

    line = json.dumps({"tree": named(tree)}).encode()
    return b"".join((line, b"\n", *(np.ascontiguousarray(array).data for array in arrays)))


def packed_error(error: ExportError) -> bytes:
    """Return as bytes why a file is not read."""
    return json.dumps({"error": [error.what, error.where, error.expected, error.fix]}).encode() + b"\n"


def unpacked(content: bytes | bytearray) -> Tree:
    """Return the tree that `packed` made bytes of.

    Raises:
        ExportError: of `packed_error`, if that made them.
        ValueError, KeyError, TypeError, AttributeError, RecursionError: if neither did.
    """
    at = content.index(b"\n") + 1
    told = json.loads(content[:at])
    if "error" in told:
        what, where, expected, fix = told["error"]
        raise ExportError(what, where=where, expected=expected, fix=fix)

    def unnamed(value: Any) -> Any:
        nonlocal at
        if "group" in value:
            return {key: unnamed(item) for key, item in value["group"].items()}
        if "text" in value:
            return value["text"]
        if "ragged" in value:
            return Ragged(*map(unnamed, value["ragged"]))
        shape = value["shape"]
        if "texts" in value:
            texts = np.empty(shape, dtype=object)
            texts[...] = value["texts"]
            return texts
        dtype = np.dtype(value["array"])
        if dtype.kind not in NUMBERS:
            raise ValueError(f"numbers of type {dtype}")
        start, at = at, at + math.prod(shape) * dtype.itemsize
        if not start <= at <= len(content):
            raise ValueError(f"{len(content)} bytes, of which numbers take {at}")
        numbers = np.empty(shape, dtype)
        numbers.reshape(-1).view(np.uint8)[:] = np.frombuffer(content, np.uint8)[start:at]
        return numbers

    tree: Tree = unnamed(told["tree"])
    return tree
