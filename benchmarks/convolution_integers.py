"""What integers cost runs of spiking convolutions: accuracy as trained and as exported.

    python -m benchmarks.convolution_integers RUN … [--images N] [--bits N] [--json] [--out FILE]

Each run is taken to integers as ``neuroff export --to loihi`` does it, with neurons that subtract
(``--chip-reset subtract``) and such as reset to zero (``rest``), and once more with neurons that subtract but
are never set to rest while they wait for their first spikes: what standardised channels cost before that.
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
from neuroff.chip.deploy import Deployment, chip_accuracy
from neuroff.chip.network import ChipNetwork
from neuroff.exchange.plain import with_plain_pixels
from neuroff.exchange.port import chip_port
from neuroff.provenance import commit, versions
from neuroff.runs.directory import RunDirectory
from neuroff.runs.reading import load_run


def never_rested(deployment: Deployment) -> Deployment:
    """Return a deployment whose neurons are never set to rest."""
    layers = (replace(layer, neurons=replace(layer.neurons, rest_at=0)) for layer in deployment.chip.layers)
    return replace(deployment, chip=ChipNetwork(tuple(layers)))


def measured(run: Path, images: int | None, bits: int) -> dict[str, Any]:
    """Return accuracies of one run on its test images."""
    trained = load_run(RunDirectory(run))
    config, rule = trained.config, trained.config.network.prediction
    split = neuroff.prepare(neuroff.load(config.data.dataset), config)
    network, split, _ = with_plain_pixels(trained.network, split)
    test = split.test if images is None else split.test.head(images)
    ports = {
        reset: chip_port(network, split, "loihi", bits=bits, rule=rule, reset=reset).deployment
        for reset in ("subtract", "rest")
    }
    found = {
        "as trained": neuroff.accuracy(network, test, rule),
        **{reset: chip_accuracy(each, test, rule) for reset, each in ports.items()},
        "subtract, never set to rest": chip_accuracy(never_rested(ports["subtract"]), test, rule),
    }
    return {
        "dataset": config.data.dataset,
        "layers": config.network.layers,
        "seed": config.seed,
        "bits": bits,
        "images": len(test),
        "accuracy": found,
        "rest_at": [layer.neurons.rest_at for layer in ports["subtract"].chip.layers],
        "biases_in_thresholds": [
            float(layer.neurons.bias.abs().max() / layer.neurons.threshold)
            for layer in ports["subtract"].chip.layers
        ],
        "trained_at": trained.result.commit,
    }


def _table(result: dict[str, Any]) -> str:
    lines = []
    for row in result["runs"]:
        shares = ", ".join(f"{name} {100 * share:.2f} %" for name, share in row["accuracy"].items())
        lines.append(f"{row['dataset']} seed {row['seed']}, {row['images']} images: {shares}")
    return "\n".join(lines)


def main(arguments: list[str] | None = None) -> int:
    """Measure, print and write."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.convolution_integers",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("runs", nargs="+", type=Path, metavar="RUN")
    parser.add_argument("--images", type=positive, help="test images of each run; all without it")
    parser.add_argument("--bits", type=positive, default=8)
    parser.add_argument("--json", action="store_true", help="print one JSON object instead of a table")
    parser.add_argument("--out", type=Path, metavar="FILE", help="also write the JSON object to a file")
    options = parser.parse_args(arguments)
    torch.set_num_threads(1)

    def measure() -> dict[str, Any]:
        return {
            "what": "accuracy of spiking convolutions as trained and in integers",
            "command": "python -m benchmarks.convolution_integers RUN …",
            "versions": versions(),
            "commit": commit(),
            "runs": [measured(run, options.images, options.bits) for run in options.runs],
        }

    return finish(measure, _table, as_json=options.json, out=options.out)


if __name__ == "__main__":
    sys.exit(main())
