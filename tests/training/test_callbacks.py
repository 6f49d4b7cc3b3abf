"""Callbacks: what they decide, write and keep, interrupted or not."""

from __future__ import annotations

import csv
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
import torch

from neuroff.config import Config
from neuroff.config.build import build
from neuroff.config.inputs import prepare
from neuroff.core.plan import Stage
from neuroff.data import DataSet
from neuroff.errors import ConfigError, Interrupted
from neuroff.runs.folder import RunDirectory, load_run, train_run
from neuroff.training import train
from neuroff.training.callbacks import Callback, CsvLog, TensorBoard
from neuroff.training.callbacks.keeping import best_epoch
from neuroff.training.evaluate import accuracy
from neuroff.training.state import EpochRecord, TrainingState

STOPPING = ("train_count=120", "epochs=30", "evaluate_every=1", "patience=3", "keep_best=true")


def history(*shares: float | None) -> list[EpochRecord]:
    return [EpochRecord(0, number + 1, (), 0.0, None, share) for number, share in enumerate(shares)]


@pytest.mark.parametrize(
    ("shares", "best"),
    [((0.2, 0.5, 0.4), 2), ((0.5, 0.5), 1), ((None, 0.3, None), 2), ((None,), None), ((0.0, 0.0), 1)],
)
def test_the_best_epoch_is_the_first_of_equals(shares: Sequence[float | None], best: int | None) -> None:
    assert best_epoch(history(*shares), 0) == best
    assert best_epoch(history(*shares), 1) is None


@pytest.mark.parametrize(
    ("path", "settings"),
    [
        ("dense", ("schedule=sequential",)),
        ("spiking", ("schedule=sequential",)),
        ("dense", ("schedule=interleaved",)),
    ],
    ids=["dense", "spiking", "interleaved"],
)
def test_a_stage_ends_when_nothing_gets_better_and_its_best_epoch_is_kept(
    quick: Callable[..., Config], few_digits: DataSet, path: Any, settings: tuple[str, ...]
) -> None:
    config = quick(*STOPPING, *settings, path=path)
    split = prepare(few_digits, config)
    trained = train(*_of(build(config, split), split))
    stages = sorted({record.stage for record in trained.history})
    for stage in stages:
        records = [record for record in trained.history if record.stage == stage]
        best = best_epoch(records, stage)
        assert best is not None
        assert len(records) == min(30, best + 3)
        depth = 2 if "schedule=interleaved" in settings else stage + 1
        kept = accuracy(trained.network, split.held_out, depth=depth)
        assert kept == records[best - 1].held_out_accuracy, stage
    assert len(trained.history) < 30 * len(stages), "some stage ended early"


def _of(built: Any, split: Any) -> Any:
    network, plan = built
    return network, split, plan


def stop_after(batches: int) -> Callable[[], bool]:
    seen: list[None] = []

    def asked() -> bool:
        seen.append(None)
        return len(seen) > batches

    return asked


@pytest.mark.parametrize("batches", [4, 13, 17, 29])
def test_interrupted_and_resumed_equals_uninterrupted(
    quick: Callable[..., Config], few_digits: DataSet, tmp_path: Path, batches: int
) -> None:
    config = quick(*STOPPING, "schedule=sequential", "batch_size=40", "checkpoint_every=100", variant="acff")
    results = {}
    for name in ("whole", "broken"):
        directory = RunDirectory(tmp_path / name)

        def go(resume: bool, directory: RunDirectory = directory, **more: Any) -> Any:
            log = CsvLog(directory.path / "history.csv")
            return train_run(directory, config, few_digits, resume=resume, callbacks=[log], **more)

        if name == "broken":
            with pytest.raises(Interrupted):
                go(False, should_stop=stop_after(batches))
        results[name] = (go(name == "broken"), load_run(directory).network, _table(directory.path))
    (one, network, table), (other, twin, other_table) = results["whole"], results["broken"]
    assert one.kept_epochs == other.kept_epochs
    assert min(one.kept_epochs) > 0
    assert one.accuracy == other.accuracy
    assert table == other_table
    for layer, same in zip(network.layers, twin.layers, strict=True):
        for key, tensor in layer.tensors().items():
            assert torch.equal(tensor, same.tensors()[key])


def _table(folder: Path) -> list[dict[str, str]]:
    with (folder / "history.csv").open(newline="") as stream:
        return [
            {key: cell for key, cell in row.items() if key != "seconds"} for row in csv.DictReader(stream)
        ]


def test_the_table_holds_what_the_result_holds(
    quick: Callable[..., Config], few_digits: DataSet, tmp_path: Path
) -> None:
    log = CsvLog(tmp_path / "history.csv")
    config = quick("schedule=sequential")
    result = train_run(RunDirectory(tmp_path / "run"), config, few_digits, callbacks=[log])
    rows = _table(tmp_path)
    assert len(rows) == len(result.history) == 8
    for row, record in zip(rows, result.history, strict=True):
        assert (int(row["stage"]), int(row["epoch"])) == (record.stage + 1, record.epoch)
        assert float(row["loss"]) == record.layers[0].loss
        assert (row["train_accuracy"] == "") == (record.train_accuracy is None)


def _events(folder: Path) -> dict[str, list[tuple[int, float]]]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of protobuf's and numpy's meeting, nothing of ours
        from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

        found = EventAccumulator(str(folder))
        found.Reload()
        return {
            name: [(event.step, event.value) for event in found.Scalars(name)]
            for name in found.Tags()["scalars"]
        }


def test_events_of_an_interrupted_run_go_on_where_they_stopped(
    quick: Callable[..., Config], few_digits: DataSet, tmp_path: Path
) -> None:
    pytest.importorskip("tensorboard", reason="tensorboard is not installed")
    config = quick("schedule=sequential", "batch_size=100", "checkpoint_every=2")
    folder, directory = tmp_path / "events", RunDirectory(tmp_path / "run")

    class Killed(Exception):
        pass

    class Kill(Callback):
        def epoch_finished(self, stage: Stage, state: TrainingState) -> bool:
            if len(state.history) == 3:  # one epoch beyond the checkpoint
                raise Killed
            return False

    with pytest.raises(Killed):
        train_run(directory, config, few_digits, callbacks=[TensorBoard(folder), Kill()])
    result = train_run(directory, config, few_digits, resume=True, callbacks=[TensorBoard(folder)])
    events = _events(folder)
    assert set(events) >= {"loss/layer 1", "loss/layer 2", "gamma/layer 1", "accuracy/train"}
    assert [step for step, _ in events["loss/layer 1"]] == [1, 2, 3, 4]
    assert [step for step, _ in events["loss/layer 2"]] == [5, 6, 7, 8]
    for (_, seen), record in zip(events["loss/layer 1"], result.history, strict=False):
        assert seen == pytest.approx(record.layers[0].loss, rel=1e-6)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (("patience=3",), "early stopping: no held-out images to judge by"),
        (("keep_best=true",), "keeping the best epoch: no held-out images"),
        (("patience=3", "train_count=100", "evaluate_every=0"), "accuracies are taken at the end alone"),
    ],
)
def test_nothing_to_judge_by_is_refused(
    quick: Callable[..., Config], few_digits: DataSet, settings: tuple[str, ...], message: str
) -> None:
    config = quick(*settings)
    split = prepare(few_digits, config)
    network, plan = build(config, split)
    with pytest.raises(ConfigError, match=message):
        train(network, split, plan)


def test_a_run_that_is_refused_leaves_no_folder(
    quick: Callable[..., Config], few_digits: DataSet, tmp_path: Path
) -> None:
    directory = RunDirectory(tmp_path / "run")
    with pytest.raises(ConfigError, match="no held-out images"):
        train_run(directory, quick("patience=3"), few_digits)
    assert not directory.path.exists()
    train_run(directory, quick("patience=3", "data.held_out_share=0.2"), few_digits)
    assert directory.result_file.exists()
