from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks import installed


def test_sizes_are_those_of_the_files(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    out = tmp_path / "installed.json"
    assert installed.main(["--json", "--out", str(out)]) == 0
    result = json.loads(capsys.readouterr().out)
    assert json.loads(out.read_text()) == result
    assert result["total_bytes"] == sum(result["bytes"].values())
    assert {"neuroff", "torch", "numpy"} <= result["bytes"].keys()
    assert result["bytes"]["torch"] > 10**8


def test_what_several_ask_for_is_nobodys_alone() -> None:
    result = installed.measure()
    brings, sizes = result["brings_bytes"], result["bytes"]
    assert all(brings[name] >= sizes[name] for name in brings)
    assert sum(brings.values()) <= result["total_bytes"]
    assert brings["torch"] >= sizes["torch"] + sizes["sympy"]  # nothing else here computes with symbols


def test_the_table_has_a_row_for_each_library_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    assert installed.main([]) == 0
    shown = capsys.readouterr().out
    assert "torch" in shown
    assert "neuroff included" in shown
