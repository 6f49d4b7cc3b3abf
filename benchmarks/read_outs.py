"""Which read-out and which softmax a spiking convolution learns best by, on held-out Fashion-MNIST images.

    python -m benchmarks.read_outs --folder F [--seeds N] [--workers N] [--json] [--out FILE]

Networks of `--preset conv` on 10,000 images, mirrored at random, eight epochs: a read-out weight for every
neuron or for cells of a grid (``asking.grid``), and one inverse temperature of the softmax or one for each
layer (``training.loss_steepnesses``). Accuracy is that of the 10,000 images behind those, by the last layer,
asked once and by the mirror image too (``asking.mirrored``). Test images are not looked at. Results are kept
case by case; what was cut off goes on where it was.
"""

from __future__ import annotations

import itertools
import os
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import torch

import neuroff
from benchmarks.measure import surroundings
from benchmarks.mirrored import twice
from benchmarks.output import benchmark_parser, finish, positive
from neuroff.config import Config
from neuroff.config.overrides import apply_settings
from neuroff.experiments.statistics import spread
from neuroff.files import read_json, write_json

_EXAMPLES = """examples:
  python -m benchmarks.read_outs --folder kept --out docs/results/read-outs.json    half an hour, two cores
"""
IMAGES = 10_000
USUAL = (f"train_count={IMAGES}", "epochs=8", "flip=0.5", "evaluate_every=0", "engine=numba")
READ_OUTS: dict[str, tuple[str, ...]] = {"a weight a neuron": (), "a grid of 7": ("asking.grid=7",)}
SOFTMAXES: dict[str, tuple[str, ...]] = {
    "50": ("loss_steepness=50",),
    "50, 50, 100": ("loss_steepnesses=50,50,100",),
}


def cases(dataset: str, seeds: int) -> Iterator[tuple[str, Config]]:
    """Yield the name and the configuration of every case, seed after seed."""
    for seed, (read, grid), (steep, alpha) in itertools.product(
        range(seeds), READ_OUTS.items(), SOFTMAXES.items()
    ):
        start = neuroff.preset("conv", path="spiking", dataset=dataset, seed=seed)
        yield f"{read}: {steep}: {seed}", apply_settings(start, [*USUAL, *grid, *alpha])


def measured(config: Config) -> dict[str, Any]:
    """Train one network on one thread and return its record."""
    torch.set_num_threads(1)
    started = time.monotonic()
    split, rule = neuroff.prepare(neuroff.load(config.data.dataset), config), config.network.prediction
    network, plan = neuroff.build(config, split)
    trained = neuroff.train(network, split, plan)
    held_out, mirrored = split.held_out.head(IMAGES), twice(trained.network, split.held_out)
    return {
        "once": neuroff.accuracy(trained.network, held_out, rule),
        "mirrored": neuroff.accuracy(mirrored, held_out.asked(mirrored.asking), rule),
        "loss": [layer.loss for layer in trained.history[-1].layers],
        "seconds": time.monotonic() - started,
        "config": config.model_dump(mode="json"),
    }


def measure(dataset: str, folder: Path, seeds: int, workers: int) -> dict[str, Any]:
    """Measure all cases that are not kept yet, several at once."""
    kept = folder / f"read-outs-{dataset}.json"
    records: dict[str, Any] = read_json(kept) if kept.exists() else {}
    wanted = dict(cases(dataset, seeds))
    missing = {name: config for name, config in wanted.items() if name not in records}
    os.environ["OMP_NUM_THREADS"] = "1"  # of the workers
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        for name, record in zip(missing, pool.map(measured, missing.values()), strict=True):
            records[name] = record
            write_json(kept, records)
            print(f"{name}: {record['once']:.4f} {record['mirrored']:.4f}", file=sys.stderr)
    found = []
    for read, steep in itertools.product(READ_OUTS, SOFTMAXES):
        runs = [records[f"{read}: {steep}: {seed}"] for seed in range(seeds)]
        row: dict[str, Any] = {"read_out": read, "steepness": steep}
        for name in ("once", "mirrored"):
            values = spread([run[name] for run in runs])
            row |= {name: values.mean, f"{name}_deviation": values.deviation}
        found.append(row)
    return {
        "benchmark": "read-outs",
        "dataset": dataset,
        "images": IMAGES,
        "seeds": seeds,
        "settings": {"usual": USUAL, "read_outs": READ_OUTS, "softmaxes": SOFTMAXES},
        "found": found,
        "runs": {name: {key: records[name][key] for key in ("once", "mirrored", "loss")} for name in wanted},
        **surroundings(),
    }


def table(result: dict[str, Any]) -> str:
    """Return the result as text."""
    lines = [f"{'held-out accuracy, %':22}{'softmax':>14}{'once':>8}{'±':>6}{'mirrored':>10}{'±':>6}"]
    for each in result["found"]:
        numbers = "".join(
            f"{100 * each[name]:{width}.2f}{100 * (each[f'{name}_deviation'] or 0):6.2f}"
            for name, width in (("once", 8), ("mirrored", 10))
        )
        lines.append(f"{each['read_out']:22}{each['steepness']:>14}{numbers}")
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run from the command line; return the exit code."""
    parser = benchmark_parser("benchmarks.read_outs", __doc__, _EXAMPLES)
    parser.add_argument("--folder", type=Path, required=True, help="where runs are kept")
    parser.add_argument("--dataset", default="fashion-mnist", help="name (default: fashion-mnist)")
    parser.add_argument("--seeds", type=positive, default=3, help="networks of a case (default: 3)")
    parser.add_argument("--workers", type=positive, default=2, help="networks at once (default: 2)")
    given = parser.parse_args(arguments)
    return finish(
        lambda: measure(given.dataset, given.folder, given.seeds, given.workers),
        table,
        as_json=given.json,
        out=given.out,
    )


if __name__ == "__main__":
    sys.exit(main())
