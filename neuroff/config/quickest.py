"""Which type of factors multiplies matrices soonest here: measured once a machine, and kept.

bfloat16 is two to four times as quick as float32 on processors that have instructions for it, and slower by
as much on others; names of processors do not tell them apart, half a second of products does.
"""

from __future__ import annotations

import platform
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any, Literal

import torch

from neuroff.core.signal import product
from neuroff.errors import NeuroffError
from neuroff.files import read_json, write_json

Quick = Literal["float32", "bfloat16"]

PROBE_S = 0.5
"""How long products are measured."""

CLEARLY = 0.9
"""bfloat16 is taken where it needs less than this share of float32's time: it rounds more."""

_SHAPE = (2000, 500, 500)


def quickest_precision(cache: Path | None = None) -> Quick:
    """Return the type to take, measured now or read from where an earlier measurement is kept.

    Args:
        cache: a JSON file; by default one in the user's cache folder. Where it cannot be read or written,
            products are measured again.
    """
    file = cache or _usual_cache()
    key = machine_key()
    kept = _read(file)
    if kept.get(key) in ("float32", "bfloat16"):
        found: Quick = kept[key]
        return found
    found = measured_precision()
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        write_json(file, {**kept, key: found})
    except (OSError, NeuroffError):
        pass
    return found


def measured_precision(clock: Callable[[], float] = time.perf_counter) -> Quick:
    """Return the type whose products, conversions included, are quicker: medians side by side."""
    rows, inner, columns = _SHAPE
    left, right = torch.rand(rows, inner), torch.rand(inner, columns)
    times: dict[torch.dtype, list[float]] = {torch.float32: [], torch.bfloat16: []}
    for precision in times:  # the first product sets up what is kept
        product(left, right, precision)
    started = clock()
    while not times[torch.bfloat16] or clock() - started < PROBE_S:
        for precision, seconds in times.items():
            before = clock()
            product(left, right, precision)
            seconds.append(clock() - before)
    quick = median(times[torch.bfloat16]) < CLEARLY * median(times[torch.float32])
    return "bfloat16" if quick else "float32"


def machine_key() -> str:
    """Return what the answer depends on: processor, threads and PyTorch."""
    capability = torch.backends.cpu.get_cpu_capability()
    return f"{_processor()} {capability}, {torch.get_num_threads()} threads, torch {torch.__version__}"


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        return next(line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor() or platform.machine()


def _usual_cache() -> Path:
    import pooch  # half a second of imports that few need

    return Path(pooch.os_cache("neuroff")) / "precision.json"


def _read(file: Path) -> dict[str, Any]:
    try:
        found = read_json(file)
    except (OSError, NeuroffError):
        return {}
    return found if isinstance(found, dict) else {}
