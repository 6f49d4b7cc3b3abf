from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from neuroff.config import Config
from neuroff.config.inputs import prepare
from neuroff.data import DataSet
from neuroff.errors import RunError
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
