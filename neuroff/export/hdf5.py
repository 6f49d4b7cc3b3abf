"""HDF5 files as plain values; those of others within bounds.

Read are groups, numbers and texts that lie in the file itself. Links to elsewhere, data kept in other files,
filters that would load a plug-in, references and compound types are refused before anything of them is read.
"""

from __future__ import annotations

import io
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from neuroff.errors import ExportError, MissingDependencyError
from neuroff.files import write_bytes

try:
    import h5py
except ImportError as error:
    raise MissingDependencyError(
        f"h5py cannot be imported ({error})",
        where="neuroff.export",
        fix="run `pip install 'neuroff[export]'`",
    ) from error

MAX_FILE_BYTES = 2**31
MAX_BYTES = 2**31
"""Of all numbers of a file together, uncompressed."""
MAX_OBJECTS = 2**17
MAX_DEPTH = 8
MAX_TEXT = 4096
MAX_NAME = 200
_FILTERS = {h5py.h5z.FILTER_DEFLATE, h5py.h5z.FILTER_SHUFFLE, h5py.h5z.FILTER_FLETCHER32, h5py.h5z.FILTER_LZF}

Value = npt.NDArray[Any] | str
Tree = dict[str, Any]
"""Groups as dictionaries; leaves are a `Value`."""


def write_hdf5(path: Path, tree: Mapping[str, Any]) -> None:
    """Write a file, whole or not at all.

    Args:
        path: the file.
        tree: groups as mappings; leaves are arrays (compressed), texts, lists of texts, or single numbers.

    Raises:
        RunError: if the file cannot be written.
    """
    content = io.BytesIO()
    with h5py.File(content, "w") as file:
        _write(file, tree)
    write_bytes(path, content.getvalue())


def _write(group: h5py.Group, tree: Mapping[str, Any]) -> None:
    for key, value in tree.items():
        if isinstance(value, Mapping):
            _write(group.create_group(key), value)
        elif isinstance(value, str | list):
            group.create_dataset(key, data=value, dtype=h5py.string_dtype())
        elif isinstance(value, np.ndarray):
            group.create_dataset(key, data=value, compression="gzip", shuffle=value.ndim > 1)
        else:
            group.create_dataset(key, data=value)


def read_hdf5(path: Path) -> Tree:
    """Read a whole file.

    Returns:
        Groups by name; numbers as arrays (without axes for a single one), texts as ``str`` or arrays of them.

    Raises:
        ExportError: if it is no such file, is damaged, too large or holds what is not read.
    """
    try:
        size = path.stat().st_size
    except OSError as error:
        raise ExportError(f"cannot read ({error.strerror})", where=str(path), fix="check the path") from None
    if size > MAX_FILE_BYTES:
        raise ExportError(f"{size} bytes", where=str(path), expected=f"at most {MAX_FILE_BYTES}")
    try:
        with h5py.File(path, "r") as file:
            return _Reader(str(path)).group(file, "", 0)
    except ExportError:
        raise
    except (OSError, RuntimeError, KeyError, ValueError, TypeError, OverflowError, MemoryError) as error:
        # h5py turns what the HDF5 library finds wrong with a file into any of these.
        reason = str(error).split("\n", 1)[0][:200]
        raise ExportError(
            f"not a readable HDF5 file ({reason})",
            where=str(path),
            fix="the file is damaged or of another kind",
        ) from None


@dataclass
class _Reader:
    """One reading of one file: what it may still use up."""

    path: str
    objects: int = field(default=0)
    read_bytes: int = field(default=0)

    def group(self, group: h5py.Group, place: str, depth: int) -> Tree:
        if depth > MAX_DEPTH:
            raise self._refused(place, f"groups nested deeper than {MAX_DEPTH}")
        tree: Tree = {}
        for name in group:
            self.objects += 1
            inner = f"{place}/{str(name)[:100]}"
            if self.objects > MAX_OBJECTS or len(name) > MAX_NAME:
                raise self._refused(inner, f"more than {MAX_OBJECTS} objects, or a name too long")
            if not isinstance(group.get(name, getlink=True), h5py.HardLink):
                raise self._refused(inner, "a link to somewhere else")
            child = group[name]
            if isinstance(child, h5py.Group):
                tree[name] = self.group(child, inner, depth + 1)
            elif isinstance(child, h5py.Dataset):
                tree[name] = self._dataset(child, inner)
            else:
                raise self._refused(inner, f"a {type(child).__name__}")
        return tree

    def _dataset(self, dataset: h5py.Dataset, place: str) -> Value:
        if dataset.shape is None:
            raise self._refused(place, "an empty dataset")
        if dataset.is_virtual or dataset.external:
            raise self._refused(place, "data kept in other files")
        stored = dataset.id.get_create_plist()
        filters = {stored.get_filter(i)[0] for i in range(stored.get_nfilters())}
        if not filters <= _FILTERS:
            raise self._refused(place, f"filters {sorted(filters - _FILTERS)}")
        self.read_bytes += math.prod(dataset.shape) * max(dataset.dtype.itemsize, 1)
        if self.read_bytes > MAX_BYTES:
            raise self._refused(place, f"shape {dataset.shape}: more than {MAX_BYTES} bytes in all")
        if h5py.check_string_dtype(dataset.dtype) is not None:
            return self._text(dataset, place)
        if dataset.dtype.kind not in "fiub" or dataset.dtype.itemsize > 8:
            raise self._refused(place, f"values of type {dataset.dtype}")
        numbers: npt.NDArray[Any] = np.asarray(dataset[()])
        return numbers.astype(numbers.dtype.newbyteorder("="))

    def _text(self, dataset: h5py.Dataset, place: str) -> Value:
        if math.prod(dataset.shape) > MAX_OBJECTS:
            raise self._refused(place, f"{dataset.shape} texts")
        texts = np.asarray(dataset[()], dtype=object)
        decoded = np.empty(texts.shape, dtype=object)
        for index, text in np.ndenumerate(texts):
            raw = text if isinstance(text, bytes) else str(text).encode()
            if len(raw) > MAX_TEXT:
                raise self._refused(place, f"a text of {len(raw)} bytes")
            decoded[index] = raw.decode("utf-8")
        return str(decoded[()]) if decoded.ndim == 0 else decoded

    def _refused(self, place: str, what: str) -> ExportError:
        return ExportError(
            f"{place} holds {what}",
            where=self.path,
            expected="numbers and texts of moderate size in the file",
        )
