"""Convolutions over depth and as integers: the command lines, on little."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks import convolution_depth, convolution_integers
from neuroff.cli.main import run


def test_runs_are_measured_as_integers(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    chosen = ("epochs=3", "evaluate_every=0", "network.layers=conv 8x3 stride 2, pool 2, dense 40")
    settings = [part for setting in chosen for part in ("--set", setting)]
    command = ["train", "--dataset", "digits", "--preset", "conv", "--path", "spiking", *settings]
    assert run([*command, "--out", str(tmp_path / "run"), "--quiet"]) == 0
    capsys.readouterr()
    out = tmp_path / "found.json"
    arguments = [str(tmp_path / "run"), "--images", "60", "--out", str(out)]
    assert convolution_integers.main(arguments) == 0
    assert "digits seed 0, 60 images: as trained" in capsys.readouterr().out
    (row,) = json.loads(out.read_text())["runs"]
    ways = ["as trained", "subtract", "rest", "subtract, never set to rest"]
    assert list(row["accuracy"]) == ways
    assert all(share > 0.3 for share in row["accuracy"].values())
    assert row["images"] == 60
    assert convolution_integers.main([str(tmp_path / "nothing")]) == 2
    assert "not a run directory" in capsys.readouterr().err


def test_memory_over_depth_is_told(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asked: list[tuple[str, ...]] = []

    def counted(*command: str) -> int:
        asked.append(command)
        return 2**20 * command[-1].count("conv")

    monkeypatch.setattr(convolution_depth, "json_from_own_process", counted)
    assert convolution_depth.main(["--images", "4"]) == 0
    assert "spiking, snntorch: 2: 2, 4: 4, 8: 8, 16: 16" in capsys.readouterr().out
    assert ("--peak", "spiking", "neuroff") in [command[3:6] for command in asked]
