"""A training step of a convolutional network, dense and spiking, beside PyTorch and snnTorch with autograd.

The networks are those of `--preset conv` without standardised channels, so that all sides compute the same
gradients, which is checked. Seconds are medians of steps in turn; ratios are medians of pairs. neuroff takes
the engine that a run of the preset takes. Memory is the largest resident memory of a process of its own over
two steps, beyond what it held before, of stacks of two and of six layers of 32 channels.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from functools import partial
from statistics import median
from typing import Any, get_args

import torch

from benchmarks.convolution_sides import ENGINES, LAYERS, make_problem
from benchmarks.images import mnist_or_random
from benchmarks.measure import (
    forget_peak,
    json_from_own_process,
    peak_resident_bytes,
    ratio,
    resident_bytes,
    surroundings,
    two_clocks,
)
from benchmarks.output import benchmark_parser, finish, positive
from benchmarks.spiking import largest_error, threads
from neuroff.config.schema import Path
from neuroff.data import DataSet

_EXAMPLES = """examples:
  python -m benchmarks.convolution
  python -m benchmarks.convolution --images 50 --repeats 7 --json --out convolution-speed.json
"""
_DEEP = ", ".join(["conv 32x3"] * 6)
_SHALLOW = ", ".join(["conv 32x3"] * 2)
_CHECKED = 8  # images whose gradients are compared


def errors(dataset: DataSet, path: Path, precision: str) -> dict[str, float]:
    """Return how far every rival's gradients are from neuroff's, relative to their largest."""
    images = min(_CHECKED, len(dataset.train_labels))
    problem = make_problem(dataset, images, path, precision=precision)
    sides = {name: make(problem).gradients() for name, make in ENGINES[path].items()}
    ours = sides.pop("neuroff")
    return {name: largest_error(ours, theirs) for name, theirs in sides.items()}


def case(dataset: DataSet, path: Path, images: int, repeats: int, count: int) -> dict[str, Any]:
    """Measure one path with so many threads."""
    problem = make_problem(dataset, images, path)
    with threads(count):
        works = {name: make(problem).step for name, make in ENGINES[path].items()}
        wall, processor = two_clocks(works, repeats)
    return {
        "path": path,
        "layers": LAYERS[path],
        "steps": problem.config.neuron.steps if path == "spiking" else None,
        "engine": problem.network.engine.name,
        "threads": count,
        "seconds": {name: median(times) for name, times in wall.items()},
        "processor_seconds": {name: median(times) for name, times in processor.items()},
        "speedup": {name: ratio(times, wall["neuroff"]) for name, times in wall.items()},
        "speedup_processor": {name: ratio(times, processor["neuroff"]) for name, times in processor.items()},
        "relative_gradient_error": errors(dataset, path, "float32"),
        "relative_gradient_error_float64": errors(dataset, path, "float64"),
    }


def peak(path: Path, name: str, layers: str, images: int, *, random_images: bool) -> int:
    """Return by how much two steps raise the memory of this process, in bytes."""
    torch.set_num_threads(1)
    problem = make_problem(mnist_or_random(images, 1, random=random_images), images, path, layers=layers)
    side = ENGINES[path][name](problem)
    forget_peak()
    before = resident_bytes()
    for _ in range(2):
        side.step()
    return max(0, peak_resident_bytes() - before)


def measure(images: int, repeats: int, *, random_images: bool = False) -> dict[str, Any]:
    """Measure everything.

    Args:
        images: of a batch.
        repeats: steps that count, of each side.
        random_images: whether to take random images even where MNIST is found.
    """
    dataset = mnist_or_random(images, 1, random=random_images)
    flags = ["--random-images"] if random_images else []
    memory = {
        path: {
            name: {
                depth: json_from_own_process(
                    "benchmarks.convolution", "--images", str(images), "--peak", path, name, layers, *flags
                )
                for depth, layers in (("two layers", _SHALLOW), ("six layers", _DEEP))
            }
            for name in ENGINES[path]
        }
        for path in get_args(Path)
    }
    return {
        "benchmark": "convolution",
        "cases": [case(dataset, path, images, repeats, 1) for path in get_args(Path)],
        "peak_bytes": memory,
        "repeats": repeats,
        "data": {"source": dataset.name, "images": images},
        **surroundings(),
    }


def table(result: dict[str, Any]) -> str:
    """Return the result as text."""
    lines = [f"a training step, {result['data']['images']} images, medians of {result['repeats']}"]
    for each in result["cases"]:
        lines.append(f"{each['path']}: {each['layers']}")
        for name, seconds in each["seconds"].items():
            factor, error = each["speedup"][name], each["relative_gradient_error"].get(name, 0.0)
            lines.append(
                f"  {name:18}{seconds * 1e3:9.1f} ms {factor:6.2f}   gradients differ by {error:.1e}"
            )
        for name, depths in result["peak_bytes"][each["path"]].items():
            told = ", ".join(f"{depth} {size / 2**20:.0f} MiB" for depth, size in depths.items())
            lines.append(f"  {name:18}{told}")
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the benchmark; returns an exit code."""
    parser = benchmark_parser("benchmarks.convolution", __doc__, _EXAMPLES)
    parser.add_argument("--images", type=positive, default=100, help="images of a batch (100)")
    parser.add_argument("--repeats", type=positive, default=9, help="steps that count (9)")
    parser.add_argument("--peak", nargs=3, help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.peak:
        path, name, layers = options.peak
        print(json.dumps(peak(path, name, layers, options.images, random_images=options.random_images)))
        return 0
    work = partial(measure, options.images, options.repeats, random_images=options.random_images)
    return finish(work, table, as_json=options.json, out=options.out)


if __name__ == "__main__":
    sys.exit(main())
