"""Every bomb of `benchmarks.bombs` is refused, soon, and takes little memory."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.bombs import dropped, dropped_all
from benchmarks.bombs_made import BOMBS

pytest.importorskip("pyarrow")
pytest.importorskip("PIL")
SLOW = {"HDF5: 130,000 empty groups", "NPZ: three gigabytes of zeros", "gzip: a gigabyte of black images"}
"""To make, not to refuse: the command has them."""
HELD = "HDF5: 128 MiB of zeros"
"""Is what it says it is, and is read before it turns out to be no graph."""


def test_bombs(tmp_path: Path) -> None:
    found = dropped_all(tmp_path, tuple(name for name in BOMBS if name not in SLOW))
    assert len(found) > 25
    for name, each in found.items():
        assert each["refused"], (name, each)
        assert "\n" not in each["message"]
        if name != HELD:
            assert each["cpu_s"] < 1, (name, each)
            assert each["memory_MB"] < 150 + 3 * each["file_bytes"] / 2**20, (name, each)


def test_what_is_read_or_raised_is_no_refusal(tmp_path: Path) -> None:
    def raises(file: Path) -> object:
        raise RecursionError(str(file))

    assert not dropped(tmp_path / "a", raises)["refused"]
    assert dropped(tmp_path / "a", lambda file: file)["message"] == "it was read"
