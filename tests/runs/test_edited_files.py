"""Files that somebody edited, digests and all: refused in one message that names them, or the same answer."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from neuroff.config import Config
from neuroff.config.inputs import prepare
from neuroff.data import DataSet
from neuroff.errors import Interrupted, NeuroffError
from neuroff.exchange.formats import export
from neuroff.exchange.writers import ExportOptions
from neuroff.files import read_json, read_tensors
from neuroff.runs.directory import RunDirectory
from neuroff.runs.folder import load_run, train_run
from neuroff.runs.images import require_alike
from neuroff.runs.measuring import measure
from neuroff.runs.network_file import load_network
from neuroff.training.evaluate import predict
from tests.runs.edits import (
    edit_tensors,
    edit_values,
    places_of,
    tensor_edits,
    value_edits,
    without_digests,
)
from tests.samples import configured, synthetic

_SMALL = ("epochs=2", "batch_size=15", "precision=float32")
KINDS = {
    "dense": configured(*_SMALL, "keep_best=true", "held_out_share=0.2", "evaluate_every=1", variant="acff"),
    "spiking": configured(
        *_SMALL, "learned=beta,threshold", "gain=constant", "reset=zero", path="spiking", variant="acff"
    ),
    "convolution": configured(
        *_SMALL, "layers=conv 3x3,pool 2,dense 8", "form=random", "loss=softmax", "goodness=linear"
    ),
}
MANY = settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))


class Made:
    """A finished run, and the same one before its end; no dataclass, which a failure would print whole."""

    def __init__(self, config: Config, data: DataSet, folder: Path) -> None:
        self.config, self.data = config, data
        self.finished, self.begun = RunDirectory(folder / "finished"), RunDirectory(folder / "begun")
        train_run(self.finished, config, data)
        asked = iter(range(100))
        with pytest.raises(Interrupted):
            train_run(self.begun, config, data, should_stop=lambda: next(asked) == 3)
        self.answer = answer_of(self.finished, data, folder / "out")
        self.resumed = resumed_of(copied(self.begun, folder / "whole"), config, data)


def answer_of(directory: RunDirectory, data: DataSet, out: Path) -> Any:
    """What `neuroff evaluate`, `predict` and `export` say of a run."""
    run = load_run(directory)
    require_alike(run, data)  # as `images_of` does
    split = prepare(data, run.config)
    predicted = predict(run.network, split.test, run.config.network.prediction)
    exported = None
    if run.config.path == "spiking":
        options = ExportOptions(6, rule=run.config.network.prediction)
        export(run.network, split, "loihi", out, options, force=True)
        exported = out.read_bytes()
    return measure(run, data).to_json(), predicted.tolist(), exported


def resumed_of(directory: RunDirectory, config: Config, data: DataSet) -> dict[str, torch.Tensor]:
    train_run(directory, config, data, resume=True)
    return read_tensors(directory.network_file)[0]


@pytest.fixture(scope="module", params=list(KINDS))
def made(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Made:
    return Made(KINDS[request.param], synthetic(shape=(3, 4)), tmp_path_factory.mktemp(request.param))


def copied(directory: RunDirectory, target: Path) -> RunDirectory:
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(directory.path, target)
    return RunDirectory(target)


def refused_or(asked: Callable[[], Any], expected: Any, name: str) -> None:
    """Ask, and expect one message that names a file, or the answer of the unchanged one."""
    said, found = "", None
    try:
        found = asked()
    except NeuroffError as error:
        said = str(error)
    if said:
        assert name in said, said
        assert "\n" not in said
        assert said.encode()
    else:
        assert found == expected


@MANY
@given(st.data())
def test_tensors_of_a_network(made: Made, data: st.DataObject) -> None:
    run = copied(made.finished, made.finished.path.parent / "copy")
    edit = data.draw(tensor_edits(list(read_tensors(run.network_file)[0])))
    edit_tensors(run.network_file, edit)
    sealed = run.network_file.read_bytes() != made.finished.network_file.read_bytes()
    without_digests(run.result_file)
    out = run.path / "out"
    refused_or(lambda: answer_of(run, made.data, out), made.answer, "network.safetensors")
    if sealed:
        with pytest.raises(NeuroffError, match=r"network\.safetensors"):
            load_network(run.network_file)


@MANY
@given(st.data())
def test_values_of_a_network(made: Made, data: st.DataObject) -> None:
    run = copied(made.finished, made.finished.path.parent / "copy")
    values = read_tensors(run.network_file)[1]
    edit_values(run.network_file, data.draw(value_edits(places_of(values))))
    without_digests(run.result_file)
    refused_or(lambda: answer_of(run, made.data, run.path / "out"), made.answer, "network.safetensors")
    with suppress(NeuroffError):  # alone it may be another network
        predict(load_network(run.network_file), prepare(made.data, made.config).test)


@MANY
@given(st.data())
def test_values_of_a_result(made: Made, data: st.DataObject) -> None:
    run = copied(made.finished, made.finished.path.parent / "copy")
    edit = data.draw(value_edits(places_of(read_json(run.result_file))))
    without_digests(run.result_file, lambda values: edit_if_there(edit, values))
    refused_or(lambda: answer_of(run, made.data, run.path / "out"), made.answer, "result.json")


def edit_if_there(edit: Callable[[Any], None], values: Any) -> None:
    try:
        edit(values)
    except (KeyError, IndexError):
        return  # a digest that is gone already


@MANY
@given(st.data())
def test_tensors_of_a_checkpoint(made: Made, data: st.DataObject) -> None:
    run = copied(made.begun, made.begun.path.parent / "copy")
    edit_tensors(run.checkpoint_file, data.draw(tensor_edits(list(read_tensors(run.checkpoint_file)[0]))))
    refused_or(lambda: same(run, made), True, "checkpoint.safetensors")


@MANY
@given(st.data())
def test_values_of_a_checkpoint(made: Made, data: st.DataObject) -> None:
    run = copied(made.begun, made.begun.path.parent / "copy")
    values = read_tensors(run.checkpoint_file)[1]
    # By another accuracy another epoch is the best one: nothing in the file tells that from the truth.
    places = [place for place in places_of(values) if place[-1] != "held_out_accuracy"]
    edit_values(run.checkpoint_file, data.draw(value_edits(places)))
    refused_or(lambda: same(run, made), True, "checkpoint.safetensors")


def same(run: RunDirectory, made: Made) -> bool:
    found = resumed_of(run, made.config, made.data)
    return found.keys() == made.resumed.keys() and all(
        torch.equal(found[name], tensor) for name, tensor in made.resumed.items()
    )
