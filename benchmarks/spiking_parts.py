"""Where the time of a spiking training step goes: processor time by part, one thread, loops over spikes.

The step is that of `benchmarks.spiking`. Parts are clocked inside the running step; what is left is Python,
goodness, loss and the copies of weights into tiles.
"""

from __future__ import annotations

import cProfile
import pstats
import sys
import time
from collections.abc import Sequence
from statistics import median
from typing import Any

import torch

from benchmarks.images import mnist_or_random
from benchmarks.measure import surroundings
from benchmarks.output import benchmark_parser, finish, positive
from benchmarks.spiking import THRESHOLDS
from benchmarks.spiking_problem import make_problem
from benchmarks.spiking_sides import Neuroff

_PARTS = {
    "first layer, product": (("values.py", "drive"), ("signal.py", "product")),
    "first layer, time steps": (("forward.py", "respond_to_constant"),),
    "first layer, weight gradient": (("values.py", "add_gradient"), ("~", "<method 'addmm_' of")),
    "second layer, spikes to spikes": (("forward.py", "respond_to_spikes"),),
    "second layer, back in time and into the weights": (("backward.py", "add_gradient"),),
    "optimiser": (("~", "<built-in method torch._fused_adamw_>"),),
}
"""Ends of files and beginnings of functions' names by part."""
_EXAMPLES = """examples:
  python -m benchmarks.spiking_parts
"""


def parts_of(profile: cProfile.Profile) -> dict[str, float]:
    """Return seconds by part."""
    found = dict.fromkeys(_PARTS, 0.0)
    for (file, _, function), (_, _, _, seconds, _) in pstats.Stats(profile).stats.items():  # type: ignore[attr-defined]
        for part, names in _PARTS.items():
            if any(file.endswith(end) and function.startswith(name) for end, name in names):
                found[part] += seconds
    return found


def measure(samples: int, repeats: int, *, random_images: bool = False) -> dict[str, Any]:
    """Measure the step at the two rates of `benchmarks.spiking`.

    Args:
        samples: number of images; each is shown with its true and with a wrong label.
        repeats: steps that count.
        random_images: whether to take random images even where MNIST is found.
    """
    torch.set_num_threads(1)
    dataset = mnist_or_random(samples, 1, random=random_images)
    cases = []
    for threshold in THRESHOLDS:
        side = Neuroff(make_problem(dataset, samples, threshold=threshold, still=True))
        side.step()
        totals, rows = [], []
        for _ in range(repeats):
            profile, started = cProfile.Profile(time.process_time), time.process_time()
            profile.runcall(side.step)
            totals.append(time.process_time() - started)
            rows.append(parts_of(profile))
        parts = {name: median(row[name] for row in rows) for name in _PARTS}
        total = median(totals)
        parts["the rest"] = total - sum(parts.values())
        cases.append({"threshold": threshold, "rates": side.rates(), "total": total, "parts": parts})
    return {
        "benchmark": "spiking_parts",
        "cases": cases,
        "repeats": repeats,
        "data": {"source": dataset.name, "images": samples},
        **surroundings(),
    }


def table(result: dict[str, Any]) -> str:
    """Return the result as text."""
    lines = []
    for case in result["cases"]:
        lines.append(f"layers fire at {' and '.join(f'{rate:.3f}' for rate in case['rates'])}")
        for name, seconds in (*case["parts"].items(), ("together", case["total"])):
            lines.append(f"  {name:50}{seconds * 1e3:>8.1f} ms{seconds / case['total']:>7.0%}")
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run from the command line; return the exit code."""
    parser = benchmark_parser("benchmarks.spiking_parts", __doc__, _EXAMPLES)
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
