"""The fixed-point emulator against lava-nc's Python simulation, in neuron updates per second on one core.

Both run the same integers: a 784-500-500 network with input spikes at every step, weights of both signs, and
decays of current and potential. lava-nc simulates one sample at a time, which is all it can do; neuroff takes
one sample and a batch. Both have to emit the same number of spikes in every layer.

lava-nc 0.10.0 needs Python 3.10 and is called in an interpreter of its own, named by --lava or the
environment variable NEUROFF_LAVA_PYTHON:

    python3.10 -m venv lava && lava/bin/pip install lava-nc==0.10.0 numpy==1.26.4
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import torch
from torch import Tensor

from benchmarks.measure import seconds_of, surroundings
from benchmarks.output import finish, positive
from neuroff.chip.network import ChipLayer, ChipNetwork, run
from neuroff.chip.neurons import ChipNeurons
from neuroff.chip.synapses import ChipSynapses
from neuroff.errors import MissingDependencyError, NeuroffError

_WIDTHS = (784, 500, 500)
_NEURONS = ({"du": 1000, "dv": 410, "vth": 4000}, {"du": 4095, "dv": 410, "vth": 900})
_RATE = 0.1  # of the input, per step
_EXAMPLES = """examples:
  python -m benchmarks.emulator --lava lava/bin/python            all of it: about a minute
  python -m benchmarks.emulator --json --out emulator.json        for a program to read
"""


@dataclass(frozen=True, eq=False)
class Problem:
    """The network and its input.

    Attributes:
        chip: the network.
        events: input spikes of one sample, ``(steps, axons)``.
        batch: input spikes of many samples, a fresh draw for each, ``(steps, B, axons)``.
    """

    chip: ChipNetwork
    events: Tensor
    batch: Tensor

    @property
    def neurons(self) -> int:
        """Number of neurons."""
        return sum(layer.neurons.count for layer in self.chip.layers)


def make_problem(steps: int, samples: int) -> Problem:
    """Draw the network and its input; the second layer is mostly excited, so that it fires."""
    draw = np.random.default_rng(0)
    layers = []
    for index, neurons in enumerate(_NEURONS):
        low = -128 if index == 0 else -100
        weight = torch.from_numpy(draw.integers(low, 128, (_WIDTHS[index + 1], _WIDTHS[index])) * 2)
        none = torch.zeros(_WIDTHS[index + 1], dtype=torch.int32)
        layers.append(
            ChipLayer(
                ChipSynapses(weight), ChipNeurons(none, none, neurons["du"], neurons["dv"], neurons["vth"])
            )
        )
    events = torch.from_numpy((draw.random((steps, _WIDTHS[0])) < _RATE).astype(np.int32))
    batch = torch.from_numpy((draw.random((steps, samples, _WIDTHS[0])) < _RATE).astype(np.int32))
    return Problem(ChipNetwork(tuple(layers)), events, batch)


def spikes_of(problem: Problem) -> list[int]:
    """Return how many spikes each layer emits for the one sample."""
    totals = [0] * len(problem.chip.layers)
    for taken in run(problem.chip, problem.events[:, None], 1):
        for index, spikes in enumerate(taken.spikes):
            totals[index] += int(spikes.sum())
    return totals


def present_all(chip: ChipNetwork, events: Tensor) -> None:
    """Run a presentation to its end."""
    for _ in run(chip, events, events.shape[1]):
        pass


def lava(python: str, problem: Problem, repeats: int) -> dict[str, Any]:
    """Run lava-nc's side in its own interpreter.

    Raises:
        NeuroffError: if it fails, with the last line it wrote about that.
    """
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        np.save(folder / "events.npy", problem.events.numpy(), allow_pickle=False)
        for index, layer in enumerate(problem.chip.layers):
            np.save(folder / f"weights{index}.npy", layer.synapses.weight.numpy(), allow_pickle=False)
        described = {"steps": len(problem.events), "repeats": repeats, "neurons": _NEURONS}
        (folder / "problem.json").write_text(json.dumps(described))
        # Alone in its folder, where no module of ours hides one of Python's.
        script = Path(__file__).parent / "lava" / "emulator.py"
        try:
            done = subprocess.run([python, str(script), name], capture_output=True, text=True)
        except OSError as error:
            raise NeuroffError(
                f"cannot be started ({error.strerror})", where=python, expected="a Python 3.10 with lava-nc"
            ) from None
        if done.returncode:
            last = (done.stderr.strip().splitlines() or ["no message"])[-1]
            raise NeuroffError(f"ended with code {done.returncode} ({last})", where=f"{python} {script.name}")
        found: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
        return found


def measure(python: str, steps: int, samples: int, repeats: int) -> dict[str, Any]:
    """Measure everything on one core.

    Args:
        python: interpreter that has lava-nc.
        steps: of a presentation.
        samples: of neuroff's batch.
        repeats: presentations that count, of each side.
    """
    if not python:
        raise MissingDependencyError(
            "no interpreter with lava-nc named", where="--lava",
            fix="install lava-nc==0.10.0 in a Python 3.10 environment and name its python",
        )  # fmt: skip
    torch.set_num_threads(1)
    on_one_core()
    problem = make_problem(steps, samples)
    works: dict[str, Callable[[], None]] = {
        "one sample": partial(present_all, problem.chip, problem.events[:, None]),
        "batch": partial(present_all, problem.chip, problem.batch),
    }
    seconds: dict[str, list[float]] = {name: [] for name in works}
    half = -(-repeats // 2)
    for name, work in works.items():  # half before lava-nc and half after it, since the machine may change
        work()
        seconds[name] += [seconds_of(work) for _ in range(half)]
    theirs = lava(python, problem, repeats)
    ours = spikes_of(problem)
    if theirs["spikes"] != ours:
        raise NeuroffError(
            f"lava-nc emits {theirs['spikes']} spikes, neuroff {ours}", where="emulator benchmark",
            expected="the same integers on both sides",
        )  # fmt: skip
    for name, work in works.items():
        seconds[name] += [seconds_of(work) for _ in range(half)]
    seconds["lava-nc"] = theirs["seconds"]
    updates = {"one sample": 1, "batch": samples, "lava-nc": 1}
    rate = {name: problem.neurons * steps * updates[name] / median(seconds[name]) for name in updates}
    return {
        "benchmark": "emulator",
        "neuron_updates_per_s": rate,
        "speedup": rate["batch"] / rate["lava-nc"],
        "speedup_one_sample": rate["one sample"] / rate["lava-nc"],
        "seconds": {name: median(times) for name, times in seconds.items()},
        "spikes": ours,
        "firing_rate": [
            count / steps / layer.neurons.count
            for count, layer in zip(ours, problem.chip.layers, strict=True)
        ],
        "widths": list(_WIDTHS),
        "steps": steps,
        "samples": samples,
        "repeats": repeats,
        "lava-nc": "0.10.0",
        **surroundings(),
    }


def on_one_core() -> None:
    """Stay on one of the cores allowed, with the processes started from here, where the system can say so."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})


def table(result: dict[str, Any]) -> str:
    """Return the result as text."""
    lines = [f"{'':24}{'neuron updates':>18}{'against lava-nc':>18}"]
    lava_rate = result["neuron_updates_per_s"]["lava-nc"]
    names = {"lava-nc": "lava-nc 0.10.0", "one sample": "neuroff, one sample"}
    names["batch"] = f"neuroff, {result['samples']} samples"
    for key, name in names.items():
        rate = result["neuron_updates_per_s"][key]
        lines.append(f"{name:24}{rate / 1e6:>14.2f} M/s{rate / lava_rate:>17.1f}x")
    rates = ", ".join(f"{100 * rate:.0f} %" for rate in result["firing_rate"])
    widths = "-".join(map(str, result["widths"]))
    return "\n".join(
        [
            *lines,
            "",
            f"{widths}, {result['steps']} steps, input spikes at every step; {rates} of the neurons fire.",
            "One core for each side. Both sides emit the same number of spikes in every layer.",
        ]
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Run from the command line; return the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.emulator",
        description=__doc__,
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--lava",
        metavar="PYTHON",
        default=os.environ.get("NEUROFF_LAVA_PYTHON", ""),
        help="interpreter that has lava-nc (default: NEUROFF_LAVA_PYTHON)",
    )
    parser.add_argument("--steps", type=positive, default=50, help="of a presentation (default: 50)")
    parser.add_argument("--samples", type=positive, default=256, help="neuroff's batch (default: 256)")
    parser.add_argument("--repeats", type=positive, default=5, help="presentations that count (default: 5)")
    parser.add_argument("--json", action="store_true", help="print one JSON object instead of a table")
    parser.add_argument("--out", type=Path, metavar="FILE", help="also write the JSON object to a file")
    given = parser.parse_args(arguments)
    return finish(
        lambda: measure(given.lava, given.steps, given.samples, given.repeats),
        table,
        as_json=given.json,
        out=given.out,
    )


if __name__ == "__main__":
    sys.exit(main())
