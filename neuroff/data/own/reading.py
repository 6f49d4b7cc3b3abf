"""Which reader reads a file of the user's."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy.typing as npt

from neuroff.data.dataset import DataSet
from neuroff.data.own.csv import read_csv
from neuroff.data.own.folder import read_folder
from neuroff.data.own.npz import read_npz
from neuroff.data.own.parquet import read_parquet
from neuroff.data.own.rows import Rows, as_data_set, scaled_like
from neuroff.data.own.values import read_values
from neuroff.errors import DataError
from neuroff.files import require_regular

Reader = Callable[[Path, str | None], Rows]
READERS: Mapping[str, Reader] = MappingProxyType(
    {".npz": read_npz, ".csv": read_csv, ".tsv": read_csv, ".parquet": read_parquet}
)
"""By suffix; a folder is read by `neuroff.data.own.folder`."""


def is_path(name: str) -> bool:
    """Whether a name is that of a file or folder: a slash, a suffix that is read here, or a folder's name."""
    path = Path(name.partition("#")[0])
    return "/" in name or "\\" in name or path.suffix.lower() in READERS or path.is_dir()


def read_like(name: str, file: Path) -> npt.NDArray[Any]:
    """Read rows without classes as the rows of a file of the user's were read, on their scale.

    Args:
        name: the data set, as `read_own` takes it.
        file: ``.npz`` with ``x``, ``.csv`` or ``.tsv``.

    Raises:
        DataError: naming what cannot be read.
    """
    path, label = _parts(name)
    rows = read_folder(path, label) if path.is_dir() else READERS[path.suffix.lower()](path, label)
    return scaled_like(rows, read_values(file, rows.columns), str(file))


def _parts(name: str) -> tuple[Path, str | None]:
    text, _, label = name.partition("#")
    return Path(text).expanduser(), label or None


def read_own(name: str) -> DataSet:
    """Read a data set from a file or a folder.

    Args:
        name: path of a ``.npz``, ``.csv``, ``.tsv`` or ``.parquet`` file or of a folder of images by class;
            ``FILE#COLUMN`` names the column of classes.

    Raises:
        DataError: naming what cannot be read, or learned from.
        MissingDependencyError: if a library that reads it is not installed.
    """
    path, label = _parts(name)
    text = str(path)
    if path.is_dir():
        rows, files = read_folder(path, label), sorted(path.rglob("*"))
        return as_data_set(rows, path.resolve(), _digest([file for file in files if file.is_file()], path))
    if not path.is_file():
        raise DataError(
            "no such file or folder" if not path.exists() else "not a regular file",
            where=text,
            expected=f"a file ({', '.join(READERS)}), or a folder of images by class",
            fix="check the path",
        )
    reader = READERS.get(path.suffix.lower())
    if reader is None:
        raise DataError(
            f"a file of kind {path.suffix or 'none'}",
            where=text,
            expected=f"one of {', '.join(READERS)}, or a folder of images by class",
        )
    return as_data_set(reader(path, label), path, _digest([path], path.parent))


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
