"""Rows of a file that is larger than memory: read when they are asked for, and kept by nobody.

Of numpy's arrays `FileRows` has what data sets need: shape, type, length, rows by number. `numpy.asarray`
reads it whole. Rows are read by their place in the file and not through a map of it: a page that is looked at
through a map brings its neighbours along (fault-around, 64 KiB on Linux), so that a batch of rows drawn at
random would hold many times its own size.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from neuroff.data.numpy_files import UNREADABLE
from neuroff.errors import DataError

BLOCK_BYTES = 16 * 2**20
"""What is read at once where all rows are gone through."""


class FileRows:
    """Some rows of a ``.npy`` file, perhaps scaled.

    Args:
        path: the file.
        rows: which of its rows, by number; all without it.
        scale: what is subtracted of, and what then divides, each value, cut off at [0, 1] as float32; values
            are as they are without it.

    Raises:
        DataError: if the file is damaged, or holds no rows of numbers.
    """

    def __init__(
        self,
        path: Path,
        rows: npt.NDArray[np.int64] | None = None,
        scale: tuple[npt.NDArray[Any], npt.NDArray[Any]] | None = None,
    ) -> None:
        self.path, self._rows, self._scale = path, rows, scale
        held = opened(path)
        self._stored, self._offset = held.dtype, int(getattr(held, "offset", 0))
        self._count, self._row = len(held), held.shape[1:]

    @property
    def shape(self) -> tuple[int, ...]:
        """Rows, and what each of them has."""
        return (len(self), *self._row)

    @property
    def ndim(self) -> int:
        """Number of axes."""
        return 1 + len(self._row)

    @property
    def dtype(self) -> np.dtype[Any]:
        """Type of the values as they are read."""
        return self._stored.newbyteorder("=") if self._scale is None else np.dtype(np.float32)

    def __len__(self) -> int:
        return self._count if self._rows is None else len(self._rows)

    def __getitem__(self, rows: int | slice | npt.NDArray[np.int64]) -> npt.NDArray[Any]:
        """Return rows as an array of their own."""
        if isinstance(rows, int | np.integer):
            only: npt.NDArray[Any] = self[np.array([rows])][0]
            return only
        whole = np.arange(self._count) if self._rows is None else self._rows
        return self.scaled(self._read(whole[rows]))

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> npt.NDArray[Any]:
        whole = self[:]
        return whole if dtype is None else whole.astype(dtype)

    def taken(self, rows: npt.NDArray[np.int64]) -> FileRows:
        """Return some of the rows, by number, without reading them."""
        return FileRows(self.path, rows if self._rows is None else self._rows[rows], self._scale)

    def with_scale(self, low: npt.NDArray[Any], span: npt.NDArray[Any]) -> FileRows:
        """Return the same rows, scaled."""
        return FileRows(self.path, self._rows, (low, span))

    def scaled(self, values: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """Return values ``(…,)`` of the file's kind on the scale of these rows."""
        if self._scale is None:
            return values.astype(self.dtype, copy=False)
        low, span = self._scale
        shares: npt.NDArray[np.float32] = (
            ((values.astype(np.float64) - low) / span).clip(0, 1).astype(np.float32)
        )
        return shares

    def _read(self, numbers: npt.NDArray[np.int64]) -> npt.NDArray[Any]:
        """Read rows along the file, neighbours together, and return them in the order of their numbers."""
        order = np.argsort(numbers, kind="stable")
        along = np.asarray(numbers)[order]
        found = np.empty((len(along), *self._row), self._stored)
        row_bytes = self._stored.itemsize * math.prod(self._row)
        edges = np.flatnonzero(np.diff(along, prepend=-2, append=-2) != 1)
        target = found.reshape(-1).view(np.uint8).data
        try:
            with self.path.open("rb", buffering=0) as stream:
                for start, end in zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True):
                    stream.seek(self._offset + int(along[start]) * row_bytes)
                    _fill(stream, target[start * row_bytes : end * row_bytes])
        except OSError as error:
            raise DataError(
                f"cannot read ({error.strerror or error})", where=str(self.path), fix="put the file back"
            ) from None
        back = np.empty_like(order)
        back[order] = np.arange(len(order))
        return found[back]


def _fill(stream: Any, target: memoryview) -> None:
    while len(target):
        count = stream.readinto(target)
        if not count:
            raise OSError("the file ends early")
        target = target[count:]


def blocks(images: npt.NDArray[Any] | FileRows) -> Iterator[npt.NDArray[Any]]:
    """Yield the rows of images in pieces of moderate size; those of an array are views."""
    size = max(1, BLOCK_BYTES // max(1, images.dtype.itemsize * math.prod(images.shape[1:])))
    for start in range(0, len(images), size):
        yield images[start : start + size]


def opened(path: Path) -> npt.NDArray[Any]:
    """Return a ``.npy`` file of rows as a map of it.

    Raises:
        DataError: if it is damaged, cut short, or holds something else.
    """
    try:
        found: npt.NDArray[Any] = np.load(path, mmap_mode="r", allow_pickle=False)
    except UNREADABLE as error:
        raise DataError(
            f"cannot read ({error})",
            where=str(path),
            expected="a whole file of numpy.save, numbers or words",
        ) from None
    if not isinstance(found, np.ndarray) or not found.ndim or not found.flags.c_contiguous:
        raise DataError(
            "no array of rows, one after the other",
            where=str(path),
            expected="a file of numpy.save",
            fix="save numpy.ascontiguousarray of it",
        )
    return found
