"""Read-outs compared on held-out images, and a second, mirrored presentation of runs: on little."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks import mirrored, read_outs
from neuroff.cli.main import run

LAYERS = "network.layers=conv 8x3 stride 2, pool 2, conv 8x3, dense 20"


def test_cases_are_kept_and_averaged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(read_outs, "USUAL", ("train_count=60", "epochs=1", "engine=torch", LAYERS))
    monkeypatch.setattr(read_outs, "IMAGES", 200)
    command = ["--dataset", "digits", "--folder", str(tmp_path), "--seeds", "2"]
    assert read_outs.main([*command, "--json"]) == 0
    first = json.loads(capsys.readouterr().out)
    assert len(first["runs"]) == 8
    for row in first["found"]:
        runs = [first["runs"][f"{row['read_out']}: {row['steepness']}: {seed}"] for seed in (0, 1)]
        for name in ("once", "mirrored"):
            assert row[name] == pytest.approx((runs[0][name] + runs[1][name]) / 2)
    assert len({tuple(run["loss"]) for run in first["runs"].values()}) == 8
    records = json.loads((tmp_path / "read-outs-digits.json").read_text())
    read_outs.main(command)  # from the folder
    assert "50, 50, 100" in capsys.readouterr().out
    assert json.loads((tmp_path / "read-outs-digits.json").read_text()) == records


def test_a_run_is_asked_twice(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    chosen = ("epochs=2", "evaluate_every=0", "flip=0.5", LAYERS)
    settings = [part for setting in chosen for part in ("--set", setting)]
    for form, more in (("once", ()), ("twice", ("--set", "asking.mirrored=true"))):
        command = ["train", "--dataset", "digits", "--preset", "conv", "--path", "spiking", *settings, *more]
        assert run([*command, "--out", str(tmp_path / form), "--quiet"]) == 0
    capsys.readouterr()
    out = tmp_path / "found.json"
    assert mirrored.main([str(tmp_path / "once"), "--images", "50", "--out", str(out)]) == 0
    assert "mirrored" in capsys.readouterr().out
    (row,) = json.loads(out.read_text())["runs"]
    trained = {form: json.loads((tmp_path / form / "result.json").read_text()) for form in ("once", "twice")}
    assert row["asked"]["once"]["test"] == trained["once"]["accuracy"]["test"]
    assert row["asked"]["mirrored"]["test"] == trained["twice"]["accuracy"]["test"]
    synops = [row["asked"][name]["counts"]["synaptic_events"] for name in ("once", "mirrored")]
    assert 1.5 < synops[1] / synops[0] < 2.5
    assert mirrored.main([str(tmp_path / "twice")]) == 2
    assert "expected asking.form=groups or random, asked once" in capsys.readouterr().err
