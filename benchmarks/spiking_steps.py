"""What a spiking training step costs as T grows: processor time per added step, and peak memory.

The network and its rivals are those of `benchmarks.spiking`. Time is processor time of the process, side by
side for several T, and its slope in T by least squares. Memory is measured in a process of its own per engine
and T, on fewer images, since autograd keeps every step.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from statistics import fmean, median
from typing import Any

from benchmarks.images import mnist_or_random
from benchmarks.measure import json_from_own_process, surroundings
from benchmarks.output import benchmark_parser, finish, positive
from benchmarks.spiking_problem import make_problem
from benchmarks.spiking_sides import ENGINES

_TIMED = ("neuroff", "snntorch", "norse", "snntorch-hoisted", "norse-hoisted")
_REMEMBERED = (
    ("neuroff, batch", "neuroff", "batch"),
    ("neuroff, online_end", "neuroff", "online_end"),
    ("neuroff, online_step", "neuroff", "online_step"),
    ("snntorch", "snntorch", "batch"),
    ("norse", "norse", "batch"),
)
_EXAMPLES = """examples:
  python -m benchmarks.spiking_steps                                  some minutes
  python -m benchmarks.spiking_steps --json --out steps.json

needs: pip install 'neuroff[interop]'
"""


def slope(steps: Sequence[int], seconds: Sequence[float]) -> float:
    """Return the seconds that one more time step costs, by least squares."""
    middle, mean = fmean(steps), fmean(seconds)
    spread = sum((step - middle) ** 2 for step in steps)
    return sum((step - middle) * (each - mean) for step, each in zip(steps, seconds, strict=True)) / spread


def measure(
    samples: int,
    repeats: int,
    few: int,
    steps: Sequence[int],
    long_steps: Sequence[int],
    *,
    random_images: bool,
) -> dict[str, Any]:
    """Measure everything.

    Args:
        samples: images of a timed step; each is shown with its true and with a wrong label.
        repeats: steps that count.
        few: images where memory is measured.
        steps: T of the timed steps.
        long_steps: T at which memory is measured.
        random_images: whether to take random images even where MNIST is found.
    """
    dataset = mnist_or_random(samples, 1, random=random_images)
    times: dict[str, dict[int, list[float]]] = {name: {count: [] for count in steps} for name in _TIMED}
    engines = {
        (name, count): ENGINES[name](make_problem(dataset, samples, steps=count))
        for count in steps
        for name in _TIMED
    }
    for turn in range(repeats + 1):  # the first warms up
        for (name, count), engine in engines.items():
            started = time.process_time()
            engine.step()
            if turn:
                times[name][count].append(time.process_time() - started)
    seconds = {name: [median(row[count]) for count in steps] for name, row in times.items()}
    options = ["--samples", str(few), *(["--random-images"] if random_images else [])]
    peaks = {
        label: [
            json_from_own_process(
                "benchmarks.memory", f"spiking-{name}", *options, "--steps", str(count), "--rule", rule
            )["peak_bytes"]
            for count in long_steps
        ]
        for label, name, rule in _REMEMBERED
    }
    return {
        "benchmark": "spiking_steps",
        "steps": list(steps),
        "processor_seconds": seconds,
        "processor_seconds_per_added_step": {name: slope(steps, row) for name, row in seconds.items()},
        "images": samples,
        "repeats": repeats,
        "memory_steps": list(long_steps),
        "memory_images": few,
        "peak_bytes": peaks,
        "data": dataset.name,
        **surroundings(),
    }


def table(result: dict[str, Any]) -> str:
    """Return the result as text."""
    heads = "".join(f"{f'T = {count}':>12}" for count in result["steps"])
    lines = [f"{'processor time':24}{heads}{'per added step':>17}"]
    for name, row in result["processor_seconds"].items():
        added = result["processor_seconds_per_added_step"][name]
        cells = "".join(f"{seconds * 1e3:>9.1f} ms" for seconds in row)
        lines.append(f"{name:24}{cells}{added * 1e3:>14.2f} ms")
    heads = "".join(f"{f'T = {count}':>12}" for count in result["memory_steps"])
    lines += ["", f"{'peak memory':24}{heads}"]
    for name, row in result["peak_bytes"].items():
        lines.append(f"{name:24}" + "".join(f"{peak / 1e6:>9.0f} MB" for peak in row))
    lines += [
        "",
        f"time: {result['images']} images, memory: {result['memory_images']}; each under two labels.",
    ]
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run from the command line; return the exit code."""
    parser = benchmark_parser("benchmarks.spiking_steps", __doc__, _EXAMPLES)
    parser.add_argument("--samples", type=positive, default=500, help="images of a timed step (default: 500)")
    parser.add_argument("--few", type=positive, default=50, help="images where memory counts (default: 50)")
    parser.add_argument("--repeats", type=positive, default=5, help="steps that count (default: 5)")
    parser.add_argument("--steps", type=positive, nargs="+", default=[5, 10, 20], help="T of timed steps")
    parser.add_argument(
        "--long-steps", type=positive, nargs="+", default=[10, 50, 200], help="T where memory is measured"
    )
    given = parser.parse_args(arguments)
    return finish(
        lambda: measure(
            given.samples,
            given.repeats,
            given.few,
            given.steps,
            given.long_steps,
            random_images=given.random_images,
        ),
        table,
        as_json=given.json,
        out=given.out,
    )


if __name__ == "__main__":
    sys.exit(main())
