"""A Parquet table, read by pyarrow."""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from neuroff.data.own.csv import label_place
from neuroff.data.own.doubles import doubles
from neuroff.data.own.moderate import require_moderate
from neuroff.data.own.rows import Rows
from neuroff.errors import DataError, MissingDependencyError
from neuroff.files import require_regular, write_bytes

_LIMIT_BYTES = 8 * 2**30


def read_parquet(path: Path, label: str | None) -> Rows:
    """Read a table.

    Args:
        path: the file.
        label: name of the classes' column, as `neuroff.data.own.csv.read_csv` has it.

    Raises:
        DataError: if the file is damaged, or a column holds no numbers.
        MissingDependencyError: if pyarrow is not installed.
    """
    where = str(path)
    table = _table(path)
    header = list(table.column_names)
    if not table.num_rows:
        raise DataError("no rows", where=where, expected="two or more")
    if len(header) < 2:
        raise DataError("no column beside the classes", where=where, expected="one of values or more")
    place = label_place(header, label, where)
    classes = table.column(place)
    if classes.null_count:
        raise DataError(
            f"{classes.null_count} of {len(classes)} rows have no class in {header[place]!r}",
            where=where,
            fix="drop these rows, or name another --label-column",
        )
    classes = classes.to_numpy()
    if classes.dtype == object:
        classes = np.array([str(entry) for entry in classes])
    names = tuple(name for index, name in enumerate(header) if index != place)
    return Rows(_numbers(table, names, where), classes, None, names)


def read_columns(path: Path, columns: Sequence[str]) -> npt.NDArray[np.float64]:
    """Read columns of numbers.

    Args:
        path: the file.
        columns: their names; all of the table's if there are none.

    Raises:
        DataError: if the file is damaged, a column is not there, or holds no numbers.
        MissingDependencyError: if pyarrow is not installed.
    """
    table = _table(path)
    wanted = tuple(columns) or tuple(table.column_names)
    missing = [name for name in wanted if name not in table.column_names]
    if missing or not table.num_rows:
        raise DataError(
            f"no column {missing[0]!r}" if missing else "no rows",
            where=str(path),
            expected=f"columns {', '.join(wanted[:10])}, and a row or more",
        )
    return _numbers(table, wanted, str(path))


def write_parquet(path: Path, rows: Sequence[Mapping[str, str | float]]) -> None:
    """Write records, all with the same names, as a table.

    Raises:
        MissingDependencyError: if pyarrow is not installed.
        RunError: if the file cannot be written.
    """
    pyarrow, parquet = _pyarrow(path)
    stream = io.BytesIO()
    parquet.write_table(pyarrow.Table.from_pylist([dict(row) for row in rows]), stream)
    write_bytes(path, stream.getvalue())


def _pyarrow(path: Path) -> tuple[Any, Any]:
    try:
        return import_module("pyarrow"), import_module("pyarrow.parquet")
    except ImportError:
        raise MissingDependencyError(
            "pyarrow is not installed",
            where=str(path),
            fix="run `pip install pyarrow`, or use a table in .csv",
        ) from None


def _table(path: Path) -> Any:
    where = str(path)
    pyarrow, parquet = _pyarrow(path)
    stored = require_regular(path, DataError)
    try:
        about = parquet.read_metadata(path)
        groups = (about.row_group(index).total_byte_size for index in range(about.num_row_groups))
        # A column of one value is stored in no bytes at all, and read as eight a row.
        declared = max(sum(groups), 8 * about.num_rows * about.num_columns)
        require_moderate(declared, stored, where, _LIMIT_BYTES)
        with parquet.ParquetFile(path) as file:
            table = file.read()
        for column in table.columns:  # some damage shows only here
            column.to_numpy()
    except (OSError, ValueError, OverflowError, MemoryError, pyarrow.ArrowException) as error:
        raise DataError(f"cannot read ({error})", where=where, expected="a Parquet file") from None
    for name, times in Counter(table.column_names).items():
        if times > 1:
            raise DataError(
                f"{times} columns {name!r}", where=where, fix="give each column a name of its own"
            )
    return table


def _numbers(table: Any, names: Sequence[str], where: str) -> npt.NDArray[np.float64]:
    columns = []
    for name in names:
        values = table.column(name).to_numpy()
        if values.dtype.kind not in "iubf":
            raise DataError(
                f"column {name!r} of type {table.column(name).type}",
                where=where,
                expected="numbers",
                fix="leave the column out, or write words as numbers",
            )
        columns.append(doubles(values))
    return np.stack(columns, 1)
