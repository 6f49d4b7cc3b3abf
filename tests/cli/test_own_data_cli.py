"""A user's own table from the command line: trained, priced, exported, and refused in one message."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from sklearn.datasets import load_iris

from neuroff.cli.main import run

QUICK = [
    "--set",
    "training.epochs=30",
    "--set",
    "network.widths=30,30",
    "--set",
    "training.learning_rate=0.005",
]


def test_a_table_of_ones_own(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    iris, out = load_iris(), tmp_path / "run"
    np.savez(tmp_path / "iris.npz", x=iris.data, y=iris.target_names[iris.target])
    command = ["train", "--dataset", str(tmp_path / "iris.npz"), "--path", "spiking", "--out", str(out)]
    assert run([*command, *QUICK, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["accuracy"]["test"] > 0.8
    data = json.loads((out / "result.json").read_text())["data"]
    assert data["classes"] == ["setosa", "versicolor", "virginica"]
    assert (data["n_train"], data["n_test"]) == (120, 30)
    assert run(["energy", str(out), "--profile", "loihi1-davies2018", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["presentations"] == 1
    assert run(["export", str(out), "--to", "c", "--out", str(tmp_path / "iris.h")]) == 0
    assert run(["evaluate", str(out), "--json"]) == 0
    capsys.readouterr()
    np.savez(tmp_path / "iris.npz", x=iris.data + 1, y=iris.target_names[iris.target])
    for command in (["energy", str(out)], ["evaluate", str(out)]):
        assert run(command) == 2
        assert "iris.npz: not the data that the run was trained on" in capsys.readouterr().err
    (tmp_path / "iris.npz").unlink()
    assert run(["energy", str(out)]) == 2
    assert "iris.npz: no such file or folder" in capsys.readouterr().err


def test_a_label_column_that_is_not_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "t.csv").write_text("a,b\n1,x\n2,y\n3,x\n4,y\n")
    table = ["train", "--dataset", str(tmp_path / "t.csv"), "--out", str(tmp_path / "run")]
    assert run([*table, "--label-column", "c"]) == 2
    assert "no column 'c'; expected one of a, b" in capsys.readouterr().err
    assert not (tmp_path / "run").exists()
