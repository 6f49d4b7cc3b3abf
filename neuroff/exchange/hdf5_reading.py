"""HDF5 files of others as plain values, within bounds.

Read are groups, numbers and texts that lie in the file itself. Links to elsewhere, data kept in other files,
filters that would load a plug-in, references and compound types are refused before anything of them is read.

`neuroff.exchange.hdf5_serving` reads in a process of its own: the HDF5 library does not come back from every
damaged file.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt

from neuroff.errors import ExportError, MissingDependencyError
from neuroff.exchange.tree import Tree, Value

try:
    import h5py as h5py
except ImportError as error:
    raise MissingDependencyError(
        f"h5py cannot be imported ({error})",
        where="neuroff.exchange",
        fix="run `pip install 'neuroff[export]'`",
    ) from error

MAX_FILE_BYTES = 2**31
MAX_BYTES = 2**29
"""Of all numbers of a file together, uncompressed."""
MAX_OBJECTS = 2**15
MAX_RATIO = 1100
"""Of declared to stored bytes: no filter that is read here compresses further."""
MAX_DEPTH = 8
MAX_TEXT = 4096
MAX_NAME = 200
_FILTERS = {h5py.h5z.FILTER_DEFLATE, h5py.h5z.FILTER_SHUFFLE, h5py.h5z.FILTER_FLETCHER32, h5py.h5z.FILTER_LZF}


def read_tree(path: Path, *, attributes: bool = False) -> Tree:
    """Read a whole file in this process.

    Args:
        path: the file.
        attributes: whether the attributes of groups are read too, under their names with ``@`` before.

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
            return _Reader(str(path), attributes).group(file, "", 0)
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


def send(tree: Tree, stream: BinaryIO) -> None:
    """Write a tree as one line of JSON, and the arrays after it."""
    arrays: list[npt.NDArray[Any]] = []

    def named(value: Any) -> Any:
        if isinstance(value, dict):
            return {"group": {key: named(item) for key, item in value.items()}}
        if isinstance(value, str):
            return {"text": value}
        if value.dtype.kind == "O":
            return {"texts": value.tolist(), "shape": value.shape}
        arrays.append(value)
        return {"array": len(arrays) - 1}

    stream.write(json.dumps({"tree": named(tree)}).encode() + b"\n")
    for array in arrays:
        np.save(stream, array, allow_pickle=False)


def receive(stream: BinaryIO) -> Tree:
    """Read what `send` wrote.

    Raises:
        ExportError: if the line tells of one instead.
    """
    told = json.loads(stream.readline())
    if "error" in told:
        what, where, expected, fix = told["error"]
        raise ExportError(what, where=where, expected=expected, fix=fix)

    def unnamed(value: Any) -> Any:
        if "group" in value:
            return {key: unnamed(item) for key, item in value["group"].items()}
        if "text" in value:
            return value["text"]
        if "texts" in value:
            texts = np.empty(value["shape"], dtype=object)
            texts[...] = value["texts"]
            return texts
        return np.load(stream, allow_pickle=False)  # in the order of the line

    tree: Tree = unnamed(told["tree"])
    return tree


@dataclass
class _Reader:
    """One reading of one file: what it has used up."""

    path: str
    attributes: bool = False
    seen: set[int] = field(default_factory=set)
    objects: int = field(default=0)
    read_bytes: int = field(default=0)

    def group(self, group: h5py.Group, place: str, depth: int) -> Tree:
        if depth > MAX_DEPTH:
            raise self._refused(place, f"groups nested deeper than {MAX_DEPTH}")
        address = h5py.h5o.get_info(group.id).addr
        if address in self.seen:
            raise self._refused(place, "a group that stands elsewhere too")
        self.seen.add(address)
        self.objects += len(group)
        if self.objects > MAX_OBJECTS:
            raise self._refused(place, f"more than {MAX_OBJECTS} objects")
        tree: Tree = self._attributes(group, place) if self.attributes else {}
        for name in group:
            if name in tree:
                raise self._refused(place, f"{str(name)[:100]!r} beside an attribute of that name")
            inner = f"{place}/{str(name)[:100]}"
            if len(name) > MAX_NAME:
                raise self._refused(inner, "a name too long")
            if group.id.links.get_info(name.encode()).type != h5py.h5l.TYPE_HARD:
                raise self._refused(inner, "a link to somewhere else")
            child = group[name]
            if isinstance(child, h5py.Group):
                tree[name] = self.group(child, inner, depth + 1)
            elif isinstance(child, h5py.Dataset):
                tree[name] = self._dataset(child, inner)
            else:
                raise self._refused(inner, f"a {type(child).__name__}")
        return tree

    def _attributes(self, group: h5py.Group, place: str) -> Tree:
        """Return the single numbers and texts that a group has for attributes."""
        found: Tree = {}
        self.objects += len(group.attrs)
        if self.objects > MAX_OBJECTS:
            raise self._refused(place, f"more than {MAX_OBJECTS} objects")
        for name in group.attrs:
            stored = group.attrs.get_id(name)
            if stored.shape != () or len(name) > MAX_NAME:
                raise self._refused(place, "an attribute that is no single number or text")
            if h5py.check_string_dtype(stored.dtype) is None and stored.dtype.kind not in "fiub":
                raise self._refused(place, f"an attribute of type {stored.dtype}")
            value = group.attrs[name]
            found[f"@{name}"] = value[:MAX_TEXT] if isinstance(value, str) else np.asarray(value)
        return found

    def _dataset(self, dataset: h5py.Dataset, place: str) -> Value:
        shape, dtype = dataset.shape, dataset.dtype  # each asks the file again
        if shape is None:
            raise self._refused(place, "an empty dataset")
        stored = dataset.id.get_create_plist()
        if stored.get_layout() == h5py.h5d.VIRTUAL or stored.get_external_count():
            raise self._refused(place, "data kept in other files")
        filters = {stored.get_filter(i)[0] for i in range(stored.get_nfilters())}
        if not filters <= _FILTERS:
            raise self._refused(place, f"filters {sorted(filters - _FILTERS)}")
        declared = math.prod(shape) * max(dtype.itemsize, 1)
        self.read_bytes += declared
        if self.read_bytes > MAX_BYTES:
            raise self._refused(place, f"shape {shape}: more than {MAX_BYTES} bytes in all")
        if declared > MAX_RATIO * (dataset.id.get_storage_size() + 4096):
            raise self._refused(place, f"shape {shape}, of which hardly anything is stored")
        if h5py.check_string_dtype(dtype) is not None:
            return self._text(dataset, place)
        if dtype.kind not in "fiub" or dtype.itemsize > 8:
            raise self._refused(place, f"values of type {dtype}")
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
