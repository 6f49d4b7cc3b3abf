"""How much memory one engine takes, in a process of its own; run by the benchmarks.

``dense-…``     the whole process, images and libraries included, over two epochs of each layer
``spiking-…``   three training steps, beyond what the process held before the first
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence

from benchmarks.dense_sides import Textbook, configuration, images_for
from benchmarks.images import mnist_or_random
from benchmarks.measure import forget_peak, peak_resident_bytes, resident_bytes
from benchmarks.output import positive
from benchmarks.spiking_problem import make_problem
from benchmarks.spiking_sides import ENGINES
from neuroff.config.build import build
from neuroff.config.inputs import prepare
from neuroff.training import initial_state, train

_EPOCHS = 2


def dense_neuroff(samples: int, *, random_images: bool) -> int:
    """Return the largest memory of a process that trains with neuroff."""
    config = configuration(samples, _EPOCHS)
    split = prepare(images_for(config, random_images=random_images), config)
    network, plan = build(config, split)
    train(network, split, plan)
    return peak_resident_bytes()


def dense_textbook(samples: int, *, random_images: bool) -> int:
    """Return the largest memory of a process that trains by the textbook."""
    config = configuration(samples, _EPOCHS)
    split = prepare(images_for(config, random_images=random_images), config)
    images, state = split.train, initial_state(*build(config, split))
    rival = Textbook(images, state, config)
    del images, split
    for layer in range(len(state.layers)):
        rival.advance(layer)
        for _ in range(_EPOCHS):
            rival.epoch(layer)
    return peak_resident_bytes()


def spiking(engine: str, samples: int, *, random_images: bool, steps: int = 10, rule: str = "batch") -> int:
    """Return by how much training steps on ``samples`` images raise the memory of their process."""
    dataset = mnist_or_random(samples, 1, random=random_images)
    # A small step first, so that what libraries set up once does not count.
    ENGINES[engine](make_problem(dataset, min(4, samples), steps=steps, rule=rule)).step()
    worker = ENGINES[engine](make_problem(dataset, samples, steps=steps, rule=rule, still=True))
    before = resident_bytes()
    forget_peak()
    for _ in range(3):
        worker.step()
    return peak_resident_bytes() - before


def main(arguments: Sequence[str] | None = None) -> int:
    """Run from the command line; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.memory", description=__doc__)
    names = ["dense-neuroff", "dense-textbook", *(f"spiking-{name}" for name in ENGINES)]
    parser.add_argument("engine", choices=names)
    parser.add_argument("--samples", type=positive, required=True)
    parser.add_argument("--random-images", action="store_true")
    parser.add_argument("--steps", type=positive, default=10, help="T of the spiking engines")
    parser.add_argument("--rule", default="batch", help="neuroff's spiking rule")
    given = parser.parse_args(arguments)
    path, _, engine = given.engine.partition("-")
    if path == "spiking":
        peak = spiking(
            engine, given.samples, random_images=given.random_images, steps=given.steps, rule=given.rule
        )
    else:
        measured = dense_neuroff if engine == "neuroff" else dense_textbook
        peak = measured(given.samples, random_images=given.random_images)
    print(json.dumps({"engine": given.engine, "peak_bytes": peak}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
