"""What a finished run is measured by, and all that its ``result.json`` records."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Literal

from neuroff.config import Config
from neuroff.core.inputs import Split
from neuroff.core.network import Network
from neuroff.core.scores import PredictionRule
from neuroff.data import DataSet
from neuroff.provenance import commit, machine, peak_rss_bytes, versions
from neuroff.results import RunResult
from neuroff.training import TrainingResult
from neuroff.training.callbacks.keeping import best_epoch
from neuroff.training.evaluate import accuracy as measured_accuracy
from neuroff.training.warnings import warnings_of

FORMAT = 1

Part = Literal["train", "held_out", "test"]
PARTS: tuple[Part, ...] = ("train", "held_out", "test")


def describe_result(
    config: Config,
    dataset: DataSet,
    split: Split,
    trained: TrainingResult,
    device: str,
    measured: Sequence[Part] = PARTS,
    processes: int = 1,
) -> RunResult:
    """Measure final accuracies and gather everything a result file records."""
    seconds = [0.0] * (max(record.stage for record in trained.history) + 1)
    for record in trained.history:
        seconds[record.stage] += record.seconds
    accuracy = accuracies(trained.network, split, config.network.prediction, measured)
    warned = warnings_of(trained.network, split.train, accuracy)
    values = {
        "format": FORMAT,
        "config": config.model_dump(mode="json"),
        "seed": config.seed,
        "versions": versions(),
        "commit": commit(),
        "machine": machine(device) | ({"processes": processes} if processes > 1 else {}),
        "data": dataset.provenance.to_json(),
        "classes": dataset.n_classes,
        "pixels": split.train.width,  # with the inputs of a label that stands beside them
        **({"planes": list(split.train.planes.shape)} if split.train.planes else {}),
        "accuracy": accuracy,
        "gamma": [float(layer.gamma) for layer in trained.network.layers],
        "training_seconds": {"total": sum(seconds), "by_stage": seconds},
        "peak_rss_bytes": peak_rss_bytes(),
        "history": [asdict(record) for record in trained.history],
        **({"kept_epochs": kept_epochs(trained)} if config.training.keep_best else {}),
        "engine": trained.network.engine.name,
        **({"warnings": list(warned)} if warned else {}),
        **({"window": _window(trained.network)} if config.network.prediction == "window" else {}),
    }
    return RunResult.of(values, "the trained run")


def _window(network: Network) -> list[int]:
    return [network.read_from + 1, len(network.layers)]


def kept_epochs(trained: TrainingResult) -> list[int]:
    """Return the epoch, from 1, at whose end every stage's layers stand."""
    stages = sorted({record.stage for record in trained.history})
    return [best_epoch(trained.history, stage) or 0 for stage in stages]


def accuracies(
    network: Network, split: Split, rule: PredictionRule, measured: Sequence[Part] = PARTS
) -> dict[str, float | None]:
    """Return the accuracy on all images of the measured parts; ``None`` for others and for empty ones."""
    parts = {"train": split.train, "held_out": split.held_out, "test": split.test}
    return {
        name: measured_accuracy(network, inputs, rule) if len(inputs) and name in measured else None
        for name, inputs in parts.items()
    }
