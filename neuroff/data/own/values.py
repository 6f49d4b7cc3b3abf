"""Rows without classes, to be predicted: read as the training rows were, and on their scale."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from neuroff.data.own.csv import text_table
from neuroff.data.own.folder import read_images
from neuroff.data.own.npz import read_array
from neuroff.data.own.parquet import read_columns
from neuroff.errors import DataError, what_is

_EXPECTED = "rows in a .npz, .csv, .tsv or .parquet file, or a folder of images"


def read_values(path: Path, columns: Sequence[str]) -> npt.NDArray[Any]:
    """Read rows.

    Args:
        path: a ``.npz`` with ``x``, a ``.csv``, ``.tsv`` or ``.parquet`` with the columns' names, or a
            folder of images.
        columns: names of the training rows' columns, if they have names; others in the file are left out.

    Raises:
        DataError: naming what cannot be read.
    """
    where = str(path)
    if path.is_dir():
        return read_images(path)
    if not path.is_file():
        raise DataError(what_is(path), where=where, expected=_EXPECTED, fix="check the path")
    suffix = path.suffix.lower()
    if suffix == ".npz":
        return read_array(path, "x")
    if suffix == ".parquet":
        return read_columns(path, columns)
    if suffix not in (".csv", ".tsv"):
        raise DataError(f"a file of kind {suffix or 'none'}", where=where, expected=_EXPECTED)
    table = text_table(path)
    header = [name.strip() for name in table[0]] if table else []
    wanted = list(columns) or header
    missing = [name for name in wanted if name not in header]
    if missing or len(table) < 2:
        raise DataError(
            f"no column {missing[0]!r}" if missing else "no rows",
            where=where,
            expected=f"a header with {', '.join(wanted[:10])}, and a row or more",
        )
    places = [header.index(name) for name in wanted]
    return np.array([_numbers(row, places, header, line, where) for line, row in enumerate(table[1:], 2)])


def _numbers(row: list[str], places: list[int], header: list[str], line: int, where: str) -> list[float]:
    found = []
    for place in places:
        cell = row[place].strip() if place < len(row) else ""
        try:
            found.append(float(cell))
        except ValueError:
            raise DataError(
                f"column {header[place]!r} of line {line} is {cell!r}",
                where=where,
                expected="a finite number",
            ) from None
    return found
