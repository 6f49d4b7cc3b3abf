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
    files = npy_files(folder)
    train, labels = FileRows(files[0]), np.array(opened(files[1]))
    _require_rows(train, labels, files[0])
    names, encoded = encoded_classes(labels, str(files[1]))
    if len(files) == 2:
        chosen, left = drawn_split(encoded, names, str(files[1]))
        test, test_encoded = train.taken(left), encoded[left]
        train, encoded = train.taken(chosen), encoded[chosen]
        how = f"{len(test)} rows for testing, a fifth of every class, drawn with seed 0"
    else:
        test, test_labels = FileRows(files[2]), np.array(opened(files[3]))
        _require_rows(test, test_labels, files[2])
        test_encoded, how = known_classes(test_labels, names, str(files[3])), "test rows as in the files"
    scale, done = _scale(_seen(train, files[0]), train)
    _seen(test, files[0] if len(files) == 2 else files[2])
    parts = [part if scale is None else part.with_scale(*scale) for part in (train, test)]
    # FileRows has what is asked of a data set's arrays.
    images: list[npt.NDArray[Any]] = [cast(Any, part) for part in parts]
    return DataSet(
        name=folder.resolve().name.lower() or "own",
        train_images=images[0],
        train_labels=encoded,
        test_images=images[1],
        test_labels=test_encoded,
        provenance=Provenance(
            source="a folder of the user's, read row by row",
            citation="",
            homes=(),
            files=(SourceFile(folder.resolve().name, "plain", digest),),
            n_train=len(encoded),
            n_test=len(test_encoded),
            preparation=f"{done}; {how}",
            classes=tuple(str(name) for name in names),
        ),
        n_classes=len(names),
    )


@dataclass
class _Seen:
    """What all rows together have: smallest and largest value of each place of a row."""

    low: npt.NDArray[Any]
    high: npt.NDArray[Any]


def _seen(part: FileRows, path: Path) -> _Seen:
    """Go through all rows.

    Raises:
        DataError: naming the first value that is not finite.
    """
    low = high = None
    first = 0
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
        first += len(block)
    if low is None or high is None or not low.size:
        raise DataError("no rows", where=str(path), expected="one row of values or more")
    return _Seen(low, high)


def _scale(seen: _Seen, train: FileRows) -> tuple[tuple[npt.NDArray[Any], npt.NDArray[Any]] | None, str]:
    """Return what brings values to [0, 1], by the training rows alone, and what that is in words."""
    if train.dtype == np.uint8:
        return None, "bytes as they are"
    if train.dtype.kind == "f" and seen.low.min() >= 0 and seen.high.max() <= 1:
        return (np.zeros(()), np.ones(())), "values in [0, 1] as they are, others cut off"
    images = train.ndim > 2
    low, high = (seen.low.min(), seen.high.max()) if images else (seen.low, seen.high)
    low, high = np.asarray(low, np.float64), np.asarray(high, np.float64)
    each = "all values" if images else "each feature"
    constant = int(np.sum(high == low))
    note = f"; {constant} constant features" if constant else ""
    span = np.where(high == low, 1.0, high - low)
    return (low, span), f"{each} by its range in the training rows, cut off at [0, 1]{note}"


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
