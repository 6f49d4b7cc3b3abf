"""Which reader reads a file of the user's."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import numpy.typing as npt

from neuroff.data.dataset import DataSet
from neuroff.data.own.csv import read_csv
from neuroff.data.own.folder import coloured, read_folder
from neuroff.data.own.idx import idx_files, idx_of_folder, is_idx, read_idx
from neuroff.data.own.npy import npy_files, npy_like, read_npy
from neuroff.data.own.npz import read_npz
from neuroff.data.own.parquet import read_parquet
from neuroff.data.own.rows import Rows, as_data_set, scaled_like
from neuroff.data.own.values import read_values
from neuroff.errors import DataError, what_is
from neuroff.files import require_regular

Reader = Callable[[Path, str | None], Rows]
READERS: Mapping[str, Reader] = MappingProxyType(
    {".npz": read_npz, ".csv": read_csv, ".tsv": read_csv, ".parquet": read_parquet}
)
"""By suffix; a folder is read by `neuroff.data.own.folder`, files named as IDX by `neuroff.data.own.idx`."""

_EXPECTED = (
    f"one of {', '.join(READERS)}, a file of images in IDX, a folder of images by class, or one of .npy files"
)


def is_path(name: str) -> bool:
    """Whether a name is that of a file or folder: a slash, a suffix that is read here, or a folder's name."""
    path = Path(name.partition("#")[0])
    read = path.suffix.lower() in READERS or is_idx(path)
    return "/" in name or "\\" in name or read or path.is_dir()


def read_like(name: str, file: Path) -> npt.NDArray[Any]:
    """Read rows without classes as the rows of a file of the user's were read, on their scale.

    Args:
        name: the data set, as `read_own` takes it.
        file: of rows, or a folder of images, as `read_values` takes it.

    Raises:
        DataError: naming what cannot be read.
    """
    path, label = _parts(name)
    if path.is_dir() and npy_files(path):
        return npy_like(path, read_values(file, ()), str(file))
    rows = _reader(path)(path, label)
    values = read_values(file, rows.columns)
    if rows.values.ndim == values.ndim + 1 == 4 and values.dtype == np.uint8:
        values = coloured(values)
    return scaled_like(rows, values, str(file))


def _parts(name: str) -> tuple[Path, str | None]:
    """Return the file or folder, and the column of classes; of a folder of IDX files, the images' file."""
    text, _, label = name.partition("#")
    path = Path(text).expanduser()
    return (idx_of_folder(path) if path.is_dir() else None) or path, label or None


def _reader(path: Path) -> Reader:
    """Return what reads a file or folder.

    Raises:
        DataError: if nothing does.
    """
    if path.is_dir():
        return read_folder
    found = read_idx if is_idx(path) else READERS.get(path.suffix.lower())
    if found is None:
        raise DataError(f"a file of kind {path.suffix or 'none'}", where=str(path), expected=_EXPECTED)
    return found


def read_own(name: str) -> DataSet:
    """Read a data set from a file or a folder.

    Args:
        name: path of a ``.npz``, ``.csv``, ``.tsv`` or ``.parquet`` file, of a file of images in IDX with its
            labels beside, of a folder of such, of a folder of images by class, or of a folder of ``.npy``
            files, which may be larger than memory; ``FILE#COLUMN`` names the column of classes.

    Raises:
        DataError: naming what cannot be read, or learned from.
        MissingDependencyError: if a library that reads it is not installed.
    """
    path, label = _parts(name)
    if not path.is_dir() and not path.is_file():
        raise DataError(
            what_is(path),
            where=str(path),
            expected=_EXPECTED,
            fix="check the path",
        )
    if path.is_dir() and (found := npy_files(path)):
        return read_npy(path, _digest(list(found), path))
    rows = _reader(path)(path, label)
    if path.is_dir():
        files = [file for file in sorted(path.rglob("*")) if file.is_file()]
        return as_data_set(rows, path.resolve(), _digest(files, path))
    if is_idx(path):
        return as_data_set(rows, path.resolve().parent, _digest(list(idx_files(path)), path.parent))
    return as_data_set(rows, path, _digest([path], path.parent))


def _digest(files: list[Path], root: Path) -> str:
    """Return SHA-256 of a file's bytes, or of names and bytes of several."""
    digest = hashlib.sha256()
    for file in files:
        require_regular(file, DataError)
        if len(files) > 1:
            digest.update(f"{file.relative_to(root)}\0".encode())
        with file.open("rb") as stream:
            while block := stream.read(2**20):
                digest.update(block)
    return digest.hexdigest()
