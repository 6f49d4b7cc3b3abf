from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from neuroff.config import Config
from neuroff.config.inputs import prepare
from neuroff.data import DataSet
from neuroff.errors import RunError
from neuroff.files import read_tensors, write_tensors
from neuroff.runs.folder import RunDirectory, load_run, train_run
from neuroff.runs.stage_store import StageStore, stage_key
from tests.samples import state_by


def parameters(directory: RunDirectory) -> list[torch.Tensor]:
    return [tensor for layer in load_run(directory).network.layers for tensor in layer.tensors().values()]


@pytest.mark.parametrize(
    ("variant", "path"), [("ff", "dense"), ("fcff", "dense"), ("acff", "dense"), ("acff", "spiking")]
)
def test_a_run_that_starts_from_stored_stages_ends_in_the_same_bits(
    quick: Callable[..., Config], few_digits: DataSet, tmp_path: Path, variant: str, path: str
) -> None:
    store = StageStore(tmp_path / "stages")
    ways = ("schedule=sequential", "gamma=0.3", "learned=beta,threshold")
    train_run(RunDirectory(tmp_path / "first"), quick(*ways, path=path), few_digits, stage_store=store)
    config = quick(*ways, variant=variant, path=path)
    alone, helped = RunDirectory(tmp_path / "alone"), RunDirectory(tmp_path / "helped")
    own = train_run(alone, config, few_digits)
    taken = train_run(helped, config, few_digits, stage_store=store)
    assert all(torch.equal(a, b) for a, b in zip(parameters(alone), parameters(helped), strict=True))
    assert own.accuracy == taken.accuracy
    kept = ("stage", "epoch", "layers", "train_accuracy")
    assert [[getattr(record, key) for key in kept] for record in own.history] == [
        [getattr(record, key) for key in kept] for record in taken.history
    ]
    # The first layer comes from the store: its epochs took the very same time.
    first = [record.seconds for record in taken.history if record.stage == 0]
    again = RunDirectory(tmp_path / "again")
    stored = train_run(again, quick(*ways, path=path), few_digits, stage_store=store)
    assert first == [record.seconds for record in stored.history if record.stage == 0]


def test_the_key_knows_what_reaches_a_stage(
    quick: Callable[..., Config], few_digits: DataSet, digits: DataSet
) -> None:
    def key(
        *settings: str, stage: int = 0, variant: str = "ff", seed: int = 0, data: DataSet = few_digits
    ) -> str:
        return stage_key(quick("schedule=sequential", *settings, variant=variant, seed=seed), data, stage)

    assert key() == key(variant="acff") == key("gamma=0.7", variant="fcff")
    assert key() == key("widths=30,99")
    assert key() == key("prediction=last")
    assert key() == key("checkpoint_every=3")
    assert key(stage=1, variant="fcff") == key("gamma_learning_rate=0.5", stage=1, variant="fcff")
    different = [
        key(),
        key(seed=1),
        key("theta=1"),
        key("negatives=fixed"),
        key("evaluate_every=4"),
        key("collaboration.partners=all", variant="fcff"),
        key(stage=1),
        key(stage=1, variant="fcff"),
        key("gamma=0.7", stage=1, variant="fcff"),
        key(stage=1, variant="acff"),
        key("gamma_learning_rate=0.5", stage=1, variant="acff"),
    ]
    assert len(set(different)) == len(different)


@pytest.mark.parametrize("content", [b"", b"not safetensors", None])
def test_a_damaged_stage_is_named(
    quick: Callable[..., Config], few_digits: DataSet, tmp_path: Path, content: bytes | None
) -> None:
    store, config = StageStore(tmp_path / "stages"), quick("schedule=sequential")
    train_run(RunDirectory(tmp_path / "first"), config, few_digits, stage_store=store)
    for file in store.path.iterdir():
        if content is None:
            other = quick("schedule=sequential", "widths=7,20")
            train_run(
                RunDirectory(tmp_path / "other"), other, few_digits, stage_store=StageStore(tmp_path / "o")
            )
            content = next((tmp_path / "o").iterdir()).read_bytes()
        file.write_bytes(content)
    state = state_by(config, prepare(few_digits, config).train.pixels.shape[1])
    with pytest.raises(RunError, match=r"safetensors|not a finished stage|not a file"):
        store.advance(config, few_digits, state)


DAMAGE: dict[str, tuple[Callable[[dict[str, Any], dict[str, Any]], object], str]] = {
    "a weight that would be spread": (
        lambda tensors, values: tensors.update({"0.weight": tensors["0.weight"][:1]}),
        r"tensor 'layers.0.weight' has float32 of shape \(1, ",
    ),
    "another type": (
        lambda tensors, values: tensors.update({"0.bias": tensors["0.bias"].double()}),
        "'layers.0.bias' has float64 .*; expected float32",
    ),
    "no number": (lambda tensors, values: tensors["0.bias"].fill_(float("nan")), "bias' is not finite"),
    "no bias": (lambda tensors, values: tensors.pop("0.bias"), "bias' has nothing"),
    "one too many": (
        lambda tensors, values: tensors.update({"1.bias": tensors["0.bias"] + 1}),
        "bias' too many",
    ),
    "another key": (lambda tensors, values: values.update(key="0"), "another stage than its name says"),
    "no history": (lambda tensors, values: values.update(history=[]), "history of stages|without an epoch"),
    "a history of words": (lambda tensors, values: values.update(history="none"), "history 'none'"),
    "another epoch": (lambda tensors, values: values["history"][0].update(epoch=7), "history of stage 0"),
}


@pytest.mark.parametrize("how", list(DAMAGE))
def test_a_stage_that_does_not_fit_is_named_and_nothing_is_taken(
    quick: Callable[..., Config], few_digits: DataSet, tmp_path: Path, how: str
) -> None:
    store, config = StageStore(tmp_path / "stages"), quick("schedule=sequential", "epochs=2")
    train_run(RunDirectory(tmp_path / "run"), config, few_digits, stage_store=store)
    file = store.path / f"{stage_key(config, few_digits, 0)}.safetensors"
    tensors, values = read_tensors(file)
    edit, words = DAMAGE[how]
    edit(tensors, values)
    write_tensors(file, tensors, values)
    state = state_by(config, prepare(few_digits, config).train.pixels.shape[1])
    before = {name: tensor.clone() for name, tensor in state.tensors().items()}
    with pytest.raises(RunError, match=f"{file}.*not a finished stage: .*({words})"):
        store.advance(config, few_digits, state)
    assert all(torch.equal(tensor, before[name]) for name, tensor in state.tensors().items())
