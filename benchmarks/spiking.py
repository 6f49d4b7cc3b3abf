"""A spiking Forward-Forward training step: neuroff's closed form against other libraries with autograd.

neuroff computes by loops over spikes ("neuroff") and by PyTorch ("neuroff-torch"); the others are snnTorch,
Norse and, if it is installed, SpikingJelly (PyTorch back end).

A 784-500-500 network of leaky integrate-and-fire neurons sees 500 images with their true and 500 with wrong
labels for T = 10 time steps, as constant currents; both layers learn from one forward pass, each by its own
loss, and Adam moves the weights. All engines start from the same weights and compute the same gradients.

Two forms of each rival are measured: as its tutorials write it, with the linear layer inside the loop over
time, and with all matrix products taken out of the loop, the constant input's done only once ("hoisted").
Wall time and processor time are taken; other work on the machine disturbs the first more.

MNIST is used if its files are found (NEUROFF_DATA), random images of the same statistics otherwise.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from statistics import median
from typing import Any

import torch
from torch import Tensor

from benchmarks.images import mnist_or_random
from benchmarks.measure import json_from_own_process, ratio, surroundings, two_clocks
from benchmarks.output import benchmark_parser, finish, positive
from benchmarks.spiking_problem import Problem, make_problem
from benchmarks.spiking_sides import ENGINES, Neuroff
from neuroff.data import DataSet

THRESHOLDS = (1.0, 2.0)
"""Of the neurons: the layers fire at .17 and .14 with the first, as at the start of training, and at half of
that with the second, as trained layers do."""

_EXAMPLES = """examples:
  python -m benchmarks.spiking                            all of it: some minutes
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


def fifth(samples: int) -> int:
    """Return a fifth of so many images: a prediction tries ten labels where a step tries two."""
    return max(1, samples // 5)


@contextmanager
def threads(count: int) -> Iterator[None]:
    """Compute with so many threads for a while."""
    before = torch.get_num_threads()
    torch.set_num_threads(count)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def case(
    dataset: DataSet, samples: int, threshold: float, count: int, repeats: int, names: Sequence[str]
) -> dict[str, Any]:
    """Measure one firing rate: a training step, and a prediction of a fifth of the images."""
    problem = make_problem(dataset, samples, threshold=threshold, still=True)
    fewer = make_problem(dataset, fifth(samples), threshold=threshold)
    with threads(count):
        rates = Neuroff(problem).rates()
        clocks = {
            "step": two_clocks({name: ENGINES[name](problem).step for name in names}, repeats),
            "predict": two_clocks({name: ENGINES[name](fewer).predict for name in names}, repeats),
        }
    found: dict[str, Any] = {"threads": count, "threshold": threshold, "rates": rates}
    for part, (wall, processor) in clocks.items():
        found[part] = {
            "seconds": {name: median(times) for name, times in wall.items()},
            "processor_seconds": {name: median(times) for name, times in processor.items()},
            "speedup": {name: ratio(times, wall["neuroff"]) for name, times in wall.items()},
            "speedup_processor": {
                name: ratio(times, processor["neuroff"]) for name, times in processor.items()
            },
        }
    return found


def measure(
    samples: int,
    repeats: int,
    *,
    random_images: bool = False,
    counts: Sequence[int] = (1,),
    names: Sequence[str] = tuple(ENGINES),
) -> dict[str, Any]:
    """Measure everything.

    Args:
        samples: number of images; each is shown with its true and with a wrong label.
        repeats: steps that count, of each engine.
        random_images: whether to take random images even where MNIST is found.
        counts: numbers of threads.
        names: of the engines that are clocked; ``neuroff`` always is.
    """
    names = tuple(dict.fromkeys(("neuroff", *names)))
    dataset = mnist_or_random(samples, 1, random=random_images)
    errors = {
        precision: gradient_errors(make_problem(dataset, fifth(samples), precision))
        for precision in ("float32", "float64")
    }
    cases = [
        case(dataset, samples, threshold, count, repeats, names)
        for count in counts
        for threshold in THRESHOLDS
    ]
    problem = make_problem(dataset, samples)
    options = ["--samples", str(samples), *(["--random-images"] if random_images else [])]
    peaks = {
        name: json_from_own_process("benchmarks.memory", f"spiking-{name}", *options)["peak_bytes"]
        for name in names
    }
    return {
        "benchmark": "spiking",
        "cases": cases,
        "max_relative_gradient_error": max(errors["float32"].values()),
        "max_relative_gradient_error_float64": max(errors["float64"].values()),
        "relative_gradient_error": errors,
        "peak_bytes": peaks,
        "peak_bytes_method": "largest resident memory of a process of its own over three steps, beyond what "
        "it held before the first",
        "repeats": repeats,
        "neuron": vars(problem.lif) | {"widths": list(problem.config.network.widths)},
        "data": {"source": problem.source, "images": samples},
        **surroundings(),
    }


def _rows(result: dict[str, Any], each: dict[str, Any]) -> Iterator[str]:
    """Yield one case's lines: what a step and a prediction take, and how much quicker neuroff is."""
    rates = " and ".join(f"{rate:.3f}" for rate in each["rates"])
    yield f"{each['threads']} thread(s), layers fire at {rates}"
    yield f"{'':29}{'step':>9}{'times as long':>15}{'of processor time':>19}{'predict':>11}{'times':>8}"
    for name in each["step"]["seconds"]:
        library, _, form = name.partition("-")
        label = f"{library}, products hoisted" if form == "hoisted" else name
        step, predict = each["step"], each["predict"]
        yield (
            f"{label:29}{step['seconds'][name] * 1e3:>6.1f} ms{step['speedup'][name]:>14.2f}x"
            f"{step['speedup_processor'][name]:>18.2f}x{predict['seconds'][name] * 1e3:>8.0f} ms"
            f"{predict['speedup'][name]:>7.2f}x"
        )
    yield ""


def table(result: dict[str, Any]) -> str:
    """Return the result as text."""
    lines = [line for each in result["cases"] for line in _rows(result, each)]
    lines.append(f"{'':29}{'memory':>9}{'gradient differs':>19}")
    for name, peak in result["peak_bytes"].items():
        error = result["relative_gradient_error"]["float32"].get(name)
        lines.append(f"{name:29}{peak / 1e6:>6.0f} MB{'' if error is None else f'{error:.1e}':>19}")
    data, neuron = result["data"], result["neuron"]
    return "\n".join(
        [
            *lines,
            "",
            f"{data['images']} images ({data['source']}), each under two labels; T = {neuron['steps']}, "
            f"reset to {neuron['reset']}; float32; Adam included. A prediction tries all labels of a "
            "fifth of the images.",
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
        "--repeats", type=positive, default=7, help="steps that count per engine (default: 7)"
    )
    parser.add_argument(
        "--threads", type=positive, nargs="+", default=[1, 2], help="numbers of threads (default: 1 2)"
    )
    parser.add_argument(
        "--engines", nargs="+", choices=tuple(ENGINES), default=tuple(ENGINES), help="who is clocked"
    )
    given = parser.parse_args(arguments)
    return finish(
        lambda: measure(
            given.samples,
            given.repeats,
            random_images=given.random_images,
            counts=given.threads,
            names=given.engines,
        ),
        table,
        as_json=given.json,
        out=given.out,
    )


if __name__ == "__main__":
    sys.exit(main())
