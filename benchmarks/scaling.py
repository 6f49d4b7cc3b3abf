"""Time per epoch against data, width, depth, T and devices: fitted on some points and checked on others.

    python -m benchmarks.scaling [--json] [--out FILE]

The time of an epoch is modelled as a sum of what the work says, over P processes:

    seconds = a · updates + b · updates · layers + (c · images · products + d · images · T · neurons) / P
            + e · updates + f · updates · bytes exchanged                                (P > 1)

with factors that are fitted, none below zero, so that relative errors are small: a to d for dense and spiking
each on one process, then e and f on two. Seconds are processor time, one thread a process, the least of some
epochs, so that other programs on the machine count for little; time on a network between machines is beside
it.
"""

from __future__ import annotations

import itertools
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any

import numpy as np
import torch
from scipy.optimize import nnls

from benchmarks.output import benchmark_parser, finish
from benchmarks.wire import by_torchrun, computed
from neuroff.config.build import build
from neuroff.config.inputs import prepare
from neuroff.config.overrides import apply_settings
from neuroff.config.presets import preset
from neuroff.core.plan import Stage
from neuroff.data import DataSet
from neuroff.provenance import commit, machine, versions
from neuroff.training import Silent, train
from neuroff.training.ranks import joined
from neuroff.training.state import EpochRecord
from neuroff.training.team import Alone, Team

_INPUTS, _BATCH, _CLASSES = 784, 100, 10
TERMS = ("per_update", "per_update_and_layer", "per_image_and_product", "per_image_step_and_neuron")


@dataclass(frozen=True)
class Point:
    """One network and data set, whose epoch is timed; ``steps`` of 1 is the dense path."""

    images: int
    width: int
    depth: int
    steps: int
    processes: int = 1

    @property
    def path(self) -> str:
        """Dense or spiking."""
        return "dense" if self.steps == 1 else "spiking"

    def exchange(self) -> tuple[float, float]:
        """Return how often a process adds up with others in an epoch, and how many bytes."""
        payload = sum(computed("ff", (_INPUTS, *[self.width] * self.depth)).values())
        return self.images / _BATCH, self.images / _BATCH * payload

    def work(self) -> tuple[float, float, float, float]:
        """Return what the four factors multiply."""
        widths = (_INPUTS, *[self.width] * self.depth)
        weights = sum(inputs * neurons for inputs, neurons in itertools.pairwise(widths))
        updates = self.images / _BATCH
        # Forward and update; a constant image meets the first layer once, spikes meet the others T times.
        products = 2 * (_INPUTS * self.width + self.steps * (weights - _INPUTS * self.width))
        images = self.images / self.processes
        return (
            updates,
            updates * self.depth,
            images * products,
            images * self.steps * self.width * self.depth,
        )


FITTED = tuple(
    Point(*values)
    for values in (
        *((2000, 100, 2, 1), (2000, 400, 2, 1), (6000, 200, 2, 1), (2000, 200, 4, 1), (2000, 800, 1, 1)),
        *((2000, 100, 2, 4), (2000, 400, 2, 4), (4000, 200, 2, 4), (2000, 200, 4, 4), (2000, 200, 2, 12)),
    )
)
HELD_OUT = tuple(
    Point(*values)
    for values in (
        *((12000, 200, 2, 1), (2000, 600, 3, 1), (4000, 300, 6, 1)),
        *((10000, 150, 2, 4), (2000, 600, 2, 4), (2000, 300, 6, 4), (2000, 200, 2, 24)),
    )
)


TWO_FITTED = (
    *(Point(4000, 100, 2, 1, 2), Point(4000, 200, 2, 1, 2), Point(2000, 600, 2, 1, 2)),
    *(Point(4000, 100, 2, 4, 2), Point(2000, 400, 2, 4, 2)),
)
TWO_HELD_OUT = (
    *(Point(4000, 400, 3, 1, 2), Point(8000, 100, 2, 1, 2)),
    *(Point(4000, 600, 2, 4, 2), Point(6000, 200, 2, 4, 2)),
)


class _Clock(Silent):
    """Notes the processor time of every epoch, without evaluation."""

    def __init__(self) -> None:
        self.seconds: list[float] = []
        self._before = time.process_time()

    def batch_finished(self, stage: Stage, epoch: int, share: float) -> None:
        """Note what the epoch took, once its last batch is done."""
        if share >= 1:
            self.seconds.append(time.process_time() - self._before)

    def epoch_finished(self, stage: Stage, record: EpochRecord) -> None:
        """Start the next epoch's clock."""
        self._before = time.process_time()


def seconds_of(point: Point, epochs: int) -> float:
    """Return the processor time of the quickest epoch, of the first process where there are several.

    Raises:
        RunError: if several processes fail.
    """
    if point.processes == 1:
        return timed(point, epochs, Alone())
    words = [str(value) for value in asdict(point).values()]
    return float(
        by_torchrun("benchmarks.scaling", point.processes, "--epochs", str(epochs), "--worker", *words)
    )


def timed(point: Point, epochs: int, team: Team) -> float:
    """Return the processor time of the quickest epoch of this process, the first epoch left out."""
    torch.set_num_threads(1)
    stream = np.random.default_rng(0)
    images = stream.integers(0, 256, (point.images, _INPUTS), np.uint8)
    labels = np.arange(point.images) % _CLASSES
    dataset = DataSet.from_arrays(images, labels, images[:10], labels[:10])
    config = apply_settings(
        preset("groups", path="dense" if point.steps == 1 else "spiking"),
        [
            f"widths={','.join([str(point.width)] * point.depth)}",
            *(f"neuron.steps={point.steps}", f"training.epochs={epochs + 1}", f"batch_size={_BATCH}"),
            *("evaluate_every=0", "checkpoint_every=1000"),
        ],
    )
    split = prepare(dataset, config)
    clock = _Clock()
    network, plan = build(config, split)
    train(network, split, plan, progress=clock, team=team)
    return min(clock.seconds[1:])


Amounts = Callable[[Point], Sequence[float]]


def fitted(
    points: Sequence[Point], amounts: Amounts, took: Mapping[Point, float], known: Callable[[Point], float]
) -> list[float]:
    """Return factors of the amounts, none below zero, that leave the least squares of relative errors.

    Args:
        points: enough of them to tell the factors apart.
        amounts: what the factors multiply.
        took: measured seconds.
        known: seconds that are modelled already.
    """
    work = np.array([amounts(point) for point in points])
    scale, whole = work.max(0), np.array([took[point] for point in points])
    left = whole - np.array([known(point) for point in points])
    found, _ = nnls(work / scale / whole[:, None], left / whole)
    return [float(value) for value in found / scale]


def added_up(factors: Sequence[float], amounts: Sequence[float]) -> float:
    """Return the seconds that the factors say."""
    return sum(factor * amount for factor, amount in zip(factors, amounts, strict=True))


def measure(epochs: int) -> dict[str, Any]:
    """Fit dense and spiking on their points, two processes on theirs, and check on points not fitted."""
    found: dict[str, Any] = {}
    factors: dict[str, list[float]] = {}
    for path in ("dense", "spiking"):
        ours, others = ([point for point in part if point.path == path] for part in (FITTED, HELD_OUT))
        took = {point: seconds_of(point, epochs) for point in (*ours, *others)}
        factors[path] = fitted(ours, Point.work, took, lambda point: 0.0)
        named = dict(zip(TERMS, factors[path], strict=True))
        found[path] = {"factors_s": named, **_beside(ours, others, took, partial(_of_one, factors))}
    took = {point: seconds_of(point, epochs) for point in (*TWO_FITTED, *TWO_HELD_OUT)}
    more = fitted(TWO_FITTED, Point.exchange, took, partial(_of_one, factors))
    found["processes"] = {
        "factors_s": dict(zip(("per_update", "per_byte_exchanged"), more, strict=True)),
        **_beside(
            TWO_FITTED,
            TWO_HELD_OUT,
            took,
            lambda point: _of_one(factors, point) + added_up(more, point.exchange()),
        ),
    }
    about = {"versions": versions(), "commit": commit(), "machine": machine("cpu")}
    return {**about, "batch": _BATCH, "inputs": _INPUTS, **found}


def _of_one(factors: Mapping[str, Sequence[float]], point: Point) -> float:
    """Return the modelled time but for what is exchanged."""
    return added_up(factors[point.path], point.work())


def _beside(
    ours: Sequence[Point], others: Sequence[Point], took: dict[Point, float], model: Callable[[Point], float]
) -> dict[str, Any]:
    """Return measured and modelled times, and the largest relative error of each kind of point."""
    found: dict[str, Any] = {}
    for name, points in (("fitted", ours), ("held_out", others)):
        found[name] = [
            {**asdict(point), "seconds": took[point], "model_seconds": model(point)} for point in points
        ]
        errors = [abs(each["model_seconds"] / each["seconds"] - 1) for each in found[name]]
        found[f"largest_error_{name}"] = max(errors)
    return found


def table(result: dict[str, Any]) -> str:
    """Return the result in words."""
    lines = []
    for path in ("dense", "spiking", "processes"):
        found = result[path]
        lines.append(f"{path}: " + ", ".join(f"{name} {v:.3g} s" for name, v in found["factors_s"].items()))
        lines.append(
            f"{'':10}{'images':>8}{'width':>7}{'depth':>7}{'T':>5}{'P':>4}{'measured':>11}{'model':>9}"
        )
        for kind in ("fitted", "held_out"):
            for each in found[kind]:
                numbers = f"{each['images']:8}{each['width']:7}{each['depth']:7}{each['steps']:5}"
                times = f"{each['processes']:4}{each['seconds']:9.3f} s{each['model_seconds']:7.3f} s"
                lines.append(f"{kind:10}{numbers}{times}")
            lines.append(f"largest error, {kind}: {found[f'largest_error_{kind}']:.0%}")
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run from the command line; return the exit code."""
    first_line = (__doc__ or "").split("\n")[0]
    parser = benchmark_parser("benchmarks.scaling", first_line, "  python -m benchmarks.scaling --out F")
    parser.add_argument("--epochs", type=int, default=3, help="timed epochs of a point; the quickest counts")
    parser.add_argument("--worker", type=int, nargs=5, help="be a process of several that train this point")
    chosen = parser.parse_args(arguments)
    if chosen.worker:
        with joined("cpu") as team:
            seconds = timed(Point(*chosen.worker), chosen.epochs, team)
            if team.leads:
                print(f"FOUND {seconds}", flush=True)
        return 0
    return finish(lambda: measure(chosen.epochs), table, as_json=chosen.json, out=chosen.out)


if __name__ == "__main__":
    sys.exit(main())
