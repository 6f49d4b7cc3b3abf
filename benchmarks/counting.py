"""What counting, pricing and placing cost: beside a forward pass, for all profiles, for a large network.

Counting is measured against the label sweep it rides on (`neuroff.core.scores.class_scores`), in the same
process and in turn, on a 784-500-500 network: dense, and spiking with constant currents and with encoded
spikes.

MNIST is used if its files are found (NEUROFF_DATA), random images of the same statistics otherwise.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from statistics import median
from typing import Any

import torch

from benchmarks.images import mnist_or_random
from benchmarks.measure import in_turn, ratio, surroundings
from benchmarks.output import benchmark_parser, finish, positive
from neuroff.config import Config
from neuroff.config.build import build_network
from neuroff.config.inputs import prepare
from neuroff.config.overrides import apply_settings
from neuroff.core.inputs import Inputs
from neuroff.core.network import Network
from neuroff.core.scores import class_scores
from neuroff.counting.forward import count_activity
from neuroff.energy import list_profiles, load_profile
from neuroff.energy.pricing.deployment import deploy, deploy_all
from neuroff.energy.work import LayerWork, NetworkWork

_CASES = {
    "dense": ("path=dense",),
    "spiking, constant currents": ("path=spiking", "normalisation=rms"),
    "spiking, encoded spikes": (
        "path=spiking", "normalisation=rms", "encoding=regular", "input_scale=raw", "amplitude=one",
    ),
}  # fmt: skip
_CHUNK = 250
_EXAMPLES = """examples:
  python -m benchmarks.counting                            all of it: a minute or two
  python -m benchmarks.counting --images 100 --repeats 3   a smaller try
"""


def subject(settings: Sequence[str], images: int, *, random_images: bool) -> tuple[Network, Inputs]:
    """Return a network as it is before training, a few of its weights zero, and its images."""
    config = apply_settings(Config(), list(settings))
    dataset = mnist_or_random(10, images, random=random_images)
    network = build_network(config, 784, dataset.n_classes)
    stream = torch.Generator().manual_seed(0)
    layers = []
    for layer in network.layers:
        kept = torch.rand(layer.synapses.affine()[0].shape, generator=stream) >= 0.05
        layers.append(layer.mapped(kept.mul))
    return replace(network, layers=tuple(layers)), prepare(dataset, config).test


def overhead(settings: Sequence[str], images: int, repeats: int, *, random_images: bool) -> dict[str, Any]:
    """Measure counting and the plain forward pass in turn."""
    network, inputs = subject(settings, images, random_images=random_images)

    def plain() -> None:
        for start in range(0, images, _CHUNK):
            rows = slice(start, min(start + _CHUNK, images))
            class_scores(network, inputs.stimulus(rows, "predict", start))

    def counted() -> None:
        count_activity(network, inputs, chunk_size=_CHUNK)

    with torch.no_grad():
        times = in_turn({"plain": plain, "counted": counted}, repeats)
    return {
        "plain_s": median(times["plain"]),
        "counted_s": median(times["counted"]),
        "overhead": ratio(times["counted"], times["plain"]) - 1,
    }


def large_networks() -> dict[str, NetworkWork]:
    """Return two descriptions of 10⁶ neurons and 10⁹ synapses: one sparse layer, and 1000 dense layers."""
    million = 10**6
    one = LayerWork(
        "sparse", million, million, 10**9, weight_format="sparse",
        received=(5e4,), events=(5e7,), zero_events=(0.0,), spikes=(5e4,), active=(9e5,),
    )  # fmt: skip
    many = tuple(
        LayerWork(
            f"layer {index}", 1000, 1000, million,
            received=(50.0,), events=(5e4,), zero_events=(0.0,), spikes=(50.0,), active=(1000.0,),
        )
        for index in range(1000)
    )  # fmt: skip
    return {
        "one sparse layer": NetworkWork("large", (one, one)),
        "1000 dense layers": NetworkWork("deep", many),
    }


def measure(images: int, repeats: int, *, random_images: bool = False) -> dict[str, Any]:
    """Measure everything.

    Args:
        images: number of images counted.
        repeats: rounds that count.
        random_images: whether to take random images even where MNIST is found.
    """
    counting = {
        name: overhead(settings, images, repeats, random_images=random_images)
        for name, settings in _CASES.items()
    }
    network, inputs = subject(_CASES["spiking, encoded spikes"], min(images, 20), random_images=random_images)
    work = count_activity(network, inputs).work()
    names = list_profiles()
    profiles = [load_profile(name) for name in names]
    loihi = load_profile("loihi1-davies2018")
    works: dict[str, Callable[[], Any]] = {
        "load all profiles": lambda: [load_profile(name) for name in names],
        "price all profiles": lambda: deploy_all(work, profiles),
        **{
            f"place and price {name}, {strategy}": partial(deploy, w, loihi, strategy=strategy)
            for name, w in large_networks().items()
            for strategy in ("row_major", "hop_minimising")
        },
    }
    seconds = {name: median(times) for name, times in in_turn(works, 3).items()}
    return {
        "images": images,
        "repeats": repeats,
        "counting": counting,
        "profiles": len(names),
        "seconds": seconds,
        **surroundings(),
    }


def table(result: dict[str, Any]) -> str:
    """Return the result for reading."""
    lines = [f"{'forward pass and counting':42}{'plain':>10}{'counted':>10}{'overhead':>10}"]
    for name, found in result["counting"].items():
        plain, counted = found["plain_s"], found["counted_s"]
        lines.append(f"{name:42}{plain:>8.3f} s{counted:>8.3f} s{found['overhead']:>10.1%}")
    lines += ["", f"{result['images']} images under 10 labels; {result['profiles']} profiles."]
    lines += [f"{name:60}{seconds:>9.3f} s" for name, seconds in result["seconds"].items()]
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run from the command line; return the exit code."""
    parser = benchmark_parser("benchmarks.counting", __doc__, _EXAMPLES)
    parser.add_argument("--images", type=positive, default=500, help="images counted (default: 500)")
    parser.add_argument("--repeats", type=positive, default=7, help="rounds that count (default: 7)")
    given = parser.parse_args(arguments)
    return finish(
        lambda: measure(given.images, given.repeats, random_images=given.random_images),
        table,
        as_json=given.json,
        out=given.out,
    )


if __name__ == "__main__":
    sys.exit(main())
