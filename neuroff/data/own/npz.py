"""numpy's .npz: ``x`` and ``y``, or ``x_train``, ``y_train``, ``x_test``, ``y_test``; no pickle."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from neuroff.data.numpy_files import UNREADABLE, open_npz
from neuroff.data.own.moderate import require_moderate
from neuroff.data.own.rows import Rows
from neuroff.errors import DataError
from neuroff.files import require_regular

_LIMIT_BYTES = 8 * 2**30


def read_npz(path: Path, label: str | None) -> Rows:
    """Read arrays.

    Args:
        path: the file.
        label: must be None: the arrays' names say what they are.

    Raises:
        DataError: if the file is damaged, too large, or has other arrays.
    """
    where = str(path)
    if label is not None:
        raise DataError("a label column", where=where, expected="none: y holds the classes")
    with open_arrays(path) as arrays:
        names = set(arrays.files)
        if {"x_train", "y_train", "x_test", "y_test"} <= names:
            x, y, x_test, y_test = (
                array_of(arrays, name, where) for name in ("x_train", "y_train", "x_test", "y_test")
            )
            _require_rows(x_test, y_test, where)
            test = (x_test, y_test)
        elif {"x", "y"} <= names:
            x, y, test = array_of(arrays, "x", where), array_of(arrays, "y", where), None
        else:
            raise DataError(
                f"arrays {', '.join(sorted(names)) or 'none'}",
                where=where,
                expected="x and y, or x_train, y_train, x_test and y_test",
                fix="numpy.savez_compressed(file, x=rows, y=classes)",
            )
    _require_rows(x, y, where)
    return Rows(x, y, test)


def read_array(path: Path, name: str) -> npt.NDArray[Any]:
    """Read one array.

    Raises:
        DataError: if the file is damaged, too large, or has no such array.
    """
    with open_arrays(path) as arrays:
        if name not in arrays.files:
            raise DataError(f"arrays {', '.join(arrays.files) or 'none'}", where=str(path), expected=name)
        return array_of(arrays, name, str(path))


@contextmanager
def open_arrays(path: Path, most: int = _LIMIT_BYTES) -> Iterator[Any]:
    """Open a file whose arrays, as declared, are no larger than what is read here, or than ``most`` bytes."""
    where = str(path)
    size = require_regular(path, DataError)
    try:
        with zipfile.ZipFile(path) as archive:
            declared = sum(entry.file_size for entry in archive.infolist())
        require_moderate(declared, size, where, most)
        with open_npz(path) as arrays:
            yield arrays
    except UNREADABLE as error:
        raise DataError(f"cannot read ({error})", where=where, expected="a file of numpy.savez") from None


def array_of(arrays: Any, name: str, where: str) -> npt.NDArray[Any]:
    """Return one array of an open file; DataError if it is none, or would have to be unpickled."""
    try:
        found: npt.NDArray[Any] = arrays[name]
        if not isinstance(found, np.ndarray):  # a member that is no array comes as its bytes
            raise DataError(f"{name} is no array", where=where, expected="a file of numpy.savez")
    except ValueError as error:
        if "pickle" not in str(error):
            raise
        raise DataError(
            f"{name} is an array of objects, which would have to be unpickled",
            where=where,
            expected="numbers or words",
            fix="save it with a type, such as `.astype(numpy.float32)` or `.astype(str)`",
        ) from None
    return found.astype(found.dtype.newbyteorder("=")) if found.dtype.kind in "iuf" else found


def _require_rows(x: npt.NDArray[Any], y: npt.NDArray[Any], where: str) -> None:
    if not x.ndim or not y.ndim or len(x) != len(y):
        raise DataError(
            f"{len(x) if x.ndim else 0} rows and {len(y) if y.ndim else 0} classes",
            where=where,
            expected="one class a row",
        )
