"""Training steps of dense and spiking networks, MLP and convolutions, on a device.

The networks are `--preset conv`'s and two dense layers of 500, on images of 28 x 28 or on colour images of
32 x 32. ``share_of_matrix_rate`` is the arithmetic of a step, every product of values and weights and of
values and errors counted whole, over what the device does in as much time in a large float32 product; neither
takes TensorFloat-32. On a processor convolutions may go beyond that rate: they are another library's.
``peak_bytes`` is what the steps take above the network, its images and what is loaded once, such as kernels
and a library's workspace.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from statistics import median
from typing import Any

import numpy as np
import torch

from benchmarks.convolution_sides import LAYERS, Neuroff, Problem, make_problem
from benchmarks.measure import forget_peak, peak_resident_bytes, resident_bytes, seconds_of
from neuroff.config.schema import Path
from neuroff.core.engine import Engine
from neuroff.core.inputs import Split
from neuroff.core.signal import Signal, Stimulus
from neuroff.counting.described import summary
from neuroff.data import DataSet

_SIDE = 4096
_DENSE = "dense 500, dense 500"


@dataclass(frozen=True)
class Device:
    """Where steps run.

    Attributes:
        name: as PyTorch has it: cpu, cuda.
        matrix_flops_per_s: its rate in a large float32 product.
    """

    name: str
    matrix_flops_per_s: float

    @classmethod
    def measured(cls, name: str) -> Device:
        """Return a device with the rate of the best of five products."""
        side = _SIDE if name != "cpu" else _SIDE // 4
        left, right = torch.rand(side, side, device=name), torch.rand(side, side, device=name)

        def multiply() -> None:
            torch.mm(left, right)
            done(name)

        quickest = min(seconds_of(multiply) for _ in range(5))
        return cls(name, 2.0 * side**3 / quickest)


def done(device: str) -> None:
    """Wait until a device has done what it was told."""
    if device != "cpu":
        torch.cuda.synchronize()


def colour_images(count: int) -> DataSet:
    """Return random images of CIFAR-10's shape, whose own are not needed for seconds."""
    stream = np.random.default_rng(0)
    images = stream.integers(0, 256, (count, 32, 32, 3), dtype=np.uint8)
    labels = np.arange(count) % 10
    return DataSet.from_arrays(images, labels, images[:10], labels[:10], name="random, 32 x 32 x 3")


def steps_on(device: Device, dataset: DataSet, images: int, repeats: int) -> list[dict[str, Any]]:
    """Measure a step of every network.

    Args:
        device: where.
        dataset: the images.
        images: of a batch.
        repeats: steps that count.
    """
    kinds: tuple[tuple[Path, str, str], ...] = (
        ("dense", "MLP", _DENSE),
        ("spiking", "MLP", _DENSE),
        ("dense", "CNN", LAYERS["dense"]),
        ("spiking", "CNN", LAYERS["spiking"]),
    )
    return [
        {"path": path, "network": kind, "layers": layers}
        | _measured(device, dataset, images, path, layers, repeats)
        for path, kind, layers in kinds
    ]


def _measured(
    device: Device, dataset: DataSet, images: int, path: Path, layers: str, repeats: int
) -> dict[str, Any]:
    Neuroff(moved(make_problem(dataset, 1, path, layers=layers), device.name)).step()  # loads what it needs
    problem = make_problem(dataset, images, path, layers=layers)
    there = moved(problem, device.name)
    side = Neuroff(there)
    gpu = device.name != "cpu"

    def step() -> None:
        side.step()
        done(device.name)

    if gpu:
        torch.cuda.reset_peak_memory_stats()
    else:
        forget_peak()
    before = torch.cuda.memory_allocated() if gpu else resident_bytes()
    with torch.backends.cudnn.flags(enabled=True, allow_tf32=False):
        step()
        seconds = median(seconds_of(step) for _ in range(repeats))
    most = torch.cuda.max_memory_allocated() if gpu else peak_resident_bytes()
    rate = arithmetic(problem) / seconds
    return {
        "engine": there.network.engine.name,
        "seconds": seconds,
        "images_per_s": images / seconds,
        "peak_bytes": max(0, most - before),
        "share_of_matrix_rate": rate / device.matrix_flops_per_s,
    }


def arithmetic(problem: Problem) -> float:
    """Return the sums and products of a step: forward, and into the weights; a constant input once a step."""
    steps = problem.network.population.steps
    layers = summary(problem.network).layers
    once, later = layers[0].operations, sum(layer.operations for layer in layers[1:])
    return 2.0 * 2.0 * len(problem.inputs) * (once + steps * later)


def moved(problem: Problem, device: str) -> Problem:
    """Return a problem whose tensors are on a device."""
    if device == "cpu":
        return problem
    train = problem.inputs
    constant = train.constant
    if constant is not None:
        image = constant.image
        gain = None if image.gain is None else image.gain.to(device)
        constant = Stimulus(Signal(image.values.to(device), gain), constant.label.to(device))
    inputs = replace(train, labels=train.labels.to(device), constant=constant)
    layers = tuple(layer.to(torch.device(device)) for layer in problem.network.layers)
    split = Split(inputs, problem.split.held_out, problem.split.test)
    return replace(problem, split=split, network=replace(problem.network, layers=layers, engine=Engine()))
