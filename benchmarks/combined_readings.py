"""Readings of the NetworkFF paper that combine its open points, under its own words about the label.

    python -m benchmarks.combined_readings --out FOLDER [--precision float32] [--json FILE]

The grid of `neuroff reproduce --readings` moves one open point at a time. Here the label's pixel is one, as
the paper says, and partners, schedule, threshold, γ and its optimiser are moved together: 5,000 MNIST images,
1000 epochs a layer, one seed, judged on the last 10,000 training images by all three rules of prediction.
Finished runs in the folder are not run again.
"""

from __future__ import annotations

import argparse
from itertools import product
from pathlib import Path

import neuroff
from neuroff.experiments.readings import Reading, run_readings
from neuroff.results.readings import ReadingRun

SETTINGS = (
    "label.amplitude=one",
    "data.train_count=5000",
    "training.evaluate_every=500",
)
ALL = "collaboration.partners=all"
SCHEDULES = {
    "trained partners": (),
    "untrained partners heard": (ALL,),
    "interleaved": (ALL, "training.schedule=interleaved"),
}


TRIED = (
    "trained partners, centred, descent",
    "untrained partners heard, centred, adam",
    "interleaved, centred, descent",
    "interleaved, centred, adam",
)
"""A-CFF: the first is a row of `readings-mnist.json`, the others were tried elsewhere."""


def combined() -> tuple[Reading, ...]:
    """Return the grid: A-CFF by schedule, threshold and optimiser of γ; F-CFF by schedule and threshold."""
    learned = (
        Reading(
            "combined",
            f"{schedule}, {threshold}, {optimiser}",
            "acff",
            (
                *settings,
                f"collaboration.threshold={threshold}",
                f"collaboration.gamma_optimiser={optimiser}",
                "collaboration.gamma=0.1",
            ),
        )
        for (schedule, settings), threshold, optimiser in product(
            SCHEDULES.items(), ("centred", "literal"), ("descent", "adam")
        )
    )
    fixed = (
        Reading(
            "combined",
            f"{schedule}, {threshold}, {gamma}",
            "fcff",
            (*settings, f"collaboration.threshold={threshold}", f"collaboration.gamma={gamma}"),
        )
        for schedule, settings in SCHEDULES.items()
        for threshold, gamma in (("centred", "1"), ("literal", "0.5"))
    )
    return (*(reading for reading in learned if reading.choice not in TRIED), *fixed)


def _best(row: ReadingRun) -> str:
    return ", ".join(f"{rule} {100 * share:.2f}" for rule, share in row.held_out.items())


def main() -> None:
    """Run the grid, print the held-out accuracies, and keep them if a file is named."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--out", type=Path, required=True, metavar="FOLDER", help="of the runs")
    parser.add_argument(
        "--precision", choices=("bfloat16", "float32"), default="bfloat16", help="of products"
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the rows")
    chosen = parser.parse_args()
    settings = (*SETTINGS, f"training.precision={chosen.precision}")
    found = run_readings(
        neuroff.load("mnist"), chosen.out, name="mnist", settings=settings, readings=combined()
    )
    for row in found.readings:
        print(f"{row.variant} {row.choice}: {_best(row)}, gamma {row.gamma}")
    if chosen.json is not None:
        found.write(chosen.json)


if __name__ == "__main__":
    main()
