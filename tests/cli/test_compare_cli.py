from __future__ import annotations

import itertools
import json
from pathlib import Path

import pytest

from neuroff.cli.main import run

SMALL = ["--set", "widths=20,10", "--set", "epochs=2", "--set", "neuron.steps=3"]


def test_compare_writes_report_and_resumes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "out"
    command = ["compare", *SMALL, "--seeds", "0,1", "--variants", "ff,acff", "--out", str(out), "--json"]
    assert run(command) == 0
    printed = json.loads(capsys.readouterr().out)
    assert [(r["path"], r["variant"], r["seed"]) for r in printed["runs"]] == [
        (path, variant, seed)
        for path in ("dense", "spiking")
        for variant in ("ff", "acff")
        for seed in (0, 1)
    ]
    for entry in printed["runs"]:
        assert 0 <= entry["test_accuracy"] <= 1
        assert entry["synaptic_operations"] > 0
        assert entry["energy_J"]["cpu-degnan2016"] > 0
        assert (entry["energy_J"]["loihi1-davies2018"] is None) == (entry["path"] == "dense")
    for name in printed["files"]:
        assert (tmp_path / name).stat().st_size > 0
    assert "report.html" in " ".join(printed["files"])
    before = (out / "runs" / "dense-ff-0" / "result.json").stat().st_mtime_ns
    assert run(command) == 2, "finished runs are not overwritten"
    assert "--resume" in capsys.readouterr().err
    assert run([*command, "--resume"]) == 0
    assert (out / "runs" / "dense-ff-0" / "result.json").stat().st_mtime_ns == before


def test_demo_json_has_the_promised_shape(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("NEUROFF_DATA", raising=False)
    assert run(["demo", "--out", str(tmp_path / "demo"), "--json"]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert {(r["preset"], r["path"], r["variant"]) for r in printed["runs"]} == set(
        itertools.product(("demo", "groups"), ("dense", "spiking"), ("ff", "fcff", "acff"))
    )
    assert len(printed["runs"]) == 12
    assert {(r["preset"], r["presentations"]) for r in printed["runs"]} == {("demo", 10), ("groups", 1)}
    assert min(r["test_accuracy"] for r in printed["runs"]) > 0.9
    assert printed["seconds"] > 0
    assert len(printed["files"]) >= 7
