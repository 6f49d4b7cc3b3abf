"""Kills of the quickest commands; `python -m benchmarks.kills` makes two hundred of all."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from benchmarks.kills import contents, in_child, summary

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork")


def test_kills_of_a_download_and_of_a_training(tmp_path: Path) -> None:
    program = (
        "import sys; from benchmarks import kills\n"
        "kills.WORKS = {name: kills.WORKS[name] for name in ('train, dense', 'download')}\n"
        "kills.WORKS['train, spiking, batch'] = kills.WORKS['train, dense']\n"
        "sys.argv[1:] = ['--out', sys.argv[1], '--json', sys.argv[2], '--count', '8']\n"
        "kills.main()"
    )
    subprocess.run(
        [sys.executable, "-c", program, str(tmp_path / "out"), str(tmp_path / "kills.json")],
        check=True,
        timeout=300,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )
    found = json.loads((tmp_path / "kills.json").read_text())
    assert found["kills"] == 8
    assert found["faults"] == []


def test_a_file_that_is_missing_more_or_other_is_seen(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text('{"b": 1, "seconds": 2}')
    well = contents(tmp_path)
    (tmp_path / "a.json").write_text('{"seconds": 3, "b": 1}')
    assert contents(tmp_path) == well
    (tmp_path / "a.json").write_text('{"b": 2, "seconds": 2}')
    assert contents(tmp_path) != well
    (tmp_path / ".left").touch()
    assert ".left" in contents(tmp_path)


def _asleep() -> int:
    time.sleep(30)
    return 0


def test_how_a_child_ended(tmp_path: Path) -> None:
    assert in_child(lambda: 3, tmp_path / "log")[0] == 3
    assert in_child(_asleep, tmp_path / "log", (0.05, 9))[0] == -9
    assert in_child(_asleep, tmp_path / "log", (0.5, 2))[0] == 130  # once it listens


def test_what_is_wrong_is_counted() -> None:
    kill = {
        "command": "energy",
        "signal": "SIGKILL",
        "first_exit": -9,
        "again_exit": 0,
        "left_by_the_kill": [],
        "wrong_afterwards": ["page.html"],
    }
    assert summary([kill])["not_as_undisturbed"] == 1
    assert summary([{**kill, "wrong_afterwards": []}])["not_as_undisturbed"] == 0
    assert summary([{**kill, "first_exit": 0}])["kills"] == 0
