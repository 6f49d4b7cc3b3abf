"""Training steps on a GPU, and on the processor beside it: dense and spiking, MLP and convolutions.

The first network is that of `benchmarks.spiking` (784-500-500, T = 10, 500 images under two labels), float32,
Adam included; the others are those of `benchmarks.gpu_networks`. On a GPU the first is measured as it is and
as a CUDA graph, which launches all its kernels at once; what cannot be captured says why. Without a GPU the
processor alone is measured, and the result says so.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from statistics import median
from typing import Any

import torch

from benchmarks.gpu_networks import Device, colour_images, steps_on
from benchmarks.images import mnist_or_random
from benchmarks.measure import in_turn, surroundings
from benchmarks.output import benchmark_parser, finish, positive
from benchmarks.spiking_problem import Problem, make_problem
from benchmarks.spiking_sides import Neuroff
from neuroff.core.engine import Engine
from neuroff.core.signal import Signal, Stimulus

_EXAMPLES = """examples:
  python -m benchmarks.gpu                       GPU if there is one, else the processor alone
  python -m benchmarks.gpu --json --out gpu.json
"""


def on(problem: Problem, device: str) -> Problem:
    """Return a problem whose tensors are on a device."""
    image = problem.signal.image
    gain = None if image.gain is None else image.gain.to(device)
    signal = Stimulus(Signal(image.values.to(device), gain), problem.signal.label.to(device))
    layers = tuple(layer.to(device) for layer in problem.layers)
    return replace(problem, signal=signal, layers=layers, labels=problem.labels.to(device))


def finished(work: Callable[[], Any], device: str) -> Callable[[], None]:
    """Return the work, done only when the device is."""

    def run() -> None:
        work()
        if device != "cpu":
            torch.cuda.synchronize()

    return run


def captured(work: Callable[[], Any]) -> Callable[[], None] | str:
    """Return the work as a CUDA graph, or why it cannot be one."""
    try:
        stream = torch.cuda.Stream()
        with torch.cuda.stream(stream):
            for _ in range(3):
                work()
        torch.cuda.current_stream().wait_stream(stream)
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph):
            work()
    except RuntimeError as error:
        return str(error).splitlines()[0]
    return graph.replay


def measure(samples: int, repeats: int, *, images: int = 100, random_images: bool = False) -> dict[str, Any]:
    """Measure everything.

    Args:
        samples: number of images; each is shown with its true and with a wrong label.
        repeats: steps that count.
        images: of a batch of the other networks.
        random_images: whether to take random images even where MNIST is found.
    """
    gpu = torch.cuda.is_available()
    problem = make_problem(mnist_or_random(samples, 1, random=random_images), samples)
    works = {"processor, loops over spikes": finished(Neuroff(problem).step, "cpu")}
    works["processor, PyTorch"] = finished(Neuroff(problem, Engine()).step, "cpu")
    refused = None
    if gpu:
        sides = [Neuroff(on(problem, "cuda"), Engine()) for _ in range(2)]
        works["GPU"] = finished(sides[0].step, "cuda")
        graph = captured(lambda: sides[1].gradients())
        if isinstance(graph, str):
            refused = graph
        else:
            works["GPU, CUDA graph of the gradients"] = finished(graph, "cuda")
    networks = {}
    for device in ("cpu", "cuda") if gpu else ("cpu",):
        measured = Device.measured(device)
        networks[device] = {
            dataset.name: steps_on(measured, dataset, images, repeats)
            for dataset in (mnist_or_random(images, 1, random=random_images), colour_images(images))
        } | {"matrix_flops_per_s": measured.matrix_flops_per_s}
    seconds = {name: median(times) for name, times in in_turn(works, repeats).items()}
    return {
        "benchmark": "gpu",
        "gpu": torch.cuda.get_device_name() if gpu else None,
        "spiking_step_seconds": seconds,
        "graph_refused": refused,
        "networks": networks,
        "repeats": repeats,
        "data": {"source": problem.source, "images": samples},
        **surroundings(),
    }


def table(result: dict[str, Any]) -> str:
    """Return the result as text."""
    lines = [f"{name:36}{seconds * 1e3:>9.1f} ms" for name, seconds in result["spiking_step_seconds"].items()]
    if result["graph_refused"]:
        lines.append(f"CUDA graph: {result['graph_refused']}")
    for device, sets in result["networks"].items():
        for source, steps in sets.items():
            for each in steps if isinstance(steps, list) else ():
                where = f"{device}, {source}: {each['path']} {each['network']}"
                rates = f"{each['images_per_s']:>9,.0f} images/s {each['share_of_matrix_rate']:>6.1%}"
                memory = f"{each['peak_bytes'] / 2**20:>6.0f} MiB"
                lines.append(f"{where:44}{rates} of the matrix rate{memory}")
    there = result["gpu"] or "no GPU here: the processor alone was measured"
    return "\n".join([f"a spiking training step, {result['data']['images']} images ({there})", *lines])


def main(arguments: Sequence[str] | None = None) -> int:
    """Run from the command line; return the exit code."""
    parser = benchmark_parser("benchmarks.gpu", __doc__, _EXAMPLES)
    parser.add_argument("--samples", type=positive, default=500, help="images (default: 500)")
    parser.add_argument("--images", type=positive, default=100, help="images of the other networks (100)")
    parser.add_argument("--repeats", type=positive, default=7, help="steps that count (default: 7)")
    given = parser.parse_args(arguments)
    return finish(
        lambda: measure(given.samples, given.repeats, images=given.images, random_images=given.random_images),
        table,
        as_json=given.json,
        out=given.out,
    )


if __name__ == "__main__":
    sys.exit(main())
