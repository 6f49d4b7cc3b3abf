"""HDF5 files of others as plain values, within bounds.

Read are groups, numbers and texts that lie in the file itself. Links to elsewhere, data kept in other files,
filters that would load a plug-in, references and compound types are refused before anything of them is read,
rows of variable length where they are not asked for.
The library's functions are called as they are: h5py's objects over them ask a file for the same things again
and again, and take twice as long.

`neuroff.hdf5.serving` reads in a process of its own: the HDF5 library does not come back from every
damaged file.
"""

from __future__ import annotations

import math
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from neuroff.errors import ExportError, MissingDependencyError
from neuroff.hdf5.reply import NUMBERS
from neuroff.hdf5.tree import Tree, Value

try:
    import h5py as h5py
    from h5py import h5, h5d, h5f, h5g, h5l, h5o, h5p, h5s, h5z

    from neuroff.hdf5.ragged import read_ragged
except ImportError as error:
    raise MissingDependencyError(
        f"h5py cannot be imported ({error})",
        where="HDF5 files",
        fix="run `pip install 'neuroff[export]'`",
    ) from error

Shape = tuple[int, ...]

MAX_FILE_BYTES = 2**31
MAX_BYTES = 2**29
"""Of all numbers of a file together, uncompressed."""
MAX_OBJECTS = 2**15
MAX_RATIO = 1100
"""Of declared to stored bytes: no filter that is read here compresses further."""
MAX_DEPTH = 8
MAX_TEXT = 4096
MAX_NAME = 200
_FILTERS = {h5z.FILTER_DEFLATE, h5z.FILTER_SHUFFLE, h5z.FILTER_FLETCHER32, h5z.FILTER_LZF}


def read_tree(path: Path, *, attributes: bool = False, ragged: bool = False) -> Tree:
    """Read a whole file in this process.

    Args:
        path: the file.
        attributes: whether the attributes of groups are read too, under their names with ``@`` before.
        ragged: whether rows of variable length are read.

    Returns:
        Groups by name; numbers as arrays (without axes for a single one), texts as ``str`` or arrays of them,
        rows of variable length as `neuroff.hdf5.tree.Ragged`.

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
        access = h5p.create(h5p.FILE_ACCESS)
        access.set_fclose_degree(h5f.CLOSE_STRONG)  # and what is open in it
        file = h5f.open(os.fsencode(path), h5f.ACC_RDONLY, access)
        try:
            root = h5g.open(file, b"/")
            return _Reader(str(path), attributes, ragged).group(root, h5o.get_info(root).addr, "", 0)
        finally:
            file.close()
    except ExportError:
        raise
    except (OSError, RuntimeError, KeyError, ValueError, TypeError, OverflowError) as error:
        # h5py turns what the HDF5 library finds wrong with a file into any of these.
        reason = str(error).split("\n", 1)[0][:200]
        raise ExportError(
            f"not a readable HDF5 file ({reason})",
            where=str(path),
            fix="the file is damaged or of another kind",
        ) from None


def files_left_open() -> int:
    """Return how many files this process still has open: the library reads such a file again as it was."""
    count: int = h5f.get_obj_count(h5f.OBJ_ALL, h5f.OBJ_FILE)
    return count


@dataclass
class _Reader:
    """One reading of one file: what it has used up."""

    path: str
    attributes: bool = False
    ragged: bool = False
    seen: set[int] = field(default_factory=set)
    objects: int = field(default=0)
    read_bytes: int = field(default=0)

    def group(self, group: h5g.GroupID, address: int, place: str, depth: int) -> Tree:
        if depth > MAX_DEPTH:
            raise self._refused(place, f"groups nested deeper than {MAX_DEPTH}")
        if address in self.seen:
            raise self._refused(place, "a group that stands elsewhere too")
        self.seen.add(address)
        links = self._links(group, place)
        tree: Tree = self._attributes(h5py.Group(group), place) if self.attributes else {}
        for raw, kind, where in links:
            name = raw.decode()
            if name in tree:
                raise self._refused(place, f"{name[:100]!r} beside an attribute of that name")
            inner = f"{place}/{name[:100]}"
            if len(name) > MAX_NAME:
                raise self._refused(inner, "a name too long")
            if kind != h5l.TYPE_HARD:
                raise self._refused(inner, "a link to somewhere else")
            child = h5o.open(group, raw)
            if isinstance(child, h5g.GroupID):
                tree[name] = self.group(child, where, inner, depth + 1)
            elif isinstance(child, h5d.DatasetID):
                tree[name] = self._dataset(child, inner)
            else:
                raise self._refused(inner, "a Datatype")
        return tree

    def _links(self, group: h5g.GroupID, place: str) -> list[tuple[bytes, int, int]]:
        """Return name, kind and address of what a group holds, in the order that it keeps."""
        found: list[tuple[bytes, int, int]] = []

        def each(name: bytes, link: Any) -> bool:
            found.append((name, link.type, link.u))
            return self.objects + len(found) > MAX_OBJECTS  # enough

        kept = group.get_create_plist().get_link_creation_order() & h5p.CRT_ORDER_TRACKED
        group.links.iterate(each, info=True, idx_type=h5.INDEX_CRT_ORDER if kept else h5.INDEX_NAME)
        self._count(len(found), place)
        return found

    def _count(self, objects: int, place: str) -> None:
        self.objects += objects
        if self.objects > MAX_OBJECTS:
            raise self._refused(place, f"more than {MAX_OBJECTS} objects")

    def _attributes(self, group: h5py.Group, place: str) -> Tree:
        """Return the single numbers and texts that a group has for attributes."""
        found: Tree = {}
        self._count(len(group.attrs), place)
        for name in group.attrs:
            stored = group.attrs.get_id(name)
            if stored.shape != () or len(name) > MAX_NAME:
                raise self._refused(place, "an attribute that is no single number or text")
            if h5py.check_string_dtype(stored.dtype) is None and stored.dtype.kind not in NUMBERS:
                raise self._refused(place, f"an attribute of type {stored.dtype}")
            value = group.attrs[name]
            found[f"@{name}"] = value[:MAX_TEXT] if isinstance(value, str) else np.asarray(value)
        return found

    def _dataset(self, dataset: h5d.DatasetID, place: str) -> Value:
        space = dataset.get_space()
        if space.get_simple_extent_type() == h5s.NULL:
            raise self._refused(place, "an empty dataset")
        shape, dtype = space.shape, dataset.dtype
        stored = dataset.get_create_plist()
        if stored.get_layout() == h5d.VIRTUAL or stored.get_external_count():
            raise self._refused(place, "data kept in other files")
        filters = {stored.get_filter(i)[0] for i in range(stored.get_nfilters())}
        if not filters <= _FILTERS:
            raise self._refused(place, f"filters {sorted(filters - _FILTERS)}")
        declared = math.prod(shape) * max(dtype.itemsize, 1)
        self._take(declared, shape, place)
        if declared > MAX_RATIO * (dataset.get_storage_size() + 4096):
            raise self._refused(place, f"shape {shape}, of which hardly anything is stored")
        if h5py.check_string_dtype(dtype) is not None:
            return self._text(dataset, shape, dtype, place)
        base = h5py.check_vlen_dtype(dtype) if self.ragged and len(shape) == 1 else None
        if base is not None and base.kind in NUMBERS and base.itemsize <= 8 and base.isnative:
            return read_ragged(dataset, base, lambda size: self._take(size, shape, place))
        if dtype.kind not in NUMBERS or dtype.itemsize > 8:
            raise self._refused(place, f"values of type {dtype}")
        numbers = _values(dataset, shape, dtype)
        return numbers if dtype.isnative else numbers.astype(dtype.newbyteorder("="))

    def _take(self, size: int, shape: Shape, place: str) -> None:
        self.read_bytes += size
        if self.read_bytes > MAX_BYTES:
            raise self._refused(place, f"shape {shape}: more than {MAX_BYTES} bytes in all")

    def _text(self, dataset: h5d.DatasetID, shape: Shape, dtype: np.dtype[Any], place: str) -> Value:
        if math.prod(shape) > MAX_OBJECTS:
            raise self._refused(place, f"{shape} texts")
        texts = _values(dataset, shape, dtype).astype(object)
        decoded = np.empty(shape, dtype=object)
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


def _values(dataset: h5d.DatasetID, shape: Shape, dtype: np.dtype[Any]) -> npt.NDArray[Any]:
    values = np.zeros(shape, dtype)
    if values.size:
        dataset.read(h5s.ALL, h5s.ALL, values)
    return values
