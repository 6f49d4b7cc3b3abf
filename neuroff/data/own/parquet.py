"""A Parquet table, read by pyarrow."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

import numpy as np

from neuroff.data.own.csv import label_place
from neuroff.data.own.moderate import require_moderate
from neuroff.data.own.rows import Rows
from neuroff.errors import DataError, MissingDependencyError
from neuroff.files import require_regular

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
    try:
        pyarrow = import_module("pyarrow")
        parquet = import_module("pyarrow.parquet")
    except ImportError:
        raise MissingDependencyError(
            "pyarrow is not installed",
            where=where,
            fix="run `pip install pyarrow`, or save the table as .csv",
        ) from None
    stored = require_regular(path, DataError)
    try:
        about = parquet.read_metadata(path)
        groups = (about.row_group(index).total_byte_size for index in range(about.num_row_groups))
        # A column of one value is stored in no bytes at all, and read as eight a row.
        declared = max(sum(groups), 8 * about.num_rows * about.num_columns)
        require_moderate(declared, stored, where, _LIMIT_BYTES)
        table = parquet.read_table(path)
    except (OSError, ValueError, OverflowError, MemoryError, pyarrow.ArrowException) as error:
        raise DataError(f"cannot read ({error})", where=where, expected="a Parquet file") from None
    header = list(table.column_names)
    place = label_place(header, label, where)
    columns = []
    for index, name in enumerate(header):
        values = table.column(index).to_numpy()
        if index != place and values.dtype.kind not in "iubf":
            raise DataError(
                f"column {name!r} of type {table.column(index).type}",
                where=where,
                expected="numbers",
                fix="leave the column out, or write words as numbers",
            )
        columns.append(values)
    classes = columns.pop(place)
    if not columns:
        raise DataError("no column beside the classes", where=where, expected="one of values or more")
    if classes.dtype == object:
        classes = np.array([str(entry) for entry in classes])
    names = tuple(name for index, name in enumerate(header) if index != place)
    return Rows(np.stack(columns, 1).astype(np.float64), classes, None, names)
