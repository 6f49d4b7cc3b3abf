"""Variants, paths and seeds side by side: train each, then measure accuracy, activity and energy alike."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Any, get_args

from neuroff.checks import path_of, require_all, require_kind, require_wholes, require_words
from neuroff.config import Config, Variant
from neuroff.config import Path as NetworkPath
from neuroff.config.overrides import apply_settings
from neuroff.config.presets import PresetName, preset
from neuroff.core.inputs import Split
from neuroff.core.network import Network
from neuroff.data import DataSet
from neuroff.energy import Profile
from neuroff.energy.pricing.account import Prediction, prediction
from neuroff.errors import require_choice
from neuroff.exchange.priced import IMAGES
from neuroff.experiments.energy import count_network
from neuroff.experiments.snapshot import spike_snapshot
from neuroff.provenance import commit, versions
from neuroff.results import ComparisonResult
from neuroff.runs.folder import TrainedRun
from neuroff.runs.grid import HERE, Execution, TrainAndRead, run_grid
from neuroff.training.confusion import confusion
from neuroff.training.evaluate import all_scores, margin

Measure = Callable[[Network, Split], float]
"""A number of a trained network on its images, such as the share of its neurons that never fire."""

_NO_MEASURES: Mapping[str, Measure] = MappingProxyType({})
_COUNTED = 1000  # images whose forward pass is counted


@dataclass(frozen=True)
class Comparison:
    """What to compare.

    Attributes:
        dataset: named data set.
        preset: where settings start.
        paths: dense, spiking, or both.
        variants: ff, fcff, acff, or some.
        seeds: one run per seed.
        settings: ``key=value`` settings for all runs.
        beside: further presets whose runs stand beside those of ``preset``, such as another way of asking.

    Raises:
        ConfigError: naming a choice or a seed that is none.
    """

    dataset: str
    preset: PresetName
    paths: Sequence[NetworkPath] = ("dense", "spiking")
    variants: Sequence[Variant] = ("ff", "fcff", "acff")
    seeds: Sequence[int] = (0,)
    settings: Sequence[str] = ()
    beside: Sequence[PresetName] = ()

    def __post_init__(self) -> None:
        require_choice(self.preset, get_args(PresetName), "Comparison, preset")
        require_words("beside", self.beside, get_args(PresetName), where="Comparison", some=False)
        require_words("paths", self.paths, get_args(NetworkPath), where="Comparison")
        require_words("variants", self.variants, get_args(Variant), where="Comparison")
        require_wholes("seeds", self.seeds, least=0, below=2**63, where="Comparison")

    def configs(self) -> Iterator[tuple[str, Config]]:
        """Yield every run's name in results, such as ``acff`` or ``groups-acff``, and its configuration."""
        for name in dict.fromkeys((self.preset, *self.beside)):
            prefix = "" if name == self.preset else f"{name}-"
            for path in self.paths:
                for variant in self.variants:
                    for seed in self.seeds:
                        start = preset(name, path=path, variant=variant, dataset=self.dataset, seed=seed)
                        yield f"{prefix}{variant}", apply_settings(start, self.settings)


@dataclass(frozen=True)
class _Run:
    """One run of a comparison, by its name in results."""

    name: str
    config: Config

    @property
    def folder(self) -> str:
        return f"runs/{self.config.path}-{self.name}-{self.config.seed}"


@dataclass(frozen=True)
class _Told:
    """What one run tells: its row, and the spikes of an image where they are to be shown."""

    row: dict[str, Any]
    raster: dict[str, Any] | None


def compare(
    comparison: Comparison,
    dataset: DataSet,
    profiles: Sequence[Profile],
    out: Path,
    *,
    resume: bool = False,
    execution: Execution = HERE,
    measures: Mapping[str, Measure] = _NO_MEASURES,
) -> ComparisonResult:
    """Train and measure every run, and write ``comparison.json``.

    Args:
        comparison: what to compare.
        dataset: the images.
        profiles: hardware to price the predictions on.
        out: folder; each run gets a folder in ``out/runs``.
        resume: use runs already finished there and go on with an interrupted one.
        execution: on which device, by which back end, and who listens.
        measures: columns of your own, by name: taken of every run, and shown in table and page.

    Returns:
        What ``comparison.json`` holds; see `describe_run` for one run's part.

    Raises:
        RunError: if ``out`` holds runs and ``resume`` is not set.
        neuroff.training.Interrupted: if asked to stop.
    """
    require_kind("comparison", comparison, Comparison, where="compare")
    require_kind("dataset", dataset, DataSet, where="compare")
    require_all("profiles", profiles, Profile, where="compare")
    out = path_of("out", out, "compare")
    started = time.perf_counter()
    runs = [_Run(name, config) for name, config in comparison.configs()]
    read = partial(
        _tell,
        profiles=profiles,
        measures=measures,
        classes=dataset.provenance.classes,
        shown=comparison.seeds[0],
    )
    told = run_grid(
        runs,
        TrainAndRead(read, out, dataset, execution.device, resume),
        execution,
        summary=lambda run, found: f"test {found.row['test_accuracy']:.4f}",
    )
    values = {
        "format": 1,
        "dataset": comparison.dataset,
        "preset": comparison.preset,
        "settings": list(comparison.settings),
        **({"beside": list(comparison.beside)} if comparison.beside else {}),
        "seconds": time.perf_counter() - started,
        "versions": versions(),
        "commit": commit(),
        "runs": [each.row for each in told],
        "classes": list(dataset.class_names),
        "rasters": [each.raster for each in told if each.raster is not None],
        "profiles": {
            profile.id: {
                "name": profile.meta.name,
                "kind": profile.meta.kind,
                "boundary": profile.meta.boundary,
            }
            for profile in profiles
        },
    }
    result = ComparisonResult.of(values, "comparison")
    result.write(out / "comparison.json")
    return result


def _tell(
    run: _Run,
    trained: TrainedRun,
    split: Split,
    profiles: Sequence[Profile],
    measures: Mapping[str, Measure],
    classes: tuple[str, ...],
    shown: int,
) -> _Told:
    named = {"variant": run.name}
    row = {"run": run.folder, **describe_run(trained, split, profiles), **named}
    if measures:
        row["measured"] = {key: float(measure(trained.network, split)) for key, measure in measures.items()}
    if run.config.path != "spiking" or run.config.seed != shown:
        return _Told(row, None)
    raster = spike_snapshot(run.config, trained.network, split.test) | named
    if classes:
        raster |= {f"{which}_name": classes[raster[f"{which}_label"]] for which in ("true", "wrong")}
    return _Told(row, raster)


def describe_run(run: TrainedRun, split: Split, profiles: Sequence[Profile]) -> dict[str, Any]:
    """Return a run's row: accuracy, goodness margin, firing rates, counts and energy per image.

    Energy is that of one prediction, counted on (the first of) the test images and placed on each device: on
    chips as the network is exported, elsewhere as neuroff predicts.
    """
    work = count_network(run.network, split, images=_COUNTED, learning_images=0, exported_images=IMAGES)
    activity = work.activity
    config, result = run.config, run.result
    scores = all_scores(run.network, split.test, config.network.prediction)
    priced = {profile.id: prediction(work.counted, profile) for profile in profiles}
    return {
        "path": config.path,
        "variant": config.variant,
        "seed": config.seed,
        "test_accuracy": result.accuracy.test,
        "train_accuracy": result.accuracy.train,
        "held_out_accuracy": result.accuracy.held_out,
        "goodness_margin": margin(scores, split.test.labels),
        "firing_rate": list(activity.firing_rate) or None,
        "presentations": activity.labels,
        "synaptic_operations": activity.synaptic_operations,
        "spike_input": split.test.constant is None,
        "counts": activity.counts.to_dict(),
        "counted_images": activity.images,
        "energy_J": {name: _nominal_J(entry) for name, entry in priced.items()},
        "energy": {name: _energy(entry) for name, entry in priced.items()},
        "confusion": confusion(scores.argmax(0), split.test.labels, len(scores)).counts.tolist(),
        "gamma": list(result.gamma),
        "seconds": result.training_seconds.total,
        "peak_rss_bytes": result.peak_rss_bytes,
        "config": result.config,
        "history": [epoch.to_json() for epoch in result.history],
        **({"warnings": list(result.warnings)} if result.warnings else {}),
    }


def _nominal_J(priced: Prediction) -> float | None:
    return None if priced.energy_J is None else priced.energy_J.nominal


def _energy(priced: Prediction) -> dict[str, Any]:
    """Return a prediction for the report: the estimate, whether it fits, and how long it takes."""
    nothing = {"low": 0.0, "nominal": 0.0, "high": 0.0}
    placed = priced.placed
    details: dict[str, Any] = {} if placed.estimate is None else placed.estimate.to_dict()
    if priced.energy_J is None:
        details |= {"energy_J": nothing, "is_lower_bound": True, "terms_J": {}, "weakest_evidence": None}
    return details | {
        "priced_as": priced.priced_as,
        "fits": placed.fits,
        "shortfalls": [str(entry) for entry in placed.placement.shortfalls],
        "latency_s": placed.latency_s,
        "latency_is_lower_bound": placed.latency_is_lower_bound,
        "static_share": placed.static_share,
    }
