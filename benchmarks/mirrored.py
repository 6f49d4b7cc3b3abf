"""What a second, mirrored presentation gives runs, and what it costs: test accuracy and counted work.

    python -m benchmarks.mirrored RUN … [--images N] [--json] [--out FILE]

Each run is asked once an image, as it was trained, and then by an image and its mirror image
(``asking.mirrored``), with the same weights. Accuracy is that of all test images, and of held-out ones where
the run has some; work that of the first N.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch

import neuroff
from benchmarks.output import finish, positive
from neuroff.core.asking import GroupAsking, MirroredAsking, RandomAsking
from neuroff.core.inputs import Inputs
from neuroff.core.network import Network
from neuroff.counting.forward import count_activity
from neuroff.errors import ConfigError
from neuroff.provenance import commit, versions
from neuroff.runs.directory import RunDirectory
from neuroff.runs.reading import load_run


def twice(network: Network, inputs: Inputs) -> Network:
    """Return a network that is asked once an image as one that is asked by its mirror image too.

    Raises:
        ConfigError: if it is asked in another way, or the images have no planes.
    """
    asking = network.asking
    if not isinstance(asking, GroupAsking | RandomAsking) or inputs.planes is None:
        raise ConfigError(
            f"a network with {asking}",
            where="benchmarks.mirrored",
            expected="asking.form=groups or random, asked once, and images of known planes",
        )
    return replace(network, asking=MirroredAsking(asking, inputs.planes))


def measured(run: Path, images: int) -> dict[str, Any]:
    """Return accuracies and work of one run, asked once and twice."""
    trained = load_run(RunDirectory(run))
    config, rule = trained.config, trained.config.network.prediction
    split = neuroff.prepare(neuroff.load(config.data.dataset), config)
    found = {}
    for name, network in (
        ("once", trained.network),
        ("mirrored", twice(trained.network, split.test)),
    ):
        test, held_out = (part.asked(network.asking) for part in (split.test, split.held_out))
        activity = count_activity(network, test.head(images))
        found[name] = {
            "presentations": network.asking.presentations,
            "test": neuroff.accuracy(network, test, rule),
            "held_out": neuroff.accuracy(network, held_out, rule) if len(held_out) else None,
            "counts": activity.counts.to_dict(),
            "firing_rate": list(activity.firing_rate),
        }
    return {
        "dataset": config.data.dataset,
        "config": config.model_dump(mode="json"),
        "images": len(split.test),
        "counted_images": images,
        "asked": found,
        "trained_at": trained.result.commit,
    }


def _table(result: dict[str, Any]) -> str:
    lines = []
    for row in result["runs"]:
        layers = row["config"]["network"]["layers"]
        for name, each in row["asked"].items():
            held_out = "" if each["held_out"] is None else f", held out {100 * each['held_out']:.2f} %"
            lines.append(f"{row['dataset']} {layers}: {name} {100 * each['test']:.2f} %{held_out}")
    return "\n".join(lines)


def main(arguments: list[str] | None = None) -> int:
    """Measure, print and write."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.mirrored",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("runs", nargs="+", type=Path, metavar="RUN")
    parser.add_argument("--images", type=positive, default=500, help="test images to count (default: 500)")
    parser.add_argument("--json", action="store_true", help="print one JSON object instead of a table")
    parser.add_argument("--out", type=Path, metavar="FILE", help="also write the JSON object to a file")
    options = parser.parse_args(arguments)
    torch.set_num_threads(2)

    def measure() -> dict[str, Any]:
        return {
            "what": "accuracy and work of runs asked by an image alone, and by its mirror image too",
            "command": "python -m benchmarks.mirrored RUN …",
            "versions": versions(),
            "commit": commit(),
            "runs": [measured(run, options.images) for run in options.runs],
        }

    return finish(measure, _table, as_json=options.json, out=options.out)


if __name__ == "__main__":
    sys.exit(main())
