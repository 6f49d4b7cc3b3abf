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
from neuroff.data.own.folder import coloured, images_without_class, read_folder
from neuroff.data.own.idx import idx_files, idx_of_folder, is_idx, read_idx
from neuroff.data.own.npy import npy_files, npy_like, read_npy
from neuroff.data.own.npz import read_npz
from neuroff.data.own.parquet import read_parquet
from neuroff.data.own.recorded import (
    are_alike,
    are_recordings,
    further_recordings,
    read_recordings,
    recorded_files,
    recordings_like,
    sensor_text,
)
from neuroff.data.own.rows import Rows, as_data_set, scaled_like
from neuroff.data.own.trains import SUFFIXES as HDF5
from neuroff.data.own.values import read_values
from neuroff.errors import DataError, what_is
from neuroff.files import require_regular

Reader = Callable[[Path, str | None], Rows]
READERS: Mapping[str, Reader] = MappingProxyType(
    {".npz": read_npz, ".csv": read_csv, ".tsv": read_csv, ".parquet": read_parquet}
)
"""By suffix; a folder is read by `neuroff.data.own.folder`, files named as IDX by `neuroff.data.own.idx`."""

_EXPECTED = (
    f"one of {', '.join(READERS)}, a file of images in IDX, of spike trains in HDF5, a folder of images or "
    "recordings by class, or one of .npy files"
)


def is_path(name: str) -> bool:
    """Whether a name is that of a file or folder: a slash, a suffix that is read here, or a folder's name."""
    path = Path(name.partition("#")[0])
    read = path.suffix.lower() in (*READERS, *HDF5) or is_idx(path)
    return "/" in name or "\\" in name or read or path.is_dir()


def is_recorded(name: str) -> bool:
    """Whether a path is that of recordings, which take time steps and become spikes."""
    path, _ = _parts(name)
    return not (path.is_dir() and npy_files(path)) and are_recordings(path)


def with_sensor_of(name: str, other: str) -> str:
    """Return a path of recordings with the sensor of others of their kind, unless it says its own."""
    path, said = _parts(other)
    if "#" in name or not (is_recorded(name) and is_recorded(other) and are_alike(_parts(name)[0], path)):
        return name
    return f"{name}#{sensor_text(path, said or '')}"


def files_of(folder: Path, *, recorded: bool) -> tuple[str, ...]:
    """Return the names of the images, or of the recordings, that `read_like` reads of a folder."""
    found = further_recordings(folder) if recorded else images_without_class(folder)
    return tuple(str(each.relative_to(folder)) for each in found)


def read_like(name: str, file: Path, steps: int | None = None) -> npt.NDArray[Any]:
    """Read rows without classes as the rows of a file of the user's were read, on their scale.

    Args:
        name: the data set, as `read_own` takes it.
        file: of rows, or a folder of images, as `read_values` takes it; of recordings, one or a folder.
        steps: T of recordings.

    Raises:
        DataError: naming what cannot be read.
    """
    path, label = _parts(name)
    if is_recorded(name):
        return recordings_like(path, label or "", file, steps)
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


def read_own(name: str, steps: int | None = None) -> DataSet:
    """Read a data set from a file or a folder.

    Args:
        name: path of a ``.npz``, ``.csv``, ``.tsv`` or ``.parquet`` file, of a file of images in IDX with its
            labels beside, of a folder of such, of a folder of images by class, or of a folder of ``.npy``
            files, which may be larger than memory; ``FILE#COLUMN`` names the column of classes. Of
            recordings, a folder of events by class, or spike trains in HDF5, one file or a folder of two;
            ``#`` says what `neuroff.data.own.sized` has.
        steps: T, into which recordings are binned.

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
    if is_recorded(name):
        root = path if path.is_dir() else path.parent
        return read_recordings(path, label or "", steps, _digest(recorded_files(path), root))
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
