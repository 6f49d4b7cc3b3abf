"""HDF5 files as plain values."""

from __future__ import annotations

import io
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from neuroff.errors import ExportError
from neuroff.files import require_regular, write_bytes
from neuroff.hdf5.process import Unread, reader
from neuroff.hdf5.reading import h5py
from neuroff.hdf5.reply import unpacked
from neuroff.hdf5.tree import Tree


def read_hdf5(
    path: Path, *, seconds: float | None = None, attributes: bool = False, ragged: bool = False
) -> Tree:
    """Read a whole file, which may be anybody's, in a process of its own.

    The HDF5 library loops for ever over some damaged files and may fall over others; neither reaches the
    caller. What is read and what is refused stands in `neuroff.hdf5.reading`.

    Args:
        path: the file.
        seconds: how long reading may take; thirty and one for every MB without it. Of a processor it may take
            one and one for every MB.
        attributes: whether the attributes of groups are read too, under their names with ``@`` before.
        ragged: whether rows of variable length are read; such a file is refused without it.

    Raises:
        ExportError: if it is no such file, is damaged, too large or holds what is not read.
    """
    size = require_regular(path, ExportError)
    bound = 30.0 + size / 1e6 if seconds is None else seconds
    processor_s = round(1.0 + size / 1e6, 1)  # a loop without end uses them up
    try:
        apart = reader(os.getpid())
        return unpacked(apart.asked(str(path.absolute()), bound, processor_s, attributes, ragged))
    except Unread as error:
        raise _damaged(path, str(error)) from None
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise _damaged(path, str(error)[:200]) from None


def write_hdf5(path: Path, tree: Mapping[str, Any], *, attributes: bool = False) -> None:
    """Write a file, whole or not at all.

    Args:
        path: the file.
        tree: groups as mappings; leaves are arrays (compressed), texts, lists of texts, or single numbers.
        attributes: whether names with ``@`` before them are attributes of their groups.

    Raises:
        RunError: if the file cannot be written.
    """
    content = io.BytesIO()
    with h5py.File(content, "w") as file:
        _write(file, tree, attributes)
    write_bytes(path, content.getvalue())


def _write(group: h5py.Group, tree: Mapping[str, Any], attributes: bool) -> None:
    for key, value in tree.items():
        if isinstance(value, Mapping):
            _write(group.create_group(key), value, attributes)
        elif attributes and key.startswith("@"):
            group.attrs[key[1:]] = value
        elif isinstance(value, str | list):
            group.create_dataset(key, data=value, dtype=h5py.string_dtype())
        elif isinstance(value, np.ndarray) and value.ndim:
            group.create_dataset(key, data=value, compression="gzip", shuffle=value.ndim > 1)
        else:
            group.create_dataset(key, data=value)


def _damaged(path: Path, why: str) -> ExportError:
    return ExportError(
        f"not a readable HDF5 file ({why})", where=str(path), fix="the file is damaged or of another kind"
    )
