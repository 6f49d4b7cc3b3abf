from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks import collaboration


def test_cases_are_kept_and_gone_on_with(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    small = ("train_count=200", "epochs=1", "widths=20,20")
    monkeypatch.setattr(collaboration, "SETTINGS", {"small": small})
    kinds = {name: collaboration.KINDS[name] for name in ("ff", "acff, normalised")}
    monkeypatch.setattr(collaboration, "KINDS", kinds)
    command = ["--folder", str(tmp_path), "--dataset", "digits", "--json"]
    assert collaboration.main([*command, "--seeds", "1"]) == 0
    first = json.loads(capsys.readouterr().out)["records"]
    assert list(first) == ["small: ff: 0", "small: acff, normalised: 0"]
    assert collaboration.main([*command, "--seeds", "2"]) == 0
    records = json.loads(capsys.readouterr().out)["records"]
    assert len(records) == 4
    assert all(records[name] == record for name, record in first.items())
    plain = records["small: ff: 0"]["held_out"]
    assert plain["goodness"] == plain["collaborative"]  # nobody is heard
    assert len(plain["alone"]) == 2
    assert records["small: acff, normalised: 0"]["gamma"] != [0.0, 0.0]
    assert collaboration.main([*command[:-1], "--seeds", "1"]) == 0
    assert "small: acff, normalised" in capsys.readouterr().out
