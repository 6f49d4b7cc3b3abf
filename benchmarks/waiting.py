"""What people wait for beside training: the command line's start, prices on all profiles, large networks.

Every figure is processor time (user and system) of one core, so that other work on the machine lengthens it
little; the start of a command is that of a process of its own.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.measure import surroundings
from benchmarks.output import benchmark_parser, finish, positive
from neuroff.energy import list_profiles, load_profile
from neuroff.energy.pricing.deployment import deploy, deploy_all
from neuroff.energy.work import LayerWork, NetworkWork
from neuroff.errors import NeuroffError

_EXAMPLES = """examples:
  python -m benchmarks.waiting
  python -m benchmarks.waiting --json --out waiting.json
"""
_COMMANDS = (("--help",), ("train", "--help"), ("energy", "--help"), ("profiles", "list"))


def processor_seconds(work: Callable[[], Any]) -> float:
    """Return the processor time of one call."""
    started = time.process_time()
    work()
    return time.process_time() - started


def start_seconds(arguments: Sequence[str]) -> float:
    """Return the processor time of one command in a process of its own.

    Raises:
        NeuroffError: if it fails.
    """
    before = os.times()
    done = subprocess.run(
        [sys.executable, "-m", "neuroff", *arguments],
        capture_output=True,
        cwd=Path(__file__).resolve().parent.parent,
    )
    after = os.times()
    if done.returncode:
        raise NeuroffError(f"ended with code {done.returncode}", where=f"neuroff {' '.join(arguments)}")
    return after.children_user + after.children_system - before.children_user - before.children_system


def layers_of(neurons: int, depth: int) -> NetworkWork:
    """Return the work of a network of so many neurons in so many layers, a thousand synapses each."""
    width = neurons // depth
    layer: dict[str, Any] = {"received": (width / 20,), "events": (50.0 * width,), "zero_events": (0.0,)}
    spikes: dict[str, Any] = {"spikes": (width / 20,), "active": (width * 0.9,)}
    kind: Any = "sparse" if width > 1000 else "dense"
    layers = tuple(
        LayerWork(f"layer {index}", width, width, 1000 * width, weight_format=kind, **layer, **spikes)
        for index in range(depth)
    )
    return NetworkWork("large", layers)


def measure(repeats: int) -> dict[str, Any]:
    """Measure everything; ``repeats`` runs of each."""
    loihi, profiles = load_profile("loihi1-davies2018"), [load_profile(name) for name in list_profiles()]
    small = layers_of(1000, 2)
    works: dict[str, Callable[[], float]] = {
        f"neuroff {' '.join(each)}": partial(start_seconds, each) for each in _COMMANDS
    }
    works[f"prices on {len(profiles)} profiles"] = lambda: processor_seconds(
        lambda: deploy_all(small, profiles)
    )
    for depth in (1, 1000):
        large = layers_of(10**6, depth)
        works[f"placing 10^6 neurons in {depth} layer(s) on Loihi"] = partial(
            processor_seconds, partial(deploy, large, loihi)
        )
    for work in works.values():
        work()
    seconds = {name: median(work() for _ in range(repeats)) for name, work in works.items()}
    return {"benchmark": "waiting", "processor_seconds": seconds, "repeats": repeats, **surroundings()}


def table(result: dict[str, Any]) -> str:
    """Return the result as text."""
    return "\n".join(f"{name:48}{each:>8.2f} s" for name, each in result["processor_seconds"].items())


def main(arguments: Sequence[str] | None = None) -> int:
    """Run from the command line; return the exit code."""
    parser = benchmark_parser("benchmarks.waiting", __doc__, _EXAMPLES)
    parser.add_argument("--repeats", type=positive, default=7, help="runs that count (default: 7)")
    given = parser.parse_args(arguments)
    return finish(lambda: measure(given.repeats), table, as_json=given.json, out=given.out)


if __name__ == "__main__":
    sys.exit(main())
