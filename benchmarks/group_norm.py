"""Whether it helps that channels are normalised between convolutional layers, and by whose statistics.

Networks of `--preset conv` on digits whose layers receive channels as they come, standardised over training
images, or in groups of each sample's own. Each at several learning rates; the rate is chosen on held-out
images, by the mean over seeds, and test accuracy told at that rate alone. Results are kept case by case; a
search that was cut off goes on where it was.
"""

from __future__ import annotations

import itertools
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, get_args

import neuroff
from benchmarks.measure import surroundings
from benchmarks.output import benchmark_parser, finish, positive
from neuroff.config import Config
from neuroff.config import Path as NetworkPath
from neuroff.config.overrides import apply_settings
from neuroff.data import DataSet, load
from neuroff.experiments.statistics import spread
from neuroff.files import read_json, write_json

_EXAMPLES = """examples:
  python -m benchmarks.group_norm --folder kept --out docs/results/group-norm.json      a quarter of an hour
"""
KINDS: dict[str, tuple[str, ...]] = {
    "as they come": ("standardise=false",),
    "standardised": ("standardise=true",),
    "one group": ("standardise=false", "group_norm=1"),
    "four groups": ("standardise=false", "group_norm=4"),
}
RATES = (0.01, 0.003, 0.001)
USUAL = ("train_count=none", "held_out_share=0.2", "evaluate_every=0")


def cases(dataset: str, seeds: int) -> Iterator[tuple[str, Config]]:
    """Yield the name and the configuration of every case."""
    paths = get_args(NetworkPath)
    for seed, path, (kind, own), rate in itertools.product(range(seeds), paths, KINDS.items(), RATES):
        start = neuroff.preset("conv", path=path, dataset=dataset, seed=seed)
        config = apply_settings(start, [*USUAL, *own, f"learning_rate={rate}"])
        yield f"{path}: {kind}: {rate}: {seed}", config


def measured(config: Config, dataset: DataSet) -> dict[str, Any]:
    """Train one network and return its record."""
    split, rule = neuroff.prepare(dataset, config), config.network.prediction
    network, plan = neuroff.build(config, split)
    trained = neuroff.train(network, split, plan)
    held_out, test = (neuroff.accuracy(trained.network, part, rule) for part in (split.held_out, split.test))
    return {"held_out": held_out, "test": test, "config": config.model_dump(mode="json")}


def chosen(records: dict[str, dict[str, Any]]) -> list[dict[str, Any]]:
    """Return, for every path and kind, the rate that is best on held-out images and what it gives."""
    by_case: dict[tuple[str, str], dict[str, list[dict[str, Any]]]] = {}
    for name, record in records.items():
        path, kind, rate, _ = name.split(": ")
        by_case.setdefault((path, kind), {}).setdefault(rate, []).append(record)
    found = []
    for (path, kind), rates in by_case.items():
        held_out = {rate: spread([each["held_out"] for each in runs]).mean for rate, runs in rates.items()}
        best = max(held_out, key=lambda rate: held_out[rate])
        test = spread([each["test"] for each in rates[best]])
        found.append(
            {
                "path": path,
                "kind": kind,
                "learning_rate": float(best),
                "held_out": held_out,
                "test": test.mean,
                "test_deviation": test.deviation,
                "seeds": len(rates[best]),
            }
        )
    return found


def measure(dataset: str, folder: Path, seeds: int) -> dict[str, Any]:
    """Measure all cases that are not kept yet."""
    images, kept = load(dataset), folder / f"group-norm-{dataset}.json"
    records: dict[str, Any] = read_json(kept) if kept.exists() else {}
    for name, config in cases(dataset, seeds):
        if name not in records:
            records[name] = measured(config, images)
            write_json(kept, records)
            print(f"{name}: {records[name]['held_out']:.4f}", file=sys.stderr)
    settings = {"usual": USUAL, "kinds": KINDS, "learning_rates": RATES}
    accuracies = {
        name: {part: record[part] for part in ("held_out", "test")} for name, record in records.items()
    }
    return {
        "benchmark": "group norm",
        "dataset": dataset,
        "settings": settings,
        "chosen": chosen(records),
        "runs": accuracies,
        **surroundings(),
    }


def table(result: dict[str, Any]) -> str:
    """Return the result as text."""
    lines = [f"{'test accuracy, %':28}{'rate':>8}{'held out':>10}{'test':>8}{'±':>7}  seeds"]
    for each in result["chosen"]:
        held_out = max(each["held_out"].values())
        lines.append(
            f"{each['path'] + ', ' + each['kind']:28}{each['learning_rate']:8g}{100 * held_out:10.2f}"
            f"{100 * each['test']:8.2f}{100 * (each['test_deviation'] or 0):7.2f}  {each['seeds']}"
        )
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run from the command line; return the exit code."""
    parser = benchmark_parser("benchmarks.group_norm", __doc__, _EXAMPLES)
    parser.add_argument("--folder", type=Path, required=True, help="where runs are kept")
    parser.add_argument("--dataset", default="digits", help="name of a data set (default: digits)")
    parser.add_argument("--seeds", type=positive, default=5, help="networks of a case (default: 5)")
    given = parser.parse_args(arguments)
    return finish(
        lambda: measure(given.dataset, given.folder, given.seeds), table, as_json=given.json, out=given.out
    )


if __name__ == "__main__":
    sys.exit(main())
