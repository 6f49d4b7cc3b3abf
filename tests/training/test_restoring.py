"""Checkpoints that do not fit network, plan or images: one message with the file and the field."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from neuroff.config import Config
from neuroff.data import DataSet
from neuroff.errors import Interrupted, RunError
from neuroff.files import read_tensors, write_tensors
from neuroff.runs.directory import RunDirectory
from neuroff.runs.folder import train_run
from tests.samples import configured, synthetic

Edit = Callable[[dict[str, Tensor], dict[str, Any]], object]
CONFIG = configured(
    *(
        "epochs=3",
        "batch_size=15",
        "precision=float32",
        "schedule=sequential",
        "learned=beta",
        "keep_best=true",
    ),
    *("held_out_share=0.2", "evaluate_every=1"),
    path="spiking",
    variant="acff",
)
MOMENTS = "optimiser.0.weights.0"


@pytest.fixture(scope="module")
def data() -> DataSet:
    return synthetic()


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory, data: DataSet) -> RunDirectory:
    """A run in the second epoch of its first stage: three batches an epoch, one of this one done."""
    directory = RunDirectory(tmp_path_factory.mktemp("begun") / "run")
    interrupted(directory, CONFIG, data, 4)
    return directory


def interrupted(directory: RunDirectory, config: Config, data: DataSet, batches: int) -> None:
    asked = iter(range(1, 1000))
    with pytest.raises(Interrupted):
        train_run(directory, config, data, should_stop=lambda: next(asked) == batches)


def put(name: str, change: Callable[[Tensor], Tensor]) -> Edit:
    return lambda tensors, values: tensors.update({name: change(tensors[name])})


def drop(name: str) -> Edit:
    return lambda tensors, values: tensors.pop(name)


def say(**changed: Any) -> Edit:
    return lambda tensors, values: values.update(changed)


def record(change: Callable[[list[dict[str, Any]]], object]) -> Edit:
    return lambda tensors, values: change(values["history"])


def added(name: str) -> Edit:
    return lambda tensors, values: tensors.update({name: torch.zeros(3)})


def not_a(value: float) -> Callable[[Tensor], Tensor]:
    return lambda tensor: torch.full_like(tensor, value)


NAN, INF = float("nan"), float("inf")
DAMAGE: dict[str, tuple[Edit, str]] = {
    "no mean": (drop(f"{MOMENTS}.exp_avg"), rf"'{MOMENTS}.exp_avg' has nothing; expected float32 of shape"),
    "no square": (drop(f"{MOMENTS}.exp_avg_sq"), rf"'{MOMENTS}.exp_avg_sq' has nothing"),
    "no step": (drop(f"{MOMENTS}.step"), rf"'{MOMENTS}.step' has nothing"),
    "no moments of the bias": (drop("optimiser.0.weights.1.exp_avg"), r"weights.1.exp_avg' has nothing"),
    "another shape": (put(f"{MOMENTS}.exp_avg", lambda t: t[:1]), r"exp_avg' has float32 of shape \(1, 12\)"),
    "a scalar": (put(f"{MOMENTS}.exp_avg", lambda t: t.sum()), r"exp_avg' has float32 of shape \(\)"),
    "another type": (put(f"{MOMENTS}.exp_avg", Tensor.half), "exp_avg' has float16 .*; expected float32"),
    "no number": (put(f"{MOMENTS}.exp_avg", not_a(NAN)), "exp_avg' is not finite"),
    "endless": (put("optimiser.0.neuron.0.exp_avg_sq", not_a(INF)), "neuron.0.exp_avg_sq' is not finite"),
    "below zero": (put(f"{MOMENTS}.exp_avg_sq", not_a(-1.0)), "exp_avg_sq' has a number below zero"),
    "half a step": (put(f"{MOMENTS}.step", not_a(3.5)), "step' is 3.5; expected a number of steps"),
    "another step": (put(f"{MOMENTS}.step", not_a(9.0)), "step' are 4 and 9"),
    "all steps": (
        lambda tensors, values: [t.fill_(9.0) for name, t in tensors.items() if name.endswith("step")],
        "layer 0 after 9 steps, at stage 0, epoch 1 and batch 1; expected 4 steps",
    ),
    "no optimiser": (
        lambda tensors, values: [tensors.pop(n) for n in list(tensors) if n.startswith("optimiser")],
        "layer 0 after 0 steps",
    ),
    "a later layer": (
        lambda tensors, values: tensors.update(
            {
                f"optimiser.1.weights.{i}.{name}": torch.ones(shape)
                for i, shape in enumerate(((5, 6), (5,)))
                for name, shape in (("step", ()), ("exp_avg", shape), ("exp_avg_sq", shape))
            }
        ),
        "optimisers optimiser.1|layer 1 after 1 steps",
    ),
    "a weight of doubles": (put("layers.0.weight", Tensor.double), "layers.0.weight' has float64 .*float32"),
    "a decay beyond one": (put("layers.0.beta", not_a(1.5)), "'layers.0.beta': .*beta = 1.5|beta = 1.5"),
    "a tensor too many": (added("layers.0.other"), "tensor 'layers.0.other' too many"),
    "another optimiser": (added("optimiser.7.weights.0.exp_avg"), "optimiser.7.weights.0.exp_avg' too many"),
    "another group": (added("else"), "tensor 'else' too many"),
    "statistics of another layer": (added("statistics.1"), "statistics.1' too many"),
    "no statistics": (drop("statistics.0"), "statistics.0' has nothing"),
    "statistics of floats": (put("statistics.0", Tensor.float), "statistics.0' has float32"),
    "no wrong labels": (drop("negatives"), "negatives' has nothing; expected int64"),
    "too few wrong labels": (put("negatives", lambda t: t[:3]), r"negatives' has int64 of shape \(3,\)"),
    "wrong labels of no class": (put("negatives", lambda t: t + 10), "wrong labels .* do not fit the images"),
    "nothing kept": (drop("kept.layers.0.weight"), "kept.layers.0.weight' has nothing"),
    "kept by another layer": (added("kept.layers.1.weight"), "layers.1.weight' too many"),
    "another stage": (say(stage=5), "stage = 5; expected a whole number from 0 to 2"),
    "another epoch": (say(epoch=3), "epoch = 3; expected a whole number from 0 to 2"),
    "another batch": (say(batch=4), "batch = 4; expected a whole number from 0 to 3"),
    "an epoch of words": (say(epoch="1"), "epoch = '1'"),
    "a true stage": (say(stage=True), "stage = True"),
    "an endless number": (say(stage=10**400), "stage = 1000"),
    "endless seconds": (say(seconds=10**400), "seconds = 1000"),
    "an endless loss": (record(lambda h: h[0]["layers"][0].update(loss=10**400)), r"history\[0\]"),
    "seconds below zero": (say(seconds=-1.0), "seconds = -1.0"),
    "no history": (say(history=[]), "history of 0 epochs of a stage that has done 1|history of stages"),
    "another history": (say(history={"a": 1}), "history {'a': 1}; expected a record"),
    "a later epoch": (record(lambda h: h[0].update(epoch=2)), r"history of stage 0: epochs \[2\]"),
    "a later stage": (record(lambda h: h[0].update(stage=1)), "history of stage 1"),
    "an epoch twice": (record(lambda h: h.append(h[0])), r"epochs \[1, 1\]"),
    "an accuracy of two": (record(lambda h: h[0].update(train_accuracy=2.0)), r"history\[0\]"),
    "a record of another layer": (record(lambda h: h[0]["layers"][0].update(layer=1)), "history of stage 0"),
    "a loss of words": (record(lambda h: h[0]["layers"][0].update(loss="1")), r"history\[0\]"),
}


@pytest.mark.parametrize("how", list(DAMAGE))
def test_what_does_not_fit_is_named(begun: RunDirectory, data: DataSet, how: str, tmp_path: Path) -> None:
    edit, words = DAMAGE[how]
    run = RunDirectory(tmp_path / "run")
    run.path.mkdir()
    run.config_file.write_bytes(begun.config_file.read_bytes())
    tensors, values = read_tensors(begun.checkpoint_file)
    edit(tensors, values)
    write_tensors(run.checkpoint_file, tensors, values)
    with pytest.raises(RunError, match=f"not a training checkpoint: .*({words})") as caught:
        train_run(run, CONFIG, data, resume=True)
    assert str(run.checkpoint_file) in str(caught.value)


@pytest.mark.parametrize("schedule", ["sequential", "interleaved"])
def test_wrong_labels_that_layers_draw_themselves_go_on(data: DataSet, tmp_path: Path, schedule: str) -> None:
    """They are one row for each layer, which a checkpoint once could not be read back with."""
    config = configured(
        "epochs=2", "batch_size=15", "negatives=hard", "drawn_by=layer", f"schedule={schedule}"
    )
    whole, parts = RunDirectory(tmp_path / "whole"), RunDirectory(tmp_path / "parts")
    train_run(whole, config, data)
    interrupted(parts, config, data, 2)
    train_run(parts, config, data, resume=True)
    one, other = (read_tensors(each.network_file)[0] for each in (whole, parts))
    assert all(torch.equal(tensor, other[name]) for name, tensor in one.items())
