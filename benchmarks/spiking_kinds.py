"""What loops over spikes gain for every kind of neuron and rule: a training step by them and by PyTorch.

The network, images and losses are those of `benchmarks.spiking` at its lower rate (T = 10, 784-500-500, 500
images under two labels); neurons and rule change. Both sides are neuroff's own and have the same gradients.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from statistics import median
from types import MappingProxyType
from typing import Any

from benchmarks.images import mnist_or_random
from benchmarks.measure import ratio, surroundings, two_clocks
from benchmarks.output import benchmark_parser, finish, positive
from benchmarks.spiking import THRESHOLDS, largest_error, threads
from benchmarks.spiking_problem import Problem, make_problem
from benchmarks.spiking_sides import Neuroff
from neuroff.config.build import build_network
from neuroff.core.engine import Engine

ONLINE = ("network.gain=online", "reset=subtract")
KINDS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "leaky": (),
        "a current that decays, refractory": ("neuron.model=cuba", "neuron.refractory=2"),
        "a threshold that rises": ("neuron.adaptation=1",),
        "β and threshold learned": ("neuron.learned=beta,threshold",),
        "an online rule, modulator at the end": (*ONLINE, "neuron.rule=online_end"),
        "an online rule, modulator at every step": (*ONLINE, "neuron.rule=online_step"),
    }
)
"""Settings by what they are."""
_EXAMPLES = """examples:
  python -m benchmarks.spiking_kinds
"""


def with_learned_numbers(problem: Problem) -> Problem:
    """Return a problem whose layers have the numbers of their neurons that its configuration learns."""
    inputs = problem.layers[0].synapses.inputs
    drawn = build_network(problem.config, inputs, problem.classes).layers
    pairs = zip(problem.layers, drawn, strict=True)
    return replace(problem, layers=tuple(replace(layer, neuron=other.neuron) for layer, other in pairs))


def measure(samples: int, repeats: int, *, random_images: bool = False) -> dict[str, Any]:
    """Measure a step of every kind.

    Args:
        samples: number of images; each is shown with its true and with a wrong label.
        repeats: steps that count, of each side.
        random_images: whether to take random images even where MNIST is found.
    """
    dataset = mnist_or_random(samples, 1, random=random_images)
    cases = []
    with threads(1):
        for kind, settings in KINDS.items():
            problem = make_problem(dataset, samples, threshold=THRESHOLDS[1], still=True, more=settings)
            problem = with_learned_numbers(problem)
            loops, products = Neuroff(problem), Neuroff(problem, Engine())
            error = largest_error(loops.gradients(), products.gradients())
            _, clock = two_clocks({"loops": loops.step, "products": products.step}, repeats)
            cases.append(
                {
                    "kind": kind,
                    "rates": loops.rates(),
                    "processor_seconds": {name: median(times) for name, times in clock.items()},
                    "speedup": ratio(clock["products"], clock["loops"]),
                    "relative_gradient_error": error,
                }
            )
    return {
        "benchmark": "spiking_kinds",
        "cases": cases,
        "repeats": repeats,
        "data": {"source": dataset.name, "images": samples},
        **surroundings(),
    }


def table(result: dict[str, Any]) -> str:
    """Return the result as text."""
    lines = [f"{'':42}{'loops':>10}{'PyTorch':>12}{'times':>8}{'gradient differs':>19}"]
    for case in result["cases"]:
        seconds = case["processor_seconds"]
        lines.append(
            f"{case['kind']:42}{seconds['loops'] * 1e3:>7.1f} ms{seconds['products'] * 1e3:>9.1f} ms"
            f"{case['speedup']:>7.2f}x{case['relative_gradient_error']:>19.1e}"
        )
    return "\n".join([*lines, "", "processor time of a training step, one thread"])


def main(arguments: Sequence[str] | None = None) -> int:
    """Run from the command line; return the exit code."""
    parser = benchmark_parser("benchmarks.spiking_kinds", __doc__, _EXAMPLES)
    parser.add_argument("--samples", type=positive, default=500, help="images (default: 500)")
    parser.add_argument("--repeats", type=positive, default=7, help="steps that count (default: 7)")
    given = parser.parse_args(arguments)
    return finish(
        lambda: measure(given.samples, given.repeats, random_images=given.random_images),
        table,
        as_json=given.json,
        out=given.out,
    )


if __name__ == "__main__":
    sys.exit(main())
