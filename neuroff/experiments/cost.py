"""What collaboration costs: time per epoch, memory and multiply-adds of every column, measured in one run.

Columns take turns for several rounds and the quickest epoch of each stage counts, so that what else the
machine does meanwhile falls on all of them alike. Memory is the largest resident size of a process that
trains one column.
"""

from __future__ import annotations

import itertools
import multiprocessing
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from neuroff.config import Config
from neuroff.config.build import build, build_plan, training_asking
from neuroff.config.inputs import prepare
from neuroff.config.overrides import apply_settings
from neuroff.data import DataSet
from neuroff.experiments.backprop import train_backprop
from neuroff.experiments.columns import COLUMNS, Cell
from neuroff.experiments.reproduction import BACKPROP_LEARNING_RATE
from neuroff.provenance import commit, machine, peak_rss_bytes, versions
from neuroff.results.cost import Cost
from neuroff.runs.folder import RunDirectory
from neuroff.training import train

_EPOCHS = 4
_ROUNDS = 3


@dataclass(frozen=True)
class _Sample:
    """Seconds of the quickest epoch of every stage."""

    by_stage: tuple[float, ...]


def measure_cost(
    planned: Sequence[Cell], load: Callable[[str], DataSet], out: Path, *, device: str = "cpu"
) -> Cost:
    """Measure every column of the first data set at equal epochs and write ``cost.json``.

    Args:
        planned: cells; the first of every column is measured.
        load: returns a data set by name.
        out: folder of the result.
        device: where to train.

    Returns:
        What ``cost.json`` holds: seconds per epoch by stage and for a whole pass over all layers, their
        ratio to FF's, peak memory and multiply-adds.
    """
    first = planned[0]
    dataset = load(first.dataset)
    measured = {
        cell.column: apply_settings(cell.config, (f"training.epochs={_EPOCHS}", "training.evaluate_every=0"))
        for cell in reversed(planned)
        if cell.dataset == first.dataset
    }
    measured = {name: measured[name] for name in COLUMNS if name in measured}
    samples: dict[str, list[_Sample]] = {name: [] for name in measured}
    for _ in range(_ROUNDS):
        for name, config in measured.items():
            samples[name].append(_run(name, config, dataset, device))
    columns: dict[str, dict[str, Any]] = {}
    for name, config in measured.items():
        by_stage = [min(times) for times in zip(*(sample.by_stage for sample in samples[name]), strict=True)]
        pixels = dataset.train_images[0].size
        columns[name] = {
            "seconds_per_epoch_by_stage": by_stage,
            "seconds_per_epoch": sum(by_stage),
            "peak_rss_bytes": _peak_rss_bytes(name, config, dataset, device),
            "macs_per_epoch_by_stage": multiply_adds(
                config, pixels, dataset.n_classes, is_backprop=COLUMNS[name].is_backprop
            ),
        }
    reference = columns.get("ff", next(iter(columns.values())))["seconds_per_epoch"]
    values = {
        "format": 1,
        "dataset": first.dataset,
        "images": len(prepare(dataset, first.config).train),
        "epochs": _EPOCHS,
        "rounds": _ROUNDS,
        "columns": columns,
        "ratio_to_ff": {name: entry["seconds_per_epoch"] / reference for name, entry in columns.items()},
        "machine": machine(device),
        "versions": versions(),
        "commit": commit(),
    }
    result = Cost.of(values, "cost")
    result.write(out / "cost.json")
    return result


def _run(name: str, config: Config, dataset: DataSet, device: str) -> _Sample:
    if COLUMNS[name].is_backprop:
        with tempfile.TemporaryDirectory() as folder:
            done = train_backprop(
                RunDirectory(Path(folder) / "run"),
                config,
                dataset,
                learning_rate=BACKPROP_LEARNING_RATE,
                device=device,
            )
        return _Sample((min(epoch.seconds for epoch in done.history),))
    split = prepare(dataset, config, device)
    network, plan = build(config, split)
    history = train(network, split, plan).history
    count = 1 + max(record.stage for record in history)
    return _Sample(
        tuple(min(record.seconds for record in history if record.stage == stage) for stage in range(count))
    )


def _peak_rss_bytes(name: str, config: Config, dataset: DataSet, device: str) -> int:
    """Train one epoch in a process of its own and return its largest resident size."""
    short = apply_settings(config, ("training.epochs=1",))
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(_trained_peak, (name, short, dataset, device))


def _trained_peak(name: str, config: Config, dataset: DataSet, device: str) -> int:
    _run(name, config, dataset, device)
    return peak_rss_bytes()


def multiply_adds(config: Config, pixels: int, classes: int, *, is_backprop: bool = False) -> list[int]:
    """Count the multiply-adds of one epoch's matrix products, by stage.

    Forward-Forward: both presentations of an image share its pixels, so the first layer's product and its
    update count once; every other layer's count twice. A first layer that no longer learns is not multiplied
    again. Label columns are counted, elementwise work is not.

    Args:
        config: of the run.
        pixels: values of an image.
        classes: number of labels.
        is_backprop: count backpropagation with a linear read-out instead.
    """
    images, widths = config.data.train_count or 1, config.network.dense_widths("multiply-adds")
    inputs = pixels if is_backprop else training_asking(config, classes).inputs(pixels)
    shapes = list(itertools.pairwise((inputs, *widths)))
    if is_backprop:
        shapes.append((widths[-1], classes))
        weights = [inputs * outputs for inputs, outputs in shapes]
        return [images * (2 * sum(weights) + sum(weights[1:]))]
    counted = []
    for stage in build_plan(config).stages(len(widths)):
        depth = len(shapes) if config.collaboration.partners == "all" else max(stage.layers) + 1
        total = 0
        for index, (inputs, outputs) in enumerate(shapes[:depth]):
            learns = index in stage.layers
            if index == 0:
                total += 2 * classes * outputs * (2 if learns else 1)
                total += 2 * inputs * outputs if learns else 0
            else:
                total += 2 * inputs * outputs * (2 if learns else 1)
        counted.append(images * total)
    return counted
