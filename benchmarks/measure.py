"""Clocks, memory meters and the machine's own matrix-product rate."""

from __future__ import annotations

import json
import os
import platform
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

import torch

from neuroff.errors import NeuroffError
from neuroff.provenance import commit, machine, versions

# (rows, inner, columns): a chunk of the network's own products, forward and gradient, and squares.
_SHAPES = ((2000, 784, 500), (500, 2000, 784), (2000, 500, 500), (4000, 784, 500), (1024, 1024, 1024))


def seconds_of(work: Callable[[], Any]) -> float:
    """Return the wall time of one call."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def in_turn(works: dict[str, Callable[[], Any]], repeats: int) -> dict[str, list[float]]:
    """Run all works once to warm up, then in turn, A B A B …; return the wall times of each."""
    for work in works.values():
        work()
    rounds = [{name: seconds_of(work) for name, work in works.items()} for _ in range(repeats)]
    return {name: [each[name] for each in rounds] for name in works}


def two_clocks(
    works: dict[str, Callable[[], Any]], repeats: int
) -> tuple[dict[str, list[float]], dict[str, list[float]]]:
    """Run works like `in_turn`; return wall times, and processor times of all threads together."""
    for work in works.values():
        work()
    wall: dict[str, list[float]] = {name: [] for name in works}
    processor: dict[str, list[float]] = {name: [] for name in works}
    for _ in range(repeats):
        for name, work in works.items():
            started = time.process_time()
            wall[name].append(seconds_of(work))
            processor[name].append(time.process_time() - started)
    return wall, processor


def ratio(slow: Sequence[float], fast: Sequence[float]) -> float:
    """Return the median of pairwise ratios."""
    return median(a / b for a, b in zip(slow, fast, strict=True))


def matrix_rate() -> float:
    """Return the machine's float32 matrix-product rate in flop/s: the best of a few shapes and tries."""
    best = 0.0
    for rows, inner, columns in _SHAPES:
        left, right = torch.rand(rows, inner), torch.rand(inner, columns)
        out = torch.empty(rows, columns)
        multiply = partial(torch.mm, left, right, out=out)
        quickest = min(seconds_of(multiply) for _ in range(3))
        best = max(best, 2.0 * rows * inner * columns / quickest)
    return best


def resident_bytes() -> int:
    """Return how much memory of this process is in use now (Linux), or at most was (elsewhere)."""
    try:
        return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()
    except OSError:
        return _largest_by_getrusage()


def peak_resident_bytes() -> int:
    """Return how much memory this process had in use at most since its start or `forget_peak`.

    On Linux, getrusage's figure is not used: a process inherits it from the one that started it.
    """
    try:
        status = Path("/proc/self/status").read_text()
        return next(int(line.split()[1]) * 1024 for line in status.splitlines() if line.startswith("VmHWM"))
    except (OSError, StopIteration):
        return _largest_by_getrusage()


def forget_peak() -> None:
    """Let the peak start from what is in use now, where the system can."""
    try:
        Path("/proc/self/clear_refs").write_text("5")
    except OSError:
        return


def _largest_by_getrusage() -> int:
    largest = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return largest if sys.platform == "darwin" else largest * 1024


def json_from_own_process(module: str, *arguments: str) -> Any:
    """Run a module of this package in a process of its own and return the JSON it prints.

    Raises:
        NeuroffError: if it fails, with the last line it wrote about that.
    """
    done = subprocess.run(
        [sys.executable, "-m", module, *arguments],
        capture_output=True,
        text=True,
        cwd=Path(__file__).resolve().parent.parent,
    )
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["no message"])[-1]
        raise NeuroffError(
            f"ended with code {done.returncode} ({last})", where=f"{module} {' '.join(arguments)}"
        )
    return json.loads(done.stdout)


def surroundings() -> dict[str, Any]:
    """Return versions, commit and machine, as they belong into every result."""
    described = machine("cpu") | {"cpu": _cpu(), "cores": os.cpu_count(), "load_average": os.getloadavg()}
    return {"versions": versions(), "commit": commit(), "machine": described}


def _cpu() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        return next(line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor()
