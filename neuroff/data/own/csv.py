"""A table as text: a header, numbers, and a column of classes; commas, semicolons or tabs between."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from neuroff.data.own.rows import Rows
from neuroff.errors import DataError
from neuroff.files import require_regular

_USUAL = ("label", "class", "target", "y", "species")
_MISSING = ("", "na", "nan", "null", "none", "?")


def read_csv(path: Path, label: str | None) -> Rows:
    """Read a table.

    Args:
        path: the file.
        label: name of the classes' column; without it a column named label, class, target, y or species, or
            else the last one.

    Raises:
        DataError: naming line and column of what is no number.
    """
    where = str(path)
    table = text_table(path)
    if len(table) < 3 or len(table[0]) < 2:
        raise DataError(
            f"{len(table)} lines of {len(table[0]) if table else 0} columns",
            where=where,
            expected="a header, two rows or more, a column of classes and one of values or more",
        )
    header = [name.strip() for name in table[0]]
    if all(_number(name) is not None for name in header[:-1]):
        raise DataError(
            f"the first line holds numbers ({', '.join(header[:3])}, …)",
            where=where,
            expected="a header with the columns' names",
            fix="put a line of names in front",
        )
    return from_table(header, table[1:], label, where, first_line=2)


def text_table(path: Path) -> list[list[str]]:
    """Return the cells of every line that is not empty; commas, semicolons or tabs between.

    Raises:
        DataError: if the file is no text, or quotes do not close.
    """
    where = str(path)
    require_regular(path, DataError)
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"cannot read ({error})", where=where, expected="a text file in UTF-8") from None
    delimiter = max(",;\t", key=(lines or [""])[0].count)
    try:
        rows = list(csv.reader(lines, delimiter=delimiter, strict=True))
    except csv.Error as error:
        raise DataError(f"cannot read ({error})", where=where, expected="a table of commas") from None
    return [row for row in rows if any(map(str.strip, row))]


def from_table(
    header: Sequence[str], body: Sequence[Sequence[str]], label: str | None, where: str, first_line: int
) -> Rows:
    """Return a table of texts as rows.

    Args:
        header: names of the columns.
        body: a row each.
        label: name of the classes' column, if given.
        where: names the table in errors.
        first_line: number of the body's first line.

    Raises:
        DataError: naming line and column of what is no number.
    """
    place = label_place(header, label, where)
    values = np.empty((len(body), len(header) - 1))
    classes = []
    for number, row in enumerate(body):
        line = first_line + number
        if len(row) != len(header):
            raise DataError(
                f"line {line} has {len(row)} columns", where=where, expected=f"{len(header)}, as the header"
            )
        cells = [cell.strip() for cell in row]
        classes.append(cells.pop(place))
        if classes[-1].lower() in _MISSING:
            raise DataError(
                f"line {line} has no class", where=where, fix="drop the row, or name another --label-column"
            )
        for column, cell in enumerate(cells):
            value = _number(cell)
            if value is None or not np.isfinite(value):
                name = [each for index, each in enumerate(header) if index != place][column]
                missing = cell.lower() in _MISSING
                raise DataError(
                    f"column {name!r} of line {line} is {cell!r}{_many(body, place) if missing else ''}",
                    where=where,
                    expected="a finite number",
                    fix="drop such rows or fill them in"
                    if missing
                    else "leave the column out, or write words as numbers, a column of zeros and ones each",
                )
            values[number, column] = value
    names = tuple(name for index, name in enumerate(header) if index != place)
    return Rows(values, _classes(classes), None, names)


def label_place(header: Sequence[str], label: str | None, where: str) -> int:
    """Return which column holds the classes.

    Raises:
        DataError: if there is none of that name.
    """
    if label is not None:
        if label not in header:
            raise DataError(f"no column {label!r}", where=where, expected=f"one of {', '.join(header)}")
        return list(header).index(label)
    lower = [name.lower() for name in header]
    return next((lower.index(name) for name in _USUAL if name in lower), len(header) - 1)


def _many(body: Sequence[Sequence[str]], place: int) -> str:
    """Return how many rows lack a value, which one line does not tell."""
    lacking = [
        row
        for row in body
        if any(cell.strip().lower() in _MISSING for index, cell in enumerate(row) if index != place)
    ]
    return f"; {len(lacking)} of {len(body)} rows lack a value"


def _number(cell: str) -> float | None:
    try:
        return float(cell)
    except ValueError:
        return None


def _classes(cells: list[str]) -> np.ndarray:
    numbers = [_number(cell) for cell in cells]
    known = [number for number in numbers if number is not None]
    return np.array(known) if len(known) == len(cells) else np.array(cells)
