"""Rows of variable length: read where they are asked for, within bounds, and refused elsewhere."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neuroff.errors import ExportError
from neuroff.hdf5 import reading
from neuroff.hdf5.files import read_hdf5
from neuroff.hdf5.reading import h5py, read_tree
from neuroff.hdf5.reply import packed, unpacked
from neuroff.hdf5.tree import Ragged

ROWS: tuple[list[int], ...] = ([1, 2, 3], [], [7], [2, 2])


def written(path: Path, dtype: str = "=u2", shape: tuple[int, ...] = (4,)) -> Path:
    with h5py.File(path, "w") as file:
        rows = file.create_dataset("rows", shape, h5py.vlen_dtype(np.dtype(dtype)))
        for index, row in enumerate(ROWS):
            if len(shape) == 1:
                rows[index] = row
    return path


@pytest.mark.parametrize("dtype", ["=u2", "=f2", "=f8", "|i1"])
def test_rows_of_each_type_come_whole_through_both_processes(dtype: str, tmp_path: Path) -> None:
    path = written(tmp_path / "a.h5", dtype)
    for found in (read_tree(path, ragged=True)["rows"], read_hdf5(path, ragged=True)["rows"]):
        assert isinstance(found, Ragged)
        assert [row.tolist() for row in found.rows()] == list(ROWS)
        assert found.values.dtype == np.dtype(dtype)


def test_they_are_refused_where_nobody_asks_for_them(tmp_path: Path) -> None:
    path = written(tmp_path / "a.h5")
    for read in (read_tree, read_hdf5):
        with pytest.raises(ExportError, match="/rows holds values of type object"):
            read(path)


def test_a_row_that_was_never_written_is_empty(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file.create_dataset("rows", (2,), h5py.vlen_dtype(np.dtype("u2")))[1] = [5]
        file.create_dataset("none", (0,), h5py.vlen_dtype(np.dtype("u2")))
    found = read_tree(tmp_path / "a.h5", ragged=True)
    assert [row.tolist() for row in found["rows"].rows()] == [[], [5]]
    assert found["none"].rows() == []


def test_other_rows_are_refused(tmp_path: Path) -> None:
    table = written(tmp_path / "table.h5", shape=(2, 2))
    nested = tmp_path / "nested.h5"
    with h5py.File(nested, "w") as file:
        file.create_dataset("rows", (2,), h5py.vlen_dtype(h5py.vlen_dtype(np.dtype("u2"))))
    swapped = written(tmp_path / "swapped.h5", np.dtype("=u2").newbyteorder("S").str)
    for path in (table, nested, swapped):
        with pytest.raises(ExportError, match="/rows holds values of type object"):
            read_tree(path, ragged=True)


def test_rows_count_as_what_they_are_in_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = written(tmp_path / "a.h5")
    taken = 4 * np.dtype(object).itemsize + 2 * sum(map(len, ROWS))
    monkeypatch.setattr(reading, "MAX_BYTES", taken)
    assert len(read_tree(path, ragged=True)["rows"].lengths) == 4
    monkeypatch.setattr(reading, "MAX_BYTES", taken - 1)
    with pytest.raises(ExportError, match=f"more than {taken - 1} bytes in all"):
        read_tree(path, ragged=True)


@given(st.lists(st.lists(st.integers(0, 2**16 - 1), max_size=5), max_size=6))
def test_rows_are_packed_and_unpacked(rows: list[list[int]]) -> None:
    values = np.array([each for row in rows for each in row], np.uint16)
    lengths = np.array([len(row) for row in rows], np.int64)
    found = unpacked(packed({"group": {"rows": Ragged(values, lengths)}}))["group"]["rows"]
    assert [row.tolist() for row in found.rows()] == rows
