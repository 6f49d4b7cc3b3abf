"""Convolutions as files: the command line, on little."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from benchmarks import convolution_ported
from neuroff.cli.main import run

pytest.importorskip("h5py")

LAVA = """import json
import sys
import numpy as np
problem = json.load(open(sys.argv[1] + "/problem.json"))
spikes = [int(np.load(f"{sys.argv[1]}/layer{i}.npy").sum()) for i in range(problem["layers"])]
print(json.dumps({"spikes": spikes, "differing": [0] * len(spikes), "versions": problem["reset"]}))
"""


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("convolution") / "run"
    chosen = (
        "epochs=2", "train_count=300", "evaluate_every=0", "standardise=false", "neuron.reset=zero",
        "network.layers=conv 8x3 stride 2, pool 2, dense 40", "constant_gain=3",
    )  # fmt: skip
    settings = [part for setting in chosen for part in ("--set", setting)]
    command = ["train", "--dataset", "digits", "--preset", "conv", "--path", "spiking", *settings]
    assert run([*command, "--out", str(out), "--quiet"]) == 0
    return out


def test_files_are_held_against_their_run(
    trained: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "found.json"
    assert convolution_ported.main([str(trained), "--images", "5", "--out", str(out)]) == 0
    assert "0 of" in capsys.readouterr().out
    (row,) = json.loads(out.read_text())["runs"]
    assert list(row["files"]) == ["c", "netx", "sanafe"]
    for found in row["files"].values():
        assert found["agree"]
        assert (found["images"], found["differing"]) == (5, 0)
        assert found["spikes"] > 0
    header = row["files"]["c"]
    assert header["tables_B"] < header["matrices_B"] == 784 * 1568 + 1568 * 40
    assert header["state_B"] == 4 + 13 * 1608 + 4 * (784 + 1568)


def test_what_another_interpreter_finds_stands_beside(
    trained: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(convolution_ported, "KINDS", ("netx",))
    script = tmp_path / "lava" / "netx.py"
    script.parent.mkdir()
    script.write_text(LAVA)
    monkeypatch.setattr(convolution_ported, "__file__", str(tmp_path / "benchmark.py"))
    command = [str(trained), "--images", "2", "--lava-images", "2", "--json", "--lava"]
    assert convolution_ported.main([*command, sys.executable]) == 0
    (row,) = json.loads(capsys.readouterr().out)["runs"]
    beside = row["files"]["netx"]["lava"]
    assert beside["images"] == 2
    assert len(beside["spikes"]) == 2
    assert min(beside["spikes"]) > 0
    assert convolution_ported.main([*command, "/nowhere/python"]) == 2
    assert "cannot be started" in capsys.readouterr().err
    script.write_text("raise SystemExit('no lava')")
    assert convolution_ported.main([*command, sys.executable]) == 2
    assert "ended with code 1 (no lava)" in capsys.readouterr().err
