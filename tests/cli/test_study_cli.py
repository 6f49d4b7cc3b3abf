from __future__ import annotations

import json
from pathlib import Path

import pytest

from neuroff.cli.main import run

SMALL = ["--set", "widths=8,6", "--set", "training.epochs=1", "--set", "train_count=150"]


def test_a_quick_study_leaves_result_and_table(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = str(tmp_path / "out")
    command = ["study", "gain", "--quick", *SMALL, "--set", "neuron.steps=3", "--out", out]
    assert run([*command, "--json"]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert printed["rows"] == json.loads((tmp_path / "out" / "gain-digits.json").read_text())["rows"]
    assert all((tmp_path / "out" / name).exists() for name in ("gain-digits.json", "gain-digits.md"))
    assert run(command) == 2
    assert "--resume" in capsys.readouterr().err
    assert run([*command, "--resume", "--tables", "csv,latex"]) == 0
    assert all((tmp_path / "out" / name).exists() for name in ("gain-digits.csv", "gain-digits.tex"))
    assert "of the spikes so far" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["study", "nonsense"], "nonsense"),
        (["study", "gain", "--quick", "--set", "nonsense=1"], "nonsense"),
        (["study", "gain", "--quick", "--seeds", "0"], "--seeds"),
        (["study", "gain", "--quick", "--tables", "xls"], "--tables"),
    ],
)
def test_bad_command_lines_end_in_one_message(
    arguments: list[str], message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run([*arguments, "--out", str(tmp_path / "x")]) == 2
    assert message in capsys.readouterr().err
    assert not (tmp_path / "x").exists()
