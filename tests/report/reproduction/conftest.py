"""Results as ``neuroff reproduce`` gathers them, made up: plausible curves, exact where tests need it."""

from __future__ import annotations

import base64
import io
import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest
from rich.console import Console

from neuroff.report.grid import WIDTH_COLUMNS, FittedTable

COLUMNS = ("ff", "fcff", "acff", "bp", "lorberbom_earlier", "lorberbom_all")
TEST = {
    "mnist": dict(zip(COLUMNS, (0.930, 0.936, 0.938, 0.981, 0.935, 0.927), strict=True)),
    "fashion-mnist": dict(zip(COLUMNS, (0.822, 0.825, 0.828, 0.885, 0.824, 0.815), strict=True)),
    "digits": dict(zip(COLUMNS, (0.84, 0.85, 0.86, 0.97, 0.90, 0.86), strict=True)),
}
GAMMA = {"ff": 0.0, "fcff": 0.5, "acff": 0.1, "lorberbom_earlier": 1.0, "lorberbom_all": 1.0}
TOGETHER = ("lorberbom_earlier", "lorberbom_all")
SHA = "ab" * 32

Make = Callable[..., dict[str, Any]]


def printed(tables: FittedTable | Sequence[FittedTable], width: int = WIDTH_COLUMNS) -> str:
    stream = io.StringIO()
    console = Console(file=stream, width=width, color_system=None)
    for table in [tables] if isinstance(tables, FittedTable) else tables:
        console.print(table)
    return stream.getvalue()


def packed(right: np.ndarray) -> str:
    return base64.b64encode(np.packbits(right).tobytes()).decode()


def right_images(images: int, share: float, seed: int) -> np.ndarray:
    """The hardest images are wrong, with a little noise, so that networks fail on the same ones mostly."""
    hardness = np.linspace(0, 1, images) + np.random.default_rng(seed).normal(0, 0.03, images)
    right = np.zeros(images, dtype=bool)
    right[np.argsort(hardness)[: round(share * images)]] = True
    return right


def histogram(positive: float, negative: float) -> dict[str, Any]:
    edges = np.linspace(0.0, positive + 3.0, 61)
    middle = (edges[1:] + edges[:-1]) / 2

    def counted(centre: float) -> list[float]:
        counts: list[float] = np.round(1000 * np.exp(-((middle - centre) ** 2))).tolist()
        return counts

    return {"edges": edges.tolist(), "positive": counted(positive), "negative": counted(negative)}


def layers_of(column: str, share: float) -> list[dict[str, Any]]:
    second = share - 0.05 if column == "ff" else share - 0.25
    left = 1.0 if column == "ff" else 0.5
    return [
        {"alone": share - 0.01, "up_to": share - 0.01, "separation": 2.6, "signal": 0.2, "signal_alone": 0.2,
         "histogram": histogram(4.0, 1.0)},
        {"alone": second, "up_to": share, "separation": 1.4, "signal": 0.2 * left, "signal_alone": 0.2,
         "histogram": histogram(3.0, 1.5)},
    ]  # fmt: skip


def curves_of(column: str, train: float, test: float, epochs: int, every: int) -> list[dict[str, Any]]:
    stages = [(0, (0, 1))] if column in TOGETHER else [(0, ())] if column == "bp" else [(0, (0,)), (1, (1,))]
    points = []
    for stage, layers in stages:
        for epoch in range(every, epochs + 1, every):
            left = math.exp(-6 * epoch / epochs) * (1.0 if stage == 0 else 0.03)
            gamma = GAMMA.get(column, 0.0)
            if column == "acff" and stage == 1:
                gamma += 1.7 * epoch / epochs
            points.append(
                {
                    "stage": stage,
                    "epoch": epoch,
                    "train": train - 0.01 * (stage == 0) - (train - 0.1) * left,
                    "held_out": test - 0.01 * (stage == 0) - (test - 0.1) * left,
                    "layers": [
                        {"layer": layer, "loss": 0.3, "goodness_positive": 4.0, "goodness_negative": 0.7,
                         "gamma": gamma}
                        for layer in layers
                    ],
                }
            )  # fmt: skip
    return points


def run_of(dataset: str, column: str, seed: int, images: int, epochs: int, every: int) -> dict[str, Any]:
    noise = np.random.default_rng([seed, len(dataset), COLUMNS.index(column)]).normal(0, 0.001, 2)
    right = right_images(images, TEST[dataset][column] + noise[0], seed)
    test = float(right.mean())
    train = min(1.0, test + (0.015 if column == "bp" else 0.002) + float(noise[1]))
    return {
        "seed": seed,
        "accuracy": {"train": train, "held_out": test, "test": test},
        "seconds": 900.0 + seed,
        "gamma": None
        if column == "bp"
        else [GAMMA[column], GAMMA[column] + (1.7 if column == "acff" else 0.0)],
        "images": {"test": images},
        "test_file_sha256": SHA,
        "right": packed(right),
        "layers": [] if column == "bp" else layers_of(column, test),
        "curves": curves_of(column, train, test, epochs, every),
        "config": {
            "training": {"theta": 2.0, "loss": "threshold", "epochs": epochs, "precision": "float32"},
            "data": {"train_count": 50_000},
            "collaboration": {"gamma": GAMMA.get(column, 0.0)},
        },
        "machine": {"system": "Linux", "threads": 1, "device": "cpu"},
        "versions": {"python": "3.11.7", "neuroff": "0.1.0", "torch": "2.13.0+cpu"},
        "commit": "0123456789abcdef0123456789abcdef01234567",
    }


def results_of(
    datasets: Sequence[str] = ("mnist", "fashion-mnist"),
    columns: Sequence[str] = COLUMNS,
    seeds: Sequence[int] = (0, 1, 2),
    images: int = 2000,
    epochs: int = 1000,
    every: int = 100,
) -> dict[str, Any]:
    return {
        dataset: {
            column: column_of([run_of(dataset, column, seed, images, epochs, every) for seed in seeds])
            for column in columns
        }
        for dataset in datasets
    }


def column_of(runs: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "seeds": [run["seed"] for run in runs],
        **{part: [run["accuracy"][part] for run in runs] for part in ("train", "held_out", "test")},
        "seconds": [run["seconds"] for run in runs],
        "runs": runs,
    }


def reading_of(point: str, choice: str, variant: str, seed: int, held_out: float) -> dict[str, Any]:
    other = 0.0 if variant == "ff" else 0.002
    return {
        "point": point,
        "choice": choice,
        "variant": variant,
        "seed": seed,
        "train": held_out + 0.01,
        "held_out": {
            "goodness": held_out,
            "collaborative": held_out + other,
            "last": held_out - 0.01 + 6 * other,
        },
        "held_out_first_layer": 0.92,
        "gamma": [0.1, 0.5],
        "config": {},
        "commit": None,
        "versions": {},
    }  # fmt: skip


def readings_of(dataset: str = "mnist", seeds: Sequence[int] = (0,)) -> dict[str, Any]:
    grid = [
        ("base", "preset", "ff", 0.930),
        ("threshold", "centred gamma 0.5", "fcff", 0.936),
        ("threshold", "literal gamma 1", "fcff", 0.921),
        ("partners", "all", "fcff", 0.929),
        ("threshold", "centred gamma 0.1 descent", "acff", 0.934),
        ("schedule", "interleaved", "acff", 0.88),
        ("negatives", "permuted", "ff", 0.931),
    ]
    return {
        "format": 1,
        "dataset": dataset,
        "settings": ["training.epochs=300"],
        "readings": [
            reading_of(point, choice, variant, seed, accuracy + 0.001 * seed)
            for seed in seeds
            for point, choice, variant, accuracy in grid
        ],
    }


def cost_of() -> dict[str, Any]:
    def column(first: float, second: float) -> dict[str, Any]:
        return {
            "seconds_per_epoch_by_stage": [first, second],
            "seconds_per_epoch": first + second,
            "peak_rss_bytes": 810_000_000,
            "macs_per_epoch_by_stage": [58_850_000_000, 50_000_000_000],
        }

    return {
        "columns": {
            "bp": column(0.7, 0.7),
            "ff": column(0.8, 0.87),
            "fcff": column(0.8, 0.88),
            "acff": column(0.81, 0.88),
        },
        "ratio_to_ff": {"ff": 1.0, "fcff": 1.006, "acff": 1.012, "bp": 0.838},
    }


@pytest.fixture
def make() -> Make:
    return results_of
