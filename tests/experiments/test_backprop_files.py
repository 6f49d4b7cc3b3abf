"""Files of the baseline that do not fit: one message with the file and the field."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from neuroff.errors import Interrupted, RunError
from neuroff.experiments.backprop import backprop_parameters, train_backprop
from neuroff.files import read_tensors, write_tensors
from neuroff.runs.folder import RunDirectory
from tests.samples import configured, synthetic

Edit = Callable[[dict[str, Tensor], dict[str, Any]], object]
CONFIG = configured("epochs=3", "batch_size=20", "precision=float32")
WIDTHS = (12, 6, 5, 4)


def put(name: str, change: Callable[[Tensor], Tensor]) -> Edit:
    return lambda tensors, values: tensors.update({name: change(tensors[name])})


NETWORK: dict[str, tuple[Edit, str]] = {
    "missing": (lambda tensors, values: tensors.pop("parameter.3"), "'parameter.3' has nothing"),
    "half": (put("parameter.0", Tensor.half), "'parameter.0' has float16 .*; expected float32"),
    "double": (put("parameter.5", Tensor.double), "'parameter.5' has float64"),
    "shape": (put("parameter.2", lambda t: t[:, :2]), r"'parameter.2' has float32 of shape \(5, 2\)"),
    "no number": (put("parameter.1", lambda t: t / 0), "'parameter.1' is not finite"),
    "too many": (lambda tensors, values: tensors.update(x=torch.zeros(1)), "too many"),
}
CHECKPOINT: dict[str, tuple[Edit, str]] = NETWORK | {
    "no mean": (lambda tensors, values: tensors.pop("adam.0.exp_avg"), "'adam.0.exp_avg' has nothing"),
    "below zero": (put("adam.2.exp_avg_sq", lambda t: -1 - t), "'adam.2.exp_avg_sq' has a number below zero"),
    "scalar": (put("adam.2.exp_avg", lambda t: t.sum()), r"'adam.2.exp_avg' has float32 of shape \(\)"),
    "steps": (put("adam.2.step", lambda t: t + 1), "step' are 2 and 3"),
    "another": (
        lambda tensors, values: tensors.update({"adam.9.step": torch.ones(())}),
        "step' too many",
    ),
    "long": (lambda tensors, values: values.update(history=values["history"] * 9), "a history"),
    "words": (lambda tensors, values: values.update(history="x"), "a history 'x' after 2 steps"),
    "none": (lambda tensors, values: values.pop("history"), "a history None"),
    "a loss": (lambda tensors, values: values["history"][0].update(loss="1"), "a history"),
}


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> tuple[RunDirectory, RunDirectory]:
    folder = tmp_path_factory.mktemp("backprop")
    finished, begun = RunDirectory(folder / "finished"), RunDirectory(folder / "begun")
    train_backprop(finished, CONFIG, synthetic(), learning_rate=0.01)
    with pytest.raises(Interrupted):
        train_backprop(begun, CONFIG, synthetic(), learning_rate=0.01, should_stop=lambda: True)
    return finished, begun


def edited(source: Path, target: Path, edit: Edit) -> None:
    tensors, values = read_tensors(source)
    edit(tensors, values)
    write_tensors(target, tensors, values)


@pytest.mark.parametrize("how", list(NETWORK))
def test_parameters(runs: tuple[RunDirectory, RunDirectory], tmp_path: Path, how: str) -> None:
    edit, words = NETWORK[how]
    assert len(backprop_parameters(runs[0], WIDTHS)) == len(backprop_parameters(runs[0])) == 6
    edited(runs[0].network_file, tmp_path / "network.safetensors", edit)
    with pytest.raises(RunError, match=rf"network\.safetensors: tensor .*{words}"):
        backprop_parameters(RunDirectory(tmp_path), WIDTHS)


def test_parameters_of_other_widths(runs: tuple[RunDirectory, RunDirectory]) -> None:
    with pytest.raises(RunError, match=r"parameter.0' has float32 of shape \(6, 12\); expected .*\(6, 16\)"):
        backprop_parameters(runs[0], (16, *WIDTHS[1:]))


@pytest.mark.parametrize("how", list(CHECKPOINT))
def test_checkpoints(runs: tuple[RunDirectory, RunDirectory], tmp_path: Path, how: str) -> None:
    edit, words = CHECKPOINT[how]
    run = RunDirectory(tmp_path)
    run.config_file.write_bytes(runs[1].config_file.read_bytes())
    edited(runs[1].checkpoint_file, run.checkpoint_file, edit)
    with pytest.raises(RunError, match=rf"checkpoint\.safetensors: .*{words}"):
        train_backprop(run, CONFIG, synthetic(), learning_rate=0.01)
