"""Rows with their classes, as a reader found them, and how they become a data set.

Values become what a network takes, bytes or shares in [0, 1]; classes become numbers, their names kept; and
where the file does not say which rows are for testing, a fifth of every class is, drawn with a fixed seed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from neuroff.data.dataset import DataSet, Provenance, SourceFile
from neuroff.data.digits import split
from neuroff.data.own.further import as_bytes, as_shares, has_fractions, require_near
from neuroff.errors import DataError

TEST_SHARE = 0.2
_FEW = 10
"""Rows; in fewer a feature may happen to count."""


@dataclass(frozen=True)
class Rows:
    """What a reader found.

    Attributes:
        values: ``(n, …)`` numbers.
        classes: ``(n,)`` words or numbers.
        test: the same of rows for testing, where the file tells them apart.
        columns: names of the values, where they have some.
    """

    values: npt.NDArray[Any]
    classes: npt.NDArray[Any]
    test: tuple[npt.NDArray[Any], npt.NDArray[Any]] | None = None
    columns: tuple[str, ...] = field(default=())


def as_data_set(rows: Rows, path: Path, digest: str) -> DataSet:
    """Return rows as a data set.

    Args:
        rows: what was read.
        path: where from; its name is that of the data set.
        digest: SHA-256 of the file, or of a folder's files.

    Raises:
        DataError: naming what cannot be learned from.
    """
    where = str(path)
    names, encoded = encoded_classes(rows.classes, where)
    if rows.test is None:
        train, test = drawn_split(encoded, names, where)
        parts = [(rows.values[train], encoded[train]), (rows.values[test], encoded[test])]
        how = f"{len(test)} of {len(encoded)} rows for testing, a fifth of every class, drawn with seed 0"
    else:
        test_encoded = known_classes(rows.test[1], names, where)
        parts = [(rows.values, encoded), (rows.test[0], test_encoded)]
        how = "test rows as in the file"
    (train_values, train_labels), (test_values, test_labels) = parts
    scaled, done = _scaled(train_values, test_values, rows.columns, where)
    return DataSet(
        name=path.stem.lower() or "own",
        train_images=scaled[0],
        train_labels=train_labels,
        test_images=scaled[1],
        test_labels=test_labels,
        provenance=Provenance(
            source="a file of the user's" if path.is_file() else "a folder of the user's",
            citation="",
            homes=(),
            files=(SourceFile(path.name, "plain", digest),),
            n_train=len(train_labels),
            n_test=len(test_labels),
            preparation=f"{done}; {how}{_counters(rows)}",
            classes=tuple(str(name) for name in names),
        ),
        n_classes=len(names),
    )


def _counters(rows: Rows) -> str:
    """Return a note on columns that number the rows, gaps or not: an id tells nothing, or too much."""
    if rows.values.ndim != 2 or len(rows.values) < _FEW or rows.values.dtype.kind not in "iuf":
        return ""
    steps = np.diff(rows.values.astype(np.float64), axis=0)
    places = np.flatnonzero(((steps >= 1) & (steps == np.round(steps))).all(0))
    names = [rows.columns[place] if rows.columns else f"value {place}" for place in places]
    return f"; {', '.join(names)}: numbers the rows, so leave it out" if names else ""


def scaled_like(rows: Rows, values: npt.NDArray[Any], where: str) -> npt.NDArray[Any]:
    """Return further values on the scale that `as_data_set` gives these rows.

    Raises:
        DataError: if they are of another shape, or no finite numbers.
    """
    train = rows.values
    if rows.test is None:
        names, encoded = encoded_classes(rows.classes, where)
        train = train[drawn_split(encoded, names, where)[0]]
    return _scaled(train, values, rows.columns, where)[0][1]


def encoded_classes(classes: npt.NDArray[Any], where: str) -> tuple[npt.NDArray[Any], npt.NDArray[np.int64]]:
    """Return the classes' names, sorted, and each row's number among them.

    Raises:
        DataError: if there is one class alone, or these are no classes.
    """
    found = _require_classes(classes, where)
    names, encoded = np.unique(found, return_inverse=True)
    if len(names) < 2:
        raise DataError(
            f"all {len(found)} rows have class {names[0]!s}",
            where=where,
            expected="two classes or more",
            fix="check which column or array holds the classes",
        )
    return names, encoded.astype(np.int64)


def _require_classes(classes: npt.NDArray[Any], where: str) -> npt.NDArray[Any]:
    if classes.ndim == 2 and classes.shape[1] == 1:
        classes = classes[:, 0]
    if classes.ndim != 1 or classes.dtype.kind not in "iubfU":
        raise DataError(
            f"classes of shape {classes.shape} and type {classes.dtype}",
            where=where,
            expected="one number or word a row",
            fix="use `.argmax(1)` where a row marks the class",
        )
    if classes.dtype.kind == "f":
        if not np.isfinite(classes).all():
            raise DataError("a class that is no number", where=where, fix="drop rows without a class")
        if (classes != np.round(classes)).any():
            raise DataError(
                f"class {classes[classes != np.round(classes)][0]}",
                where=where,
                expected="whole numbers or words",
                fix="check which column holds the classes: these look like measurements",
            )
        return classes.astype(np.int64)
    return classes


def known_classes(classes: npt.NDArray[Any], names: npt.NDArray[Any], where: str) -> npt.NDArray[np.int64]:
    """Return each row's number among the names of training rows' classes.

    Raises:
        DataError: if a class is not among them.
    """
    found = _require_classes(classes, where)
    unknown = np.setdiff1d(found, names)
    if unknown.size:
        raise DataError(
            f"test rows of class {unknown[0]!s}",
            where=where,
            expected=f"classes of training rows: {', '.join(str(name) for name in names[:10])}",
        )
    return np.searchsorted(names, found).astype(np.int64)


def drawn_split(
    encoded: npt.NDArray[np.int64], names: npt.NDArray[Any], where: str
) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    """Return the rows for training and a fifth of every class for testing, drawn with seed 0.

    Raises:
        DataError: if a class has too few rows.
    """
    counts = np.bincount(encoded)
    if counts.min() < 2:
        raise DataError(
            f"one row of class {names[counts.argmin()]!s}",
            where=where,
            expected="two rows a class or more: one to learn from, one to test on",
            fix="drop the class, or give test rows of your own (x_train, y_train, x_test, y_test in a .npz)",
        )
    train, test = split(encoded, max(len(names), round(TEST_SHARE * len(encoded))))
    missing = np.setdiff1d(np.arange(len(names)), encoded[train])
    if missing.size:
        raise DataError(f"too few rows of class {names[missing[0]]!s}", where=where, fix="drop the class")
    return train, test


def _scaled(
    train: npt.NDArray[Any], test: npt.NDArray[Any], columns: Sequence[str], where: str
) -> tuple[list[npt.NDArray[Any]], str]:
    """Return values as bytes or as float32 in [0, 1], and what was done to them.

    The training rows alone say what is done, so that further rows mean the same whatever stands beside them.
    """
    for part in (train, test):
        if part.dtype.kind not in "iubf" or part.ndim < 2 or 0 in part.shape:
            raise DataError(
                f"values of shape {part.shape} and type {part.dtype}",
                where=where,
                expected="numbers, (rows, features) or (images, height, width)",
            )
        _require_finite(part, columns, where)
    if train.shape[1:] != test.shape[1:]:
        raise DataError(f"test rows of shape {test.shape[1:]}", where=where, expected=f"{train.shape[1:]}")
    own, other = train, test
    images, whole = train.ndim > 2, own.dtype.kind in "iub"
    low, high = float(own.min()), float(own.max())
    if own.dtype == np.uint8 or (images and whole and low >= 0 and high <= 255):
        done = "bytes as they are" if own.dtype == np.uint8 else "grey levels from 0 to 255"
        return [as_bytes(part, where) for part in (own, other)], done
    if own.dtype.kind == "f" and low >= 0 and high <= 1:
        shares = as_shares(other, where, fractions=has_fractions(own))
        return [own.astype(np.float32), shares], "values in [0, 1] as they are, others cut off"
    rows = own.astype(np.float64)
    lows, highs = (rows.min(), rows.max()) if images else (rows.min(0), rows.max(0))
    require_near(other, own.dtype.kind, np.asarray(lows), np.asarray(highs), where)
    constant = int(np.sum(highs == lows))
    span = np.where(highs == lows, 1.0, highs - lows)
    scaled = [((part - lows) / span).clip(0, 1).astype(np.float32) for part in (own, other)]
    each = "all values" if images else "each feature"
    note = f"; {constant} constant features" if constant else ""
    return scaled, f"{each} by its range in the training rows, cut off at [0, 1]{note}"


def _require_finite(part: npt.NDArray[Any], columns: Sequence[str], where: str) -> None:
    if part.dtype.kind != "f":
        return
    bad = ~np.isfinite(part.reshape(len(part), -1))
    if bad.any():
        row, column = (int(index) for index in np.argwhere(bad)[0])
        kind = "column" if part.ndim == 2 else "value"
        name = f"column {columns[column]!r}" if columns else f"{kind} {column}"
        raise DataError(
            f"{name} of row {row} (from 0) is {part.reshape(len(part), -1)[row, column]}",
            where=where,
            expected="finite numbers",
            fix="drop such rows, or fill in values, such as the column's median",
        )
