"""How a spiking training step grows: with the firing rate, width, batch, time steps and depth.

The rate is that of one layer's inputs: 500 random inputs of 100 samples over ten steps meet 500 neurons,
forward and back into the weights. "events" adds a row of weights for every spike, "products" multiplies
matrices; training changes from one to the other at ``EventEngine().crossover``. Width, batch, time steps and
depth are those of a whole step of `benchmarks.spiking`, by loops over spikes and by PyTorch. Time is that of
the processor.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median
from typing import Any

import torch

from benchmarks.images import mnist_or_random
from benchmarks.measure import surroundings, two_clocks
from benchmarks.output import benchmark_parser, finish, positive
from benchmarks.spiking_problem import make_problem
from benchmarks.spiking_sides import ENGINES
from neuroff.core.engine import EventEngine
from neuroff.core.layer import Layer
from neuroff.core.neurons import LIF
from neuroff.core.rules import LayerGradient
from neuroff.core.signal import Signal
from neuroff.core.synapses import initial_dense
from neuroff.data import DataSet

RATES = (0.01, 0.03, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8, 1.0)
SWEEPS: dict[str, tuple[int, ...]] = {
    "width": (125, 250, 500, 1000),
    "batch": (25, 50, 100, 200),
    "steps": (5, 10, 20, 40),
    "depth": (1, 2, 3, 4),
}
_USUAL = {"width": 500, "batch": 50, "steps": 10, "depth": 2}
_ENGINES = ("neuroff", "neuroff-torch")
_WAYS = {"events": EventEngine(crossover=1.0), "products": EventEngine(crossover=-1.0)}
_EXAMPLES = """examples:
  python -m benchmarks.spiking_scaling                         a minute or two
  python -m benchmarks.spiking_scaling --out scaling.json      for benchmarks.spiking_figure to draw
"""


def layer_step(engine: EventEngine, rate: float) -> Callable[[], None]:
    """Return one layer's presentation and gradient, its inputs firing at a rate."""
    stream = torch.Generator().manual_seed(0)
    spikes = (torch.rand(10, 100, 500, generator=stream) < rate).to(torch.uint8)
    synapses, lif = initial_dense(500, 500, stream, torch.float32), LIF(10, reset="zero")
    gradient = LayerGradient.of(Layer(synapses, torch.tensor(0.0)))
    pre, push = Signal(spikes), torch.randn(100, 500, generator=stream)

    @torch.no_grad()
    def run() -> None:
        response = engine.respond_to(lif, synapses, pre, torch.float32, traced=True)
        engine.learn(gradient, lif, response, push.clone(), synapses, pre, torch.float32)

    return run


def whole_step(dataset: DataSet, name: str, scale: dict[str, int]) -> Callable[[], None]:
    """Return a training step of a network of that width, batch, number of steps and depth."""
    widths = (scale["width"],) * scale["depth"]
    problem = make_problem(dataset, scale["batch"], steps=scale["steps"], widths=widths, still=True)
    return ENGINES[name](problem).step


def _medians(works: dict[str, Callable[[], None]], repeats: int) -> dict[str, float]:
    return {name: median(times) for name, times in two_clocks(works, repeats)[1].items()}


def crossing(rates: Sequence[float], events: Sequence[float], products: Sequence[float]) -> float | None:
    """Return the rate where both take the same time, by a line between the rates around it; None if none."""
    gaps = [ours - theirs for ours, theirs in zip(events, products, strict=True)]
    for place in range(1, len(gaps)):
        before, after = gaps[place - 1], gaps[place]
        if before < 0 <= after:
            share = before / (before - after)
            return rates[place - 1] + share * (rates[place] - rates[place - 1])
    return None


def measure(repeats: int, *, random_images: bool = False) -> dict[str, Any]:
    """Measure everything, one thread.

    Args:
        repeats: runs that count.
        random_images: whether to take random images even where MNIST is found.
    """
    torch.set_num_threads(1)
    images = max(*SWEEPS["batch"], _USUAL["batch"])
    dataset = mnist_or_random(images, 1, random=random_images)
    by_rate: dict[str, list[float]] = {name: [] for name in _WAYS}
    for rate in RATES:
        for name, seconds in _medians({n: layer_step(e, rate) for n, e in _WAYS.items()}, repeats).items():
            by_rate[name].append(seconds)
    sweeps: dict[str, Any] = {}
    for key, values in SWEEPS.items():
        rows: dict[str, list[float]] = {name: [] for name in _ENGINES}
        for value in values:
            works = {name: whole_step(dataset, name, _USUAL | {key: value}) for name in _ENGINES}
            for name, seconds in _medians(works, repeats).items():
                rows[name].append(seconds)
        sweeps[key] = {"values": list(values), "processor_seconds": rows}
    return {
        "benchmark": "spiking_scaling",
        "rate": {
            "values": list(RATES),
            "processor_seconds": by_rate,
            "crossing": crossing(RATES, by_rate["events"], by_rate["products"]),
            "crossover_taken": EventEngine().crossover,
        },
        "sweeps": sweeps,
        "otherwise": _USUAL,
        "repeats": repeats,
        "data": dataset.name,
        **surroundings(),
    }


def table(result: dict[str, Any]) -> str:
    """Return the result as text."""
    rate = result["rate"]
    lines = [f"{'one layer, rate of its inputs':32}{'events':>12}{'products':>12}"]
    for place, value in enumerate(rate["values"]):
        cells = "".join(f"{rate['processor_seconds'][name][place] * 1e3:>9.2f} ms" for name in _WAYS)
        lines.append(f"{value:<32g}{cells}")
    met = "nowhere" if rate["crossing"] is None else f"at a rate of {rate['crossing']:.2f}"
    lines.append(f"both take the same time {met}; training changes over at {rate['crossover_taken']:g}")
    for key, sweep in result["sweeps"].items():
        lines += ["", f"{key:32}" + "".join(f"{name:>16}" for name in _ENGINES)]
        for place, value in enumerate(sweep["values"]):
            cells = "".join(f"{sweep['processor_seconds'][n][place] * 1e3:>13.1f} ms" for n in _ENGINES)
            lines.append(f"{value:<32}{cells}")
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run from the command line; return the exit code."""
    parser = benchmark_parser("benchmarks.spiking_scaling", __doc__, _EXAMPLES)
    parser.add_argument("--repeats", type=positive, default=7, help="runs that count (default: 7)")
    given = parser.parse_args(arguments)
    out: Path | None = given.out
    return finish(
        lambda: measure(given.repeats, random_images=given.random_images), table, as_json=given.json, out=out
    )


if __name__ == "__main__":
    sys.exit(main())
