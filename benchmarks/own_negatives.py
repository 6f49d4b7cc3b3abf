"""What it costs in accuracy that every layer draws its own hard wrong labels.

    python -m benchmarks.own_negatives --out FOLDER [--json FILE] [--seeds 3]

trains the `best` preset, spiking FF, by both draws of `label.drawn_by`, on digits and 6,000 MNIST images, and
prints held-out and test accuracies. Finished runs in the folder are not run again.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import neuroff
from neuroff.experiments.statistics import spread
from neuroff.provenance import commit, versions
from neuroff.runs.folder import RunDirectory, load_run

CASES = {
    "digits": ("widths=100,100", "epochs=20", "train_count=1000", "batch_size=50"),
    "mnist": ("widths=200,200", "epochs=10", "train_count=6000"),
}
COMMON = ("schedule=interleaved", "negatives=hard", "evaluate_every=0")
DRAWS = ("stage", "layer")


def accuracies(dataset: str, drawn_by: str, seed: int, out: Path) -> dict[str, Any]:
    """Train one run, or read it if it is there."""
    folder = RunDirectory(out / f"{dataset}-{drawn_by}-{seed}")
    config = neuroff.preset("best", path="spiking", variant="ff", dataset=dataset)
    config = neuroff.apply_settings(
        config, [*COMMON, *CASES[dataset], f"label.drawn_by={drawn_by}", f"seed={seed}"]
    )
    if not folder.result_file.exists():
        neuroff.train_run(folder, config, neuroff.load(dataset))
    result = load_run(folder).result
    return {
        "dataset": dataset,
        "drawn_by": drawn_by,
        "seed": seed,
        "held_out": result.accuracy.held_out,
        "test": result.accuracy.test,
    }


def main() -> None:
    """Train all runs, print means and deviations, and write them if a file is named."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--out", type=Path, required=True, metavar="FOLDER", help="of the runs")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the accuracies")
    parser.add_argument("--seeds", type=int, default=3)
    chosen = parser.parse_args()
    runs = [
        accuracies(dataset, drawn_by, seed, chosen.out)
        for dataset in CASES
        for drawn_by in DRAWS
        for seed in range(chosen.seeds)
    ]
    for dataset in CASES:
        for drawn_by in DRAWS:
            for part in ("held_out", "test"):
                found = spread(
                    [
                        100 * r[part]
                        for r in runs
                        if r["dataset"] == dataset and r["drawn_by"] == drawn_by and r[part]
                    ]
                )
                print(f"{dataset} {drawn_by} {part}: {found.mean:.2f} ± {found.deviation or 0:.2f}")
    if chosen.json is not None:
        kept = {
            "settings": {name: [*COMMON, *settings] for name, settings in CASES.items()},
            "runs": runs,
            "versions": versions(),
            "commit": commit(),
        }
        chosen.json.write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
