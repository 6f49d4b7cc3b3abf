from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from neuroff.energy import Counts, estimate, load_profile
from neuroff.report.save import write_figures
from neuroff.training.state import EpochRecord, LayerRecord

PROFILES = ("generic-horowitz45", "loihi1-davies2018")
GAMMA = {"ff": 0.0, "fcff": 0.5, "acff": 0.1}

Make = Callable[..., dict[str, Any]]


def counts_of(path: str) -> Counts:
    work = {"macs_float32": 5e4, "muls_float32": 160.0, "bus_broadcasts": 10.0}
    if path == "dense":
        return Counts(work)
    spikes = {"synaptic_events": 9e3, "neuron_updates_active": 700.0, "neuron_updates_inactive": 100.0}
    return Counts(work | spikes)


def history_of(variant: str, schedule: str, epochs: int = 4) -> list[dict[str, Any]]:
    stages = [(0,), (1,)] if schedule == "sequential" else [(0, 1)]
    return [
        asdict(
            EpochRecord(
                stage=stage,
                epoch=epoch,
                layers=tuple(
                    LayerRecord(
                        layer=layer,
                        loss=0.7,
                        goodness_positive=2.0 + 0.2 * epoch,
                        goodness_negative=2.0 - 0.2 * epoch,
                        gamma=GAMMA[variant] + (0.1 * epoch if variant == "acff" else 0.0),
                    )
                    for layer in layers
                ),
                seconds=0.1,
                train_accuracy=0.5 + 0.1 * epoch if epoch % 2 == 0 else None,
            )
        )
        for stage, layers in enumerate(stages)
        for epoch in range(1, epochs + 1)
    ]


def run_of(path: str, variant: str, seed: int, schedule: str = "sequential") -> dict[str, Any]:
    counts = counts_of(path)
    estimates = {name: estimate(counts, load_profile(name)) for name in PROFILES}
    history = history_of(variant, schedule)
    return {
        "path": path,
        "variant": variant,
        "seed": seed,
        "test_accuracy": 0.90 + 0.01 * seed + (0.02 if path == "dense" else 0.0),
        "train_accuracy": 0.95,
        "held_out_accuracy": None,
        "goodness_margin": 1.2 + 0.1 * seed,
        "firing_rate": None if path == "dense" else [0.12, 0.1],
        "synaptic_operations": counts["macs_float32"] + counts["synaptic_events"],
        "spike_input": False,
        "counts": counts.to_dict(),
        "energy_J": {name: entry.total_J.nominal for name, entry in estimates.items()},
        "energy": {name: entry.to_dict() for name, entry in estimates.items()},
        "gamma": [entry["gamma"] for entry in history[-1]["layers"]],
        "seconds": 3.0,
        "run": f"runs/{path}-{variant}-{seed}",
        "config": {"path": path, "variant": variant, "seed": seed},
        "history": history,
    }


def raster_of(variant: str) -> dict[str, Any]:
    positive: dict[str, Any] = {"steps": [0, 0, 2, 3, 4], "neurons": [1, 7, 5, 2, 0]}
    positive |= {"goodness": 3.1, "collaborative": 3.5, "modulator": -0.12}
    negative = {"steps": [2], "neurons": [5], "goodness": 1.1, "collaborative": 0.9, "modulator": 0.25}
    layer = {"neurons": 8, "positive": positive, "negative": negative}
    image = [[(row * 9 + column) % 256 for column in range(28)] for row in range(28)]
    return {
        "variant": variant,
        "seed": 0,
        "steps": 5,
        "image": image,
        "true_label": 3,
        "wrong_label": 8,
        "layers": [layer, layer],
    }


def comparison_of(
    paths: tuple[str, ...] = ("dense", "spiking"),
    variants: tuple[str, ...] = ("ff", "fcff", "acff"),
    seeds: tuple[int, ...] = (0,),
    schedule: str = "sequential",
) -> dict[str, Any]:
    return {
        "format": 1,
        "dataset": "digits",
        "preset": "demo",
        "settings": [],
        "seconds": 41.2,
        "versions": {"neuroff": "0.1.0", "torch": "2.13.0"},
        "commit": "abc123",
        "runs": [run_of(p, v, s, schedule) for p in paths for v in variants for s in seeds],
        "rasters": [raster_of(variants[-1])] if "spiking" in paths else [],
        "profiles": {
            name: {"name": load_profile(name).meta.name, "boundary": "chip", "kind": "spiking"}
            for name in PROFILES
        },
    }


@pytest.fixture
def make() -> Make:
    return comparison_of


@pytest.fixture(scope="session")
def written(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """All figures of one spiking network, as files."""
    comparison = comparison_of(("spiking",), ("acff",))
    return write_figures(comparison, tmp_path_factory.mktemp("figures"))
