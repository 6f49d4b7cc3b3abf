"""Recordings of one's own from the command line: trained, evaluated, predicted, priced and exported."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from neuroff.cli.main import run
from tests.data.own.made_recordings import DIRECTIONS, LENGTH_US, SIDE, bars, save, tones
from tests.results.checking import misfits

_KEYS = ("neuron.steps=16", "widths=60,60", "training.learning_rate=0.004", "evaluate_every=0", "reset=zero")
SETTINGS = [part for key in _KEYS for part in ("--set", key)]


def told(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, object]:
    capsys.readouterr()
    assert run([*arguments, "--json"]) == 0
    found: dict[str, object] = json.loads(capsys.readouterr().out)
    return found


def test_moving_bars_before_a_camera(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The four directions have the same events at the same places: only their order tells them apart."""
    data, new, out = (
        str(bars(tmp_path / "bars", 40)),
        bars(tmp_path / "new", 5, seed=9),
        str(tmp_path / "run"),
    )
    trained = told(capsys, "train", "--dataset", data, "--path", "spiking", *SETTINGS, "--out", out)
    accuracy = trained["accuracy"]
    assert isinstance(accuracy, dict)
    assert accuracy["test"] > 0.8
    assert told(capsys, "evaluate", out)["accuracy"] == accuracy
    predicted = told(capsys, "predict", out, str(new))
    assert misfits("predict", predicted) == []
    rows = predicted["rows"]
    assert isinstance(rows, list)
    right = np.mean([row["file"].split("/")[0] == row["class"] for row in rows])
    assert [row["file"] for row in rows[:2]] == ["down/0.npy", "down/1.npy"]
    assert right > 0.7
    one = told(capsys, "predict", out, str(new / "down" / "1.npy"))["rows"]
    assert one == [{key: value for key, value in rows[1].items() if key != "file"}]
    # The same recordings as a data set to test on are binned as the training's, and not by their own.
    (tmp_path / "beside").mkdir()
    new.rename(tmp_path / "beside" / "test")
    bars(tmp_path / "beside" / "train", 1)
    measured = told(capsys, "evaluate", out, "--dataset", str(tmp_path / "beside"))["accuracy"]
    assert isinstance(measured, dict)
    assert measured["test"] == pytest.approx(right)
    assert told(capsys, "energy", out, "--profile", "loihi1-davies2018")["presentations"] == 1
    network = str(tmp_path / "bars.nir")
    assert run(["export", out, "--to", "nir", "--out", network]) == 0
    assert run(["verify", network, out]) == 0
    capsys.readouterr()
    (tmp_path / "beside" / "test" / "up").rename(tmp_path / "beside" / "test" / "above")
    (tmp_path / "beside" / "train" / "up").rename(tmp_path / "beside" / "train" / "above")
    assert run(["evaluate", out, "--dataset", str(tmp_path / "beside")]) == 2
    assert "classes above, down, left, right; expected those of the training" in capsys.readouterr().err
    wide = save(
        tmp_path / "wide.npy", np.array([(0, SIDE, 0, 1)], [("t", "i8"), *((n, "u2") for n in "xyp")])
    )
    assert run(["predict", out, str(wide)]) == 2
    assert f"x from {SIDE} to {SIDE}; expected 0 to {SIDE - 1}" in capsys.readouterr().err
    save(Path(data) / "up" / "0.npy", np.load(Path(data) / "up" / "1.npy"))
    assert run(["predict", out, str(wide)]) == 2
    assert "not the data that the run was trained on" in capsys.readouterr().err


def test_planes_of_a_camera_are_convolved(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = f"{bars(tmp_path / 'bars', 6)}#{SIDE}x{SIDE}/2@{LENGTH_US}"
    chosen = ("layers=conv 4x3, pool 2, dense 20", "epochs=1", "neuron.steps=8", "evaluate_every=0")
    command = ["train", "--dataset", data, "--preset", "conv", "--path", "spiking"]
    command += [part for setting in chosen for part in ("--set", setting)]
    layers = told(capsys, *command, "--summary")["layers"]
    assert isinstance(layers, list)
    assert layers[0]["parameters"] == 4 * (2 * 3 * 3 + 1)
    assert layers[0]["shape"] == [4, 8, 8]
    assert run([*command, "--out", str(tmp_path / "run")]) == 0
    assert "2 polarities of 8x8 inputs, 2x2 pixels an input; 8 bins of 20000 in" in capsys.readouterr().out
    data_of = json.loads((tmp_path / "run" / "result.json").read_text())["data"]
    assert data_of["classes"] == list(DIRECTIONS)


def test_tones_in_channels(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("h5py")
    out = str(tmp_path / "run")
    data = str(tones(tmp_path / "tones.h5", 120))
    settings = [*SETTINGS, "--epochs", "15", "--out", out]
    trained = told(capsys, "train", "--dataset", data, "--path", "spiking", *settings)
    accuracy = trained["accuracy"]
    assert isinstance(accuracy, dict)
    assert accuracy["test"] > 0.9
    new = str(tones(tmp_path / "new.h5", 12, seed=4, labelled=False))
    rows = told(capsys, "predict", out, new)["rows"]
    assert isinstance(rows, list)
    right = [row["class"] == ("low", "middle", "rising")[number % 3] for number, row in enumerate(rows)]
    assert np.mean(right) > 0.9
    assert told(capsys, "energy", out, "--profile", "loihi1-davies2018")["presentations"] == 1
    assert run(["export", out, "--to", "nir", "--out", str(tmp_path / "tones.nir")]) == 0
    beside = [*SETTINGS, "--epochs", "1", "--preset", "best", "--out", str(tmp_path / "label")]
    assert run(["train", "--dataset", data, "--path", "spiking", *beside, "--set", "label.place=beside"]) == 0
    for arguments, words in (
        (
            ["train", "--dataset", data],
            "expected path=spiking, since the data are recorded spikes, which are",
        ),
        (["train", "--dataset", data], "Add --path spiking"),
        (["predict", out, str(tmp_path)], "expected a file of spike trains (.h5, .hdf5), as in the training"),
    ):
        assert run(arguments) == 2
        assert words in " ".join(capsys.readouterr().err.split())
