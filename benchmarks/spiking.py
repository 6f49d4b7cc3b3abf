"""A spiking Forward-Forward training step: neuroff's closed form against snnTorch and Norse with autograd.

A 784-500-500 network of leaky integrate-and-fire neurons sees 500 images with their true and 500 with wrong
labels for T = 10 time steps, as constant currents; both layers learn from one forward pass, each by its own
loss, and Adam moves the weights. All engines start from the same weights and compute the same gradients.

Two forms of each rival are measured: as its tutorials write it, with the linear layer inside the loop over
time ("speedup"), and with all matrix products taken out of the loop, the constant input's done only once
("speedup_hoisted").

MNIST is used if its files are found (NEUROFF_DATA), random images of the same statistics otherwise.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from statistics import median
from typing import Any

from torch import Tensor

from benchmarks.images import mnist_or_random
from benchmarks.measure import in_turn, json_from_own_process, ratio, surroundings
from benchmarks.output import benchmark_parser, finish, positive
from benchmarks.spiking_problem import Problem, make_problem
from benchmarks.spiking_sides import ENGINES

_RIVALS = ("snntorch", "norse")
_EXAMPLES = """examples:
  python -m benchmarks.spiking                            all of it: about a minute
  python -m benchmarks.spiking --samples 50 --repeats 3   a smaller try
  python -m benchmarks.spiking --json --out spiking.json  for a program to read

needs: pip install 'neuroff[interop]'
"""


def largest_error(ours: Sequence[Tensor], theirs: Sequence[Tensor]) -> float:
    """Return the largest relative difference over tensors, ‖ours − theirs‖ / ‖theirs‖."""
    return max(float((a - b).norm() / b.norm()) for a, b in zip(ours, theirs, strict=True))


def gradient_errors(problem: Problem) -> dict[str, float]:
    """Return, by rival, how far neuroff's gradients are from its."""
    gradients = {name: make(problem).gradients() for name, make in ENGINES.items()}
    return {
        name: largest_error(gradients["neuroff"], theirs)
        for name, theirs in gradients.items()
        if name != "neuroff"
    }


def measure(samples: int, repeats: int, *, random_images: bool = False) -> dict[str, Any]:
    """Measure everything.

    Args:
        samples: number of images; each is shown with its true and with a wrong label.
        repeats: steps that count, of each engine.
        random_images: whether to take random images even where MNIST is found.
    """
    dataset = mnist_or_random(samples, 1, random=random_images)
    errors = {
        precision: gradient_errors(make_problem(dataset, samples, precision))
        for precision in ("float32", "float64")
    }
    problem = make_problem(dataset, samples)
    engines = {name: make(problem) for name, make in ENGINES.items()}
    seconds = in_turn({name: engine.step for name, engine in engines.items()}, repeats)
    options = ["--samples", str(samples), *(["--random-images"] if random_images else [])]
    peaks = {
        name: json_from_own_process("benchmarks.memory", f"spiking-{name}", *options)["peak_bytes"]
        for name in ENGINES
    }
    return {
        "benchmark": "spiking",
        "speedup": {name: ratio(seconds[name], seconds["neuroff"]) for name in _RIVALS},
        "speedup_hoisted": {name: ratio(seconds[f"{name}-hoisted"], seconds["neuroff"]) for name in _RIVALS},
        "max_relative_gradient_error": max(errors["float32"].values()),
        "max_relative_gradient_error_float64": max(errors["float64"].values()),
        "relative_gradient_error": errors,
        "peak_bytes": peaks,
        "peak_bytes_method": "largest resident memory of a process of its own over three steps, beyond "
        "what it held before the first",
        "seconds": {name: median(times) for name, times in seconds.items()},
        "repeats": repeats,
        "neuron": vars(problem.lif) | {"widths": list(problem.config.network.widths)},
        "data": {"source": problem.source, "images": samples},
        **surroundings(),
    }


def table(result: dict[str, Any]) -> str:
    """Return the result as text."""
    lines = [f"{'':28}{'step':>12}{'neuroff is faster':>20}{'memory':>12}{'gradient differs':>19}"]
    for name, seconds in result["seconds"].items():
        library, _, form = name.partition("-")
        speedups = result["speedup_hoisted" if form else "speedup"]
        faster = f"{speedups[library]:.2f}x" if library in speedups else ""
        error = result["relative_gradient_error"]["float32"].get(name)
        differs = "" if error is None else f"{error:.1e}"
        label = f"{library}, products hoisted" if form else library
        memory = f"{result['peak_bytes'][name] / 1e6:.0f} MB"
        lines.append(f"{label:28}{seconds * 1e3:>9.1f} ms{faster:>20}{memory:>12}{differs:>19}")
    data, neuron = result["data"], result["neuron"]
    return "\n".join(
        [
            *lines,
            "",
            f"{data['images']} images ({data['source']}), each under two labels; T = {neuron['steps']}, "
            f"reset to {neuron['reset']}; float32; Adam included.",
            "Plain: linear layer inside the loop over time, as the libraries' tutorials write it. Hoisted: "
            "all products outside of it.",
            f"In float64 gradients differ by {result['max_relative_gradient_error_float64']:.1e} at most. "
            f"Memory: {result['peak_bytes_method']}.",
        ]
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Run from the command line; return the exit code."""
    parser = benchmark_parser("benchmarks.spiking", __doc__, _EXAMPLES)
    parser.add_argument(
        "--samples", type=positive, default=500, help="images, each under two labels (default: 500)"
    )
    parser.add_argument(
        "--repeats", type=positive, default=15, help="steps that count per engine (default: 15)"
    )
    given = parser.parse_args(arguments)
    return finish(
        lambda: measure(given.samples, given.repeats, random_images=given.random_images),
        table,
        as_json=given.json,
        out=given.out,
    )


if __name__ == "__main__":
    sys.exit(main())
