from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from neuroff.config import Config
from neuroff.config.build import build, build_network
from neuroff.config.inputs import prepare
from neuroff.core.goodness import Goodness
from neuroff.core.network import Network
from neuroff.core.neurons import LIF
from neuroff.core.plan import Plan
from neuroff.data import DataSet
from neuroff.errors import RunError
from neuroff.files import read_tensors, write_tensors
from neuroff.runs.folder import RunDirectory, train_run
from neuroff.runs.network_file import load_checkpoint, load_network, save_checkpoint, save_network
from neuroff.training import Interrupted, TrainingState, train
from neuroff.training.evaluate import predict
from tests.samples import CLASSES, PIXELS, configured, lively_network, state_by

NETWORKS = {
    "dense": configured("widths=6,5", variant="acff"),
    "spiking": configured("betas=0.5,0.9", "reset=zero", path="spiking", variant="fcff"),
    "learned": configured("model=cuba", "learned=alpha,threshold", path="spiking"),
    "bus": configured("timing=online", "gain=online", "bits=4", path="spiking", variant="acff"),
}


@dataclass(frozen=True)
class Cubes:
    """A goodness of the caller's own."""

    factor: float = 1.0

    def value(self, activity: Tensor) -> Tensor:
        return self.factor * activity.pow(3).mean(-1)

    def gradient(self, activity: Tensor, modulator: Tensor) -> Tensor:
        return 3 * self.factor / activity.shape[-1] * activity.square() * modulator[:, None]


def network_of(name: str) -> Network:
    config = NETWORKS[name]
    if name != "learned":
        return lively_network(config)
    return build_network(config, PIXELS, CLASSES, layers=state_by(config, PIXELS).layers)


def same(one: Network, other: Network) -> None:
    for layer, loaded in zip(one.layers, other.layers, strict=True):
        assert layer.tensors().keys() == loaded.tensors().keys()
        for name, tensor in layer.tensors().items():
            assert torch.equal(tensor, loaded.tensors()[name]), name
    nothing: tuple[Any, ...] = ()
    assert replace(one, layers=nothing) == replace(other, layers=nothing)


@pytest.mark.parametrize("name", list(NETWORKS))
def test_a_network_comes_back(tmp_path: Path, name: str) -> None:
    network = network_of(name)
    save_network(network, tmp_path / "network.safetensors")
    same(network, load_network(tmp_path / "network.safetensors"))


def test_own_parts_need_their_class(tmp_path: Path) -> None:
    network, file = replace(network_of("dense"), goodness=Cubes(2.0)), tmp_path / "own.safetensors"
    save_network(network, file)
    same(network, load_network(file, parts=(Cubes,)))
    with pytest.raises(RunError, match=r"class .Cubes., which is not known.*parts="):
        load_network(file)


@dataclass(frozen=True)
class By(Goodness):
    by: Callable[[torch.Tensor], torch.Tensor] = torch.round


def test_what_a_file_cannot_hold_is_named(tmp_path: Path) -> None:
    file = tmp_path / "network.safetensors"
    with pytest.raises(RunError, match="function behind layer 1"):
        save_network(replace(network_of("dense"), black_boxes={0: torch.round}), file)
    with pytest.raises(RunError, match=r"goodness\.by is a builtin_function|cannot hold"):
        save_network(replace(network_of("dense"), goodness=By()), file)
    with pytest.raises(RunError, match=r"population\.beta is a Tensor"):
        save_network(replace(network_of("spiking"), population=LIF(4, torch.tensor(0.5))), file)
    assert not file.exists()


def test_training_goes_on_from_a_checkpoint(
    tmp_path: Path, quick: Callable[..., Config], few_digits: DataSet
) -> None:
    config = quick("epochs=2", path="spiking", variant="acff")
    split = prepare(few_digits, config)
    network, plan = build(config, split)
    whole = train(network, split, plan)
    file, asked = tmp_path / "checkpoint.safetensors", iter(range(100))

    def save(state: TrainingState) -> None:
        save_checkpoint(network, plan, state, file)

    with pytest.raises(Interrupted):
        train(network, split, plan, save=save, should_stop=lambda: next(asked) == 5)
    again, again_plan, state = load_checkpoint(file)
    assert again_plan == plan
    same(whole.network, train(again, split, again_plan, state=state).network)


def test_a_run_folder_s_network_is_one(
    tmp_path: Path, quick: Callable[..., Config], few_digits: DataSet
) -> None:
    config = quick("epochs=1", variant="acff")
    directory = RunDirectory(tmp_path / "run")
    train_run(directory, config, few_digits)
    network, split = load_network(directory.network_file), prepare(few_digits, config)
    assert len(predict(network, split.test)) == len(split.test)


Change = Callable[[dict[str, Any]], object]
DAMAGE: dict[str, Change] = {
    "no description": lambda values: values.pop("network"),
    "not a list": lambda values: values["network"].update(layers=3),
    "missing part": lambda values: values["network"].pop("bus"),
    "unknown kind": lambda values: values["network"]["bus"].update(**{"class": "os.system"}),
    "other fields": lambda values: values["network"]["bus"].update(secret=1),
    "wrong type": lambda values: values["network"]["goodness"].update(scale="large"),
    "wrong choice": lambda values: values["network"]["goodness"].update(name="best"),
    "wrong number type": lambda values: values["network"].update(precision={"dtype": "int8"}),
    "missing layer": lambda values: values["network"]["layers"].append(values["network"]["layers"][0]),
    "strange layer": lambda values: values["network"].update(layers=[7]),
    "strange populations": lambda values: values["network"].update(populations={"x": 1}),
}


@pytest.mark.parametrize("how", list(DAMAGE))
def test_a_damaged_file_is_one_message(tmp_path: Path, how: str) -> None:
    file = tmp_path / "network.safetensors"
    save_network(network_of("dense"), file)
    tensors, values = read_tensors(file)
    DAMAGE[how](values)
    write_tensors(file, tensors, json.loads(json.dumps(values)))
    with pytest.raises(RunError, match=str(file)):
        load_network(file)


def test_a_network_is_no_checkpoint(tmp_path: Path) -> None:
    save_network(network_of("dense"), tmp_path / "network.safetensors")
    with pytest.raises(RunError, match="no plan and state"):
        load_checkpoint(tmp_path / "network.safetensors")


def test_a_plan_of_own_parts_is_stored_too(tmp_path: Path) -> None:
    network, plan = network_of("dense"), Plan(epochs=3)
    state = state_by(NETWORKS["dense"], PIXELS)
    save_checkpoint(network, plan, state, tmp_path / "c.safetensors")
    loaded, again, _ = load_checkpoint(tmp_path / "c.safetensors")
    assert again == plan
    same(replace(network, layers=state.layers), loaded)
