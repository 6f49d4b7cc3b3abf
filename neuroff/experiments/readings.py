"""The paper's open points as a declared grid: one point moved at a time, judged on held-out training images.

NetworkFF's text leaves open how the threshold meets the partners' goodness, what the strength γ is, how wrong
labels are drawn, and more (docs/protocol.md). Each reading here is the ``paper`` preset with one of these
points read otherwise. The test images take no part: a reading is chosen before they are looked at.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import get_args

from neuroff.config import Config, Variant
from neuroff.config.overrides import apply_settings
from neuroff.config.presets import preset
from neuroff.core.inputs import Split
from neuroff.data import DataSet
from neuroff.errors import ConfigError
from neuroff.provenance import commit, versions
from neuroff.results.readings import ReadingRun, Readings, Rule
from neuroff.runs.folder import TrainedRun
from neuroff.runs.grid import HERE, Execution, TrainAndRead, run_grid
from neuroff.training.evaluate import accuracy

HELD_OUT = 10_000
"""The last images of the training set, which no full-scale run trains on either."""


@dataclass(frozen=True)
class Reading:
    """One way to read the paper.

    Attributes:
        point: the open point that is read otherwise than the preset does; ``base`` for the preset itself.
        choice: how it is read.
        variant: ff, fcff or acff.
        settings: the choice as ``key=value``.
    """

    point: str
    choice: str
    variant: Variant
    settings: tuple[str, ...] = ()

    @property
    def id(self) -> str:
        """Name of the reading's folder and row."""
        return "-".join((self.variant, self.point, self.choice)).replace(" ", "-")


def _collaborative(variant: Variant) -> tuple[Reading, ...]:
    strengths = ("0.1", "0.5", "1") if variant == "fcff" else ("0.1", "0.5")
    optimisers = ("",) if variant == "fcff" else ("adam", "descent")
    strengthened = (
        Reading(
            "threshold",
            " ".join(filter(None, (threshold, "gamma", gamma, optimiser))),
            variant,
            (
                f"collaboration.threshold={threshold}",
                f"collaboration.gamma={gamma}",
                *([f"collaboration.gamma_optimiser={optimiser}"] if optimiser else []),
            ),
        )
        for threshold in ("centred", "literal")
        for gamma in strengths
        for optimiser in optimisers
    )
    everyone = "collaboration.partners=all"
    return (
        *strengthened,
        Reading("partners", "all", variant, (everyone,)),
        Reading("schedule", "interleaved", variant, ("training.schedule=interleaved", everyone)),
    )


def _of_data(variant: Variant) -> tuple[Reading, ...]:
    """Return the readings of what is presented; all variants have them, so that each has its own baseline."""
    return (
        Reading("negatives", "permuted", variant, ("label.negatives=permuted",)),
        Reading("negatives", "fixed", variant, ("label.negatives=fixed",)),
        Reading("amplitude", "one", variant, ("label.amplitude=one",)),
        Reading("input", "raw", variant, ("data.input_scale=raw", "label.amplitude=one")),
    )


READINGS: tuple[Reading, ...] = (
    Reading("base", "preset", "ff"),
    *_of_data("ff"),
    *_collaborative("fcff"),
    *_of_data("fcff"),
    *_collaborative("acff"),
    *_of_data("acff"),
    Reading("subset", "random", "ff", ("data.subset=random",)),
    Reading("goodness", "sum of squares", "ff", ("network.goodness=sum_squares",)),
    Reading("goodness", "its opposite", "ff", ("network.goodness=negative_squares",)),
    Reading("schedule", "interleaved", "ff", ("training.schedule=interleaved",)),
)
"""The grid. w_lj has no row: with two layers there is one partner, and both readings of w_lj are 1."""


def reading_config(reading: Reading, dataset: str, seed: int, settings: Sequence[str]) -> Config:
    """Return the configuration of a reading.

    Args:
        reading: the reading.
        dataset: named data set.
        seed: of the run.
        settings: ``key=value`` settings of the whole grid, such as its scale.
    """
    start = preset("paper", variant=reading.variant, dataset=dataset, seed=seed)
    return apply_settings(apply_settings(start, settings), reading.settings)


@dataclass(frozen=True)
class _Run:
    """A reading with a seed, on a data set."""

    reading: Reading
    dataset: str
    config: Config

    @property
    def folder(self) -> str:
        return f"readings/{self.dataset}-{self.reading.id}-{self.config.seed}"


def run_readings(
    dataset: DataSet,
    out: Path,
    *,
    name: str,
    seeds: Sequence[int] = (0,),
    settings: Sequence[str] = (),
    readings: Sequence[Reading] = READINGS,
    execution: Execution = HERE,
) -> Readings:
    """Train every reading and measure it on held-out training images.

    Args:
        dataset: the images; its test images are not used.
        out: folder; runs in ``out/readings``, finished stages in ``out/stages``. Finished work is kept and
            an interrupted run goes on.
        name: the data set's name.
        seeds: one run each.
        settings: ``key=value`` settings of the whole grid.
        readings: the grid.
        execution: on which device, by which back end, and who listens.

    Returns:
        What ``readings-<data set>.json`` holds, which grows with every run: a row per reading and seed.

    Raises:
        ConfigError: if the settings leave no training image held out.
        neuroff.training.Interrupted: if asked to stop.
    """
    runs = [
        _Run(reading, name, reading_config(reading, name, seed, settings))
        for seed in seeds
        for reading in readings
    ]
    for run in runs:
        _require_held_out(dataset, run.config)
    rows = run_grid(
        runs,
        TrainAndRead(_row, out, dataset, execution.device, measured=(), stages=out / "stages"),
        execution,
        summary=_summary,
        keep=lambda found: _table(name, settings, found).write(out / f"readings-{name}.json"),
    )
    return _table(name, settings, rows)


def _summary(run: _Run, row: ReadingRun) -> str:
    return f"{run.reading.id} seed {row.seed}: held-out {row.held_out['goodness']:.4f}"


def _require_held_out(dataset: DataSet, config: Config) -> None:
    count, images = config.data.train_count, len(dataset.train_images)
    if count is None or count >= images:
        raise ConfigError(
            f"all {images} training images are trained on, so none is held out to judge a reading by",
            where="data.train_count",
            expected=f"less than {images}",
            fix="set data.train_count, such as --set train_count=1000 for digits",
        )


def _table(name: str, settings: Sequence[str], rows: Sequence[ReadingRun]) -> Readings:
    values = {
        "format": 1,
        "dataset": name,
        "settings": list(settings),
        "versions": versions(),
        "commit": commit(),
        "readings": list(rows),
    }
    return Readings.of(values, f"readings of {name}")


def _row(run: _Run, trained: TrainedRun, split: Split) -> ReadingRun:
    network, result = trained.network, trained.result
    held_out = split.held_out.tail(HELD_OUT)
    values = {
        "point": run.reading.point,
        "choice": run.reading.choice,
        "variant": run.reading.variant,
        "seed": run.config.seed,
        "train": accuracy(network, split.train),
        "held_out": {rule: accuracy(network, held_out, rule) for rule in get_args(Rule)},
        "held_out_first_layer": accuracy(network, held_out, depth=1),
        "gamma": list(result.gamma),
        "config": result.config,
        "commit": result.commit,
        "versions": result.versions,
    }
    return ReadingRun.model_validate(values)
