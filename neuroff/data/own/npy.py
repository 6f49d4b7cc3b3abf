"""A folder of ``.npy`` files, for data larger than memory: ``x`` and ``y``, or ``x_train``, ``y_train``, … .

Labels are read; rows stay in their files, and are gone through in blocks to check and to scale them.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import numpy as np
import numpy.typing as npt

from neuroff.data.dataset import DataSet, Provenance, SourceFile
from neuroff.data.file_rows import FileRows, blocks, opened
from neuroff.data.own.further import as_bytes, as_shares, has_fractions, require_like, require_near
from neuroff.data.own.rows import drawn_split, encoded_classes, known_classes
from neuroff.errors import DataError

_WHOLE = ("x", "y")
_PARTS = ("x_train", "y_train", "x_test", "y_test")


def npy_files(folder: Path) -> tuple[Path, ...]:
    """Return the files of a folder of this kind, and none of another folder's."""
    for names in (_PARTS, _WHOLE):
        files = tuple(folder / f"{name}.npy" for name in names)
        if all(file.is_file() for file in files):
            return files
    return ()


def read_npy(folder: Path, digest: str) -> DataSet:
    """Read a folder for which `npy_files` found files.

    Args:
        folder: the folder.
        digest: SHA-256 of its files.

    Raises:
        DataError: naming what cannot be read, or learned from.
    """
    parts = _parts(folder)
    train, test = parts.train, parts.test
    seen, test_seen = _seen(train, parts.files[0]), _seen(test, parts.files[1])
    scale, done = _scale(seen, train)
    if scale is not None:
        train = train.with_scale(*scale)
        test = test.with_scale(*_scale_beside(scale, seen, parts, test_seen))
    # FileRows has what is asked of a data set's arrays.
    images: list[npt.NDArray[Any]] = [cast(Any, part) for part in (train, test)]
    return DataSet(
        name=folder.resolve().name.lower() or "own",
        train_images=images[0],
        train_labels=parts.labels,
        test_images=images[1],
        test_labels=parts.test_labels,
        provenance=Provenance(
            source="a folder of the user's, read row by row",
            citation="",
            homes=(),
            files=(SourceFile(folder.resolve().name, "plain", digest),),
            n_train=len(parts.labels),
            n_test=len(parts.test_labels),
            preparation=f"{done}; {parts.how}",
            classes=parts.names,
        ),
        n_classes=len(parts.names),
    )


def npy_like(folder: Path, values: npt.NDArray[Any], where: str) -> npt.NDArray[Any]:
    """Return further rows ``(n, …)`` as `read_npy` has the training rows of a folder.

    Args:
        folder: one for which `npy_files` found files.
        values: as they are in a file of their own.
        where: that file.

    Raises:
        DataError: if they are of another shape, no finite numbers, or of a scale that is not the training's.
    """
    parts = _parts(folder)
    train = parts.train
    require_like(values, train.shape[1:], train.dtype, where)
    seen = _seen(train, parts.files[0])
    scale, _ = _scale(seen, train)
    if scale is None:
        return as_bytes(values, where)
    if _has_shares(seen, train):
        return as_shares(values, where, fractions=seen.fractions)
    low, span = scale
    require_near(values, train.dtype.kind, low, low + span, where)
    return train.with_scale(low, span).scaled(values)


@dataclass(frozen=True)
class _Parts:
    """Rows in their files for training and for testing, their classes as numbers, and how they were told."""

    train: FileRows
    labels: npt.NDArray[np.int64]
    test: FileRows
    test_labels: npt.NDArray[np.int64]
    files: tuple[Path, Path]
    names: tuple[str, ...]
    how: str


def _parts(folder: Path) -> _Parts:
    files = npy_files(folder)
    train, labels = FileRows(files[0]), np.array(opened(files[1]))
    _require_rows(train, labels, files[0])
    names, encoded = encoded_classes(labels, str(files[1]))
    words = tuple(str(name) for name in names)
    if len(files) == 2:
        chosen, left = drawn_split(encoded, names, str(files[1]))
        how = f"{len(left)} rows for testing, a fifth of every class, drawn with seed 0"
        drawn = train.taken(chosen), encoded[chosen], train.taken(left), encoded[left]
        return _Parts(*drawn, (files[0], files[0]), words, how)
    test, test_labels = FileRows(files[2]), np.array(opened(files[3]))
    _require_rows(test, test_labels, files[2])
    known = known_classes(test_labels, names, str(files[3]))
    return _Parts(train, encoded, test, known, (files[0], files[2]), words, "test rows as in the files")


@dataclass
class _Seen:
    """What all rows together have: smallest and largest value of each place of a row, and any fractions."""

    low: npt.NDArray[Any]
    high: npt.NDArray[Any]
    fractions: bool


def _seen(part: FileRows, path: Path) -> _Seen:
    """Go through all rows.

    Raises:
        DataError: naming the first value that is not finite.
    """
    low = high = None
    first, fractions = 0, False
    for block in blocks(part):
        if block.dtype.kind == "f" and not np.isfinite(block).all():
            row, *place = (int(index) for index in np.argwhere(~np.isfinite(block))[0])
            name = f"column {place[0]}" if len(place) == 1 else f"value {tuple(place)}"
            raise DataError(
                f"{name} of row {first + row} (from 0) is {block[(row, *place)]}",
                where=str(path),
                expected="finite numbers",
                fix="drop such rows, or fill in values, such as the column's median",
            )
        least, most = block.min(0), block.max(0)
        low = least if low is None else np.minimum(low, least)
        high = most if high is None else np.maximum(high, most)
        fractions = fractions or has_fractions(block)
        first += len(block)
    if low is None or high is None or not low.size:
        raise DataError("no rows", where=str(path), expected="one row of values or more")
    return _Seen(low, high, fractions)


def _scale(seen: _Seen, train: FileRows) -> tuple[tuple[npt.NDArray[Any], npt.NDArray[Any]] | None, str]:
    """Return what brings values to [0, 1], by the training rows alone, and what that is in words."""
    if train.dtype == np.uint8:
        return None, "bytes as they are"
    if _has_shares(seen, train):
        return (np.zeros(()), np.ones(())), "values in [0, 1] as they are, others cut off"
    images = train.ndim > 2
    low, high = (seen.low.min(), seen.high.max()) if images else (seen.low, seen.high)
    low, high = np.asarray(low, np.float64), np.asarray(high, np.float64)
    each = "all values" if images else "each feature"
    constant = int(np.sum(high == low))
    note = f"; {constant} constant features" if constant else ""
    span = np.where(high == low, 1.0, high - low)
    return (low, span), f"{each} by its range in the training rows, cut off at [0, 1]{note}"


def _has_shares(seen: _Seen, train: FileRows) -> bool:
    return train.dtype.kind == "f" and seen.low.min() >= 0 and seen.high.max() <= 1


def _scale_beside(
    scale: tuple[npt.NDArray[Any], npt.NDArray[Any]], seen: _Seen, parts: _Parts, test_seen: _Seen
) -> tuple[npt.NDArray[Any], npt.NDArray[Any]]:
    """Return the scale of test rows, whose ends are looked at as those of `npy_like`'s rows are.

    Raises:
        DataError: if they are of a scale that is not the training's.
    """
    ends, where = np.stack((test_seen.low, test_seen.high)), str(parts.files[1])
    if not _has_shares(seen, parts.train):
        require_near(ends, parts.train.dtype.kind, scale[0], scale[0] + scale[1], where)
    elif not test_seen.fractions:
        as_shares(ends, where, fractions=seen.fractions)
        if ends.dtype == np.uint8:
            return scale[0], np.full((), 255.0)
    return scale


def _require_rows(part: FileRows, labels: npt.NDArray[Any], path: Path) -> None:
    if part.dtype.kind not in "iubf" or part.ndim < 2:
        raise DataError(
            f"values of shape {part.shape} and type {part.dtype}",
            where=str(path),
            expected="numbers, (rows, features) or (images, height, width)",
        )
    if len(part) != len(labels):
        raise DataError(
            f"{len(part)} rows and {len(labels)} classes", where=str(path), expected="one class a row"
        )
