"""Bytes on the wire per step, computed and measured: FF, CFF and backpropagation, two processes over gloo.

    python -m benchmarks.wire [--json] [--out FILE]

``computed`` is the payload that one process adds up per step by the shapes alone; ``payload`` what the
program counted; ``loopback`` what the loopback of this machine carried per step, both ways and
acknowledgements included, the least of some windows, since other programs use it too (Linux). Backpropagation
is PyTorch's DistributedDataParallel on a network of the same widths and a linear layer of classes.
"""

from __future__ import annotations

import itertools
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, get_args

import numpy as np
import torch
import torch.distributed as dist
from torch import nn

from benchmarks.output import benchmark_parser, finish
from neuroff.choices import Variant
from neuroff.config.build import build
from neuroff.config.inputs import prepare
from neuroff.config.overrides import apply_settings
from neuroff.config.presets import preset
from neuroff.core.rules import LayerGradient
from neuroff.data import DataSet
from neuroff.errors import RunError
from neuroff.provenance import commit, machine, versions
from neuroff.training.online import learner
from neuroff.training.optimiser import LayerOptimiser
from neuroff.training.ranks import Ranks, joined
from neuroff.training.step import LayerStatistics
from neuroff.training.team import Team

WIDTHS = (784, 500, 500)
_CLASSES, _BATCH, _WINDOW = 10, 100, 20
KINDS = ("ff", "acff", "backpropagation")


def computed(kind: str, widths: Sequence[int] = WIDTHS) -> dict[str, int]:
    """Return the payload bytes of a step, by what they are; float32, statistics float64."""
    layers = list(itertools.pairwise(widths))
    if kind == "backpropagation":
        layers.append((widths[-1], _CLASSES))
        return {"updates": 4 * sum(inputs * neurons + neurons for inputs, neurons in layers)}
    return {
        "updates": 4 * sum(inputs * neurons + neurons for inputs, neurons in layers),
        "gamma": 4 * len(layers),
        "statistics": 8 * (3 * len(layers) + 1),
    }


def local_step(kind: str, team: Team) -> Callable[[], None]:
    """Return a training step of this process's share of a batch."""
    stream = np.random.default_rng(0)
    images = stream.integers(0, 256, (_BATCH, WIDTHS[0]), np.uint8)
    dataset = DataSet.from_arrays(images, np.arange(_BATCH) % _CLASSES, images[:10], np.arange(10))
    settings = [f"widths={','.join(map(str, WIDTHS[1:]))}", "training.pixel_dropout=0"]
    variant = next(each for each in get_args(Variant) if each == kind)
    config = apply_settings(preset("groups", variant=variant), settings)
    split = prepare(dataset, config)
    network, plan = build(config, split)
    optimisers = [LayerOptimiser(layer, plan) for layer in network.layers]
    learn, indices = learner(plan), range(len(network.layers))
    question = network.asking.question(split.train.labels, split.train.labels)
    held = {index: LayerStatistics.empty(torch.device("cpu")) for index in indices}

    @torch.no_grad()
    def step() -> None:
        gradients = {index: LayerGradient.of(network.layers[index]) for index in indices}
        statistics = team.statistics(held)
        for _, rows in team.dealt(slice(0, _BATCH), plan.chunk_size):
            stimulus, asked = split.train.stimulus(rows), question.rows(rows)
            learn(
                network,
                plan.losses(len(network.layers)),
                stimulus,
                asked,
                gradients,
                statistics,
                images=float(_BATCH),
            )
        team.add_up(network.layers, gradients, statistics, held, lambda: False)
        for index in indices:
            optimisers[index].step(gradients[index], plan.learning_rate)

    return step


def backpropagation_step(team: Team) -> Callable[[], None]:
    """Return a step of DistributedDataParallel on the same widths."""
    torch.manual_seed(0)
    sizes = (*WIDTHS, _CLASSES)
    parts = [
        part
        for inputs, neurons in itertools.pairwise(sizes)
        for part in (nn.Linear(inputs, neurons), nn.ReLU())
    ]
    model = nn.parallel.DistributedDataParallel(nn.Sequential(*parts[:-1]))
    optimiser = torch.optim.Adam(model.parameters())
    share = _BATCH // team.size
    images, labels = torch.rand(share, WIDTHS[0]), torch.arange(share) % _CLASSES

    def step() -> None:
        optimiser.zero_grad()
        nn.functional.cross_entropy(model(images), labels).backward()
        optimiser.step()

    return step


def loopback_bytes() -> int | None:
    """Return what the loopback has carried so far (Linux)."""
    try:
        lines = Path("/proc/net/dev").read_text(encoding="ascii").splitlines()
    except OSError:
        return None
    return next(
        (int(line.split(":")[1].split()[0]) for line in lines if line.strip().startswith("lo:")), None
    )


def worker(kind: str, windows: int) -> None:
    """Run steps as one process of torchrun; the first one prints what a step took."""
    torch.set_num_threads(1)
    with joined("cpu") as team:
        step = backpropagation_step(team) if kind == "backpropagation" else local_step(kind, team)
        carried, took = [], []
        for window in range(windows + 1):
            dist.barrier()
            before, started = loopback_bytes(), time.perf_counter()
            for _ in range(_WINDOW):
                step()
            dist.barrier()
            after = loopback_bytes()
            if window:  # the first one warms up
                took.append((time.perf_counter() - started) / _WINDOW)
                if before is not None and after is not None:
                    carried.append((after - before) / _WINDOW)
        if team.leads:
            counted = team.payload_bytes / (_WINDOW * (windows + 1)) if isinstance(team, Ranks) else 0
            found = {
                "payload_bytes": counted if kind != "backpropagation" else None,
                "loopback_bytes": min(carried, default=None),
                "step_s": min(took),
            }
            print("FOUND " + json.dumps(found), flush=True)


def by_torchrun(module: str, processes: int, *words: str) -> str:
    """Return what the first of some processes of a module found, printed behind the word FOUND.

    Raises:
        RunError: if one of them fails.
    """
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone"]
    command += ["--nproc-per-node", str(processes), "-m", module, *words]
    environment = {**os.environ, "GLOO_SOCKET_IFNAME": "lo", "OMP_NUM_THREADS": "1"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    lines = [line for line in done.stdout.splitlines() if line.startswith("FOUND ")]
    if done.returncode or not lines:
        raise RunError(f"{processes} processes failed: {done.stderr[-500:]}", where=module)
    return lines[0].removeprefix("FOUND ")


def measure(windows: int) -> dict[str, Any]:
    """Run every kind by two processes.

    Raises:
        RunError: if one of them fails.
    """
    found = {}
    for kind in KINDS:
        parts = computed(kind)
        text = by_torchrun("benchmarks.wire", 2, "--worker", kind, "--windows", str(windows))
        found[kind] = {
            "computed_bytes": sum(parts.values()),
            "computed_parts": parts,
            **json.loads(text),
        }
    return {
        "versions": versions(),
        "commit": commit(),
        "machine": machine("cpu"),
        "widths": list(WIDTHS),
        "batch": _BATCH,
        "processes": 2,
        "kinds": found,
    }


def table(result: dict[str, Any]) -> str:
    """Return the result in words."""
    lines = [f"{'':18}{'computed':>12}{'counted':>12}{'loopback':>12}{'a step':>10}"]
    for kind, each in result["kinds"].items():
        payload = "–" if each["payload_bytes"] is None else f"{each['payload_bytes']:,.0f}"
        carried = "–" if each["loopback_bytes"] is None else f"{each['loopback_bytes']:,.0f}"
        lines.append(
            f"{kind:18}{each['computed_bytes']:>12,}{payload:>12}{carried:>12}{1e3 * each['step_s']:7.1f} ms"
        )
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run from the command line; return the exit code."""
    parser = benchmark_parser(
        "benchmarks.wire", (__doc__ or "").split("\n")[0], "  python -m benchmarks.wire --out wire.json"
    )
    parser.add_argument("--windows", type=int, default=10, help=f"of {_WINDOW} steps each; the least counts")
    parser.add_argument("--worker", choices=KINDS, help="be one of the two processes")
    chosen = parser.parse_args(arguments)
    if chosen.worker:
        worker(chosen.worker, chosen.windows)
        return 0
    return finish(lambda: measure(chosen.windows), table, as_json=chosen.json, out=chosen.out)


if __name__ == "__main__":
    sys.exit(main())
