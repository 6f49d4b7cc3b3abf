"""Collaboration under class groups: couplings, strengths and settings side by side, on held-out images alone.

Every case is a spiking network of `--preset groups` that learns from few images; accuracy is that on the last
10,000 training images, by the sum over layers of G and of C and by every layer alone. Test images are not
looked at. Results are kept case by case; a search that was cut off goes on where it was.
"""

from __future__ import annotations

import itertools
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch

import neuroff
from benchmarks.measure import surroundings
from benchmarks.output import benchmark_parser, finish, positive
from neuroff.config import Config
from neuroff.config.overrides import apply_settings
from neuroff.core.inputs import Inputs
from neuroff.core.network import Network, propagate
from neuroff.core.scores import combined
from neuroff.data import DataSet, load
from neuroff.files import read_json, write_json
from neuroff.training.evaluate import chunk_rows

_EXAMPLES = """examples:
  python -m benchmarks.collaboration --folder kept                    all settings, Fashion-MNIST; an hour
  python -m benchmarks.collaboration --folder kept --only steps-1 --seeds 3
"""
_HELD_OUT = 10_000
SETTINGS: dict[str, tuple[str, ...]] = {
    "500-500": (),
    "100-100-100-100": ("widths=100,100,100,100",),
    "steps-1": ("neuron.steps=1",),
    "few-images": ("train_count=1000", "epochs=60", "batch_size=25"),
}
"""What differs from 5,000 images, 30 epochs, batches of 50."""
KINDS: dict[str, tuple[str, ...]] = {
    "ff": (),
    "fcff, 0.25": ("variant=fcff", "collaboration.gamma=0.25"),
    "fcff, 1": ("variant=fcff", "collaboration.gamma=1"),
    "fcff, 1, normalised": ("variant=fcff", "collaboration.gamma=1", "coupling=normalised"),
    "acff": ("variant=acff", "collaboration.gamma=0.1"),
    "acff, those before": ("variant=acff", "collaboration.gamma=0.1", "partners=trained"),
    "acff, at most 0.25": ("variant=acff", "collaboration.gamma=0.1", "gamma_most=0.25"),
    "acff, normalised": ("variant=acff", "collaboration.gamma=0.1", "coupling=normalised"),
}


def cases(dataset: str, only: str | None, seeds: int) -> Iterator[tuple[str, Config]]:
    """Yield the name and the configuration of every case."""
    chosen = [name for name in SETTINGS if only in (None, name)]
    for setting, (kind, own), seed in itertools.product(chosen, KINDS.items(), range(seeds)):
        start = neuroff.preset("groups", path="spiking", dataset=dataset, seed=seed)
        usual = ("train_count=5000", "epochs=30", "batch_size=50", "evaluate_every=0")
        yield f"{setting}: {kind}: {seed}", apply_settings(start, [*usual, *SETTINGS[setting], *own])


@torch.no_grad()
def accuracies(network: Network, inputs: Inputs) -> dict[str, Any]:
    """Return the share of images that are right by G, by C, and by every layer's G alone."""
    right = torch.zeros(2 + len(network.layers))
    for rows in chunk_rows(network, inputs):
        stimulus = inputs.stimulus(rows, "predict", rows.start)
        shown = list(propagate(network, stimulus, network.asking.everything(stimulus.samples)))
        goodness, messages = ([getattr(each, name) for each in shown] for name in ("goodness", "message"))
        scores = [combined(network, goodness, rule, messages) for rule in ("goodness", "collaborative")]
        right += torch.stack([(each.argmax(0) == inputs.labels[rows]).sum() for each in (*scores, *goodness)])
    by_g, by_c, *alone = (right / len(inputs)).tolist()
    return {"goodness": by_g, "collaborative": by_c, "alone": alone}


def measured(config: Config, dataset: DataSet) -> dict[str, Any]:
    """Train one network and return its record."""
    split = neuroff.prepare(dataset, config)
    network, plan = neuroff.build(config, split)
    nothing = split.held_out.head(0)  # the loop measures held-out images after the last epoch: once is enough
    started = time.perf_counter()
    trained = neuroff.train(network, replace(split, held_out=nothing), plan).network
    seconds = time.perf_counter() - started
    return {
        "held_out": accuracies(trained, split.held_out.tail(_HELD_OUT)),
        "gamma": [float(layer.gamma) for layer in trained.layers],
        "seconds": seconds,
        "config": config.model_dump(mode="json"),
    }


def measure(dataset: str, folder: Path, only: str | None, seeds: int) -> dict[str, Any]:
    """Measure all cases that are not kept yet."""
    images, kept = load(dataset), folder / f"{dataset}.json"
    records: dict[str, Any] = read_json(kept) if kept.exists() else {}
    for name, config in cases(dataset, only, seeds):
        if name not in records:
            records[name] = measured(config, images)
            write_json(kept, records)
            print(f"{name}: {records[name]['held_out']['goodness']:.4f}", file=sys.stderr)
    return {"benchmark": "collaboration", "dataset": dataset, "records": records, **surroundings()}


def table(result: dict[str, Any]) -> str:
    """Return the result as text: mean over seeds."""
    groups: dict[str, list[dict[str, Any]]] = {}
    for name, record in result["records"].items():
        groups.setdefault(name.rpartition(":")[0], []).append(record)
    lines = [f"{'held out, %':45}{'by G':>7}{'by C':>7}  seeds, γ of the first"]
    for name, found in groups.items():
        means = [
            sum(each["held_out"][rule] for each in found) / len(found)
            for rule in ("goodness", "collaborative")
        ]
        strengths = ", ".join(f"{gamma:.2f}" for gamma in found[0]["gamma"])
        lines.append(f"{name:45}{100 * means[0]:7.2f}{100 * means[1]:7.2f}  {len(found)}, {strengths}")
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run from the command line; return the exit code."""
    parser = benchmark_parser("benchmarks.collaboration", __doc__, _EXAMPLES)
    parser.add_argument("--folder", type=Path, required=True, help="where results are kept")
    parser.add_argument("--only", choices=tuple(SETTINGS), help="one setting")
    parser.add_argument(
        "--dataset", default="fashion-mnist", help="name of a data set (default: fashion-mnist)"
    )
    parser.add_argument("--seeds", type=positive, default=2, help="networks of a case (default: 2)")
    given = parser.parse_args(arguments)
    return finish(
        lambda: measure(given.dataset, given.folder, given.only, given.seeds),
        table,
        as_json=given.json,
        out=given.out,
    )


if __name__ == "__main__":
    sys.exit(main())
