from __future__ import annotations

import json
from pathlib import Path

import pytest

from neuroff.cli.main import run

SMALL = ["--epochs", "2", "--set", "widths=20,10"]


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("cli") / "run"
    assert run(["train", "--path", "spiking", "--variant", "fcff", *SMALL, "--out", str(out)]) == 0
    return out


def test_train_prints_one_json_object(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["train", *SMALL, "--seed", "3", "--out", str(tmp_path / "r"), "--json"]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert printed["seed"] == 3
    assert printed["dataset"] == "digits"
    assert set(printed["accuracy"]) == {"train", "held_out", "test"}


def test_evaluate_agrees_with_the_result(trained: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["evaluate", str(trained), "--json"]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert printed["accuracy"] == json.loads((trained / "result.json").read_text())["accuracy"]
    assert run(["evaluate", str(trained), "--rule", "last"]) == 0
    assert "by last" in capsys.readouterr().out


def test_help_teaches(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--help"]) == 0
    assert run(["train", "--help"]) == 0
    assert "--resume" in capsys.readouterr().out
    assert run(["train", "--help-config"]) == 0
    assert "collaboration.gamma" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["train", "--set", "gama=1"], ["unknown key 'gama'", "gamma"]),
        (["train", "--set", "gamma"], ["no '='"]),
        (["train", "--set", "gamma=much"], ["collaboration.gamma='much'"]),
        (["train", "--set", "epochs=0"], ["training.epochs='0'"]),
        (["train", "--set", "widths="], ["network.widths"]),
        (["train", "--path", "spiking", "--set", "encoding=latency", "--set", "amplitude=max"], ["raw"]),
        (["train", "--path", "spiking", "--preset", "paper"], ["no preset 'paper'"]),
        (["train", "--set", "train_count=5000"], ["5000", "1437"]),
        (["train", "--device", "tpu"], ["--device"]),
        (["train", "--device", "cuda:99"], ["--device"]),
        (["train", "--dataset", "mnist", "--data-dir", "nowhere"], ["nowhere", "neuroff data fetch"]),
        (["evaluate", "nowhere"], ["nowhere", "not a run directory"]),
        (["energy", "nowhere"], ["nowhere"]),
        (["energy", "nowhere", "--profile", "loihi9"], ["loihi9"]),
        (["compare", "--seeds", "a,b"], ["--seeds"]),
        (["compare", "--variants", "xff"], ["--variants", "acff"]),
        (["compare", "--set", "nonsense=1"], ["nonsense"]),
        (["train", "--dataset", "imagenet"], ["imagenet"]),
        (["train", "--nonsense"], ["nonsense"]),
    ],
)
def test_bad_input_is_one_message_and_exit_code_2(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    words: list[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("NEUROFF_DATA", raising=False)
    assert run(arguments) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    for word in words:
        assert word in captured.err
    assert "Traceback" not in captured.err
    assert not list(tmp_path.iterdir()), "bad input leaves nothing behind"


def test_early_stopping_and_logs_are_recorded(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "run"
    words = [
        "train",
        "--held-out",
        "0.2",
        "--early-stop",
        "1",
        "--keep-best",
        "--log",
        "csv",
        "--epochs",
        "9",
    ]
    words += ["--set", "widths=20,20", "--set", "evaluate_every=1", "--out", str(out), "--json"]
    assert run(words) == 0
    said = json.loads(capsys.readouterr().out)
    result = json.loads((out / "result.json").read_text())
    assert said["kept_epochs"] == result["kept_epochs"]
    assert said["epochs"] == len(result["history"])
    assert result["config"]["training"]["patience"] == 1
    assert result["config"]["data"]["held_out_share"] == 0.2
    assert len((out / "history.csv").read_text().splitlines()) == 1 + 2 * said["epochs"]
    for wrong in (["--log", "xyz"], ["--held-out", "1"], ["--held-out", "0.2", "--set", "train_count=9"]):
        assert run(["train", *wrong, "--out", str(tmp_path / "other")]) == 2
    assert not (tmp_path / "other").exists()


@pytest.mark.parametrize(
    ("path", "settings", "lost"),
    [
        ("spiking", ("learning_rate=1e6",), "weight"),
        ("dense", ("learning_rate=1", "weight_decay=1000"), "layer"),
    ],
)
def test_weights_that_are_no_numbers_end_training_and_leave_the_folder_free(
    path: str, settings: tuple[str, ...], lost: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nothing fires then, and the loss of nothing is finite."""
    chosen = ("layers=conv 4x3 stride 2, pool 2, conv 20x3", "train_count=60", "epochs=3", "evaluate_every=0")
    out = tmp_path / "run"

    def train(*more: str) -> int:
        settings = [part for each in (*chosen, *more) for part in ("--set", each)]
        command = ["train", "--dataset", "digits", "--preset", "conv", "--path", path, "--quiet"]
        return run([*command, *settings, "--out", str(out)])

    assert train(*settings) == 2
    said = " ".join(capsys.readouterr().err.split())
    assert lost in said
    assert "expected finite numbers. Lower training.learning_rate" in said
    assert not out.exists()
    assert train("learning_rate=0.01") == 0
