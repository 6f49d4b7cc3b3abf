"""Values over training epochs, summarised over seeds."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from statistics import fmean
from typing import Final

from neuroff.results.reproduction import Column, CurvePoint, ReproducedRun

NO_ERROR_PERCENT: Final = 0.01
"""Where a log axis shows an error of zero."""

Series = list[tuple[int, float, float, float]]
"""Epoch over all stages, mean, least and greatest value over seeds."""


def log_accuracy(point: CurvePoint) -> float | None:
    """Return the natural logarithm of training accuracy in per cent; ``None`` where nothing is right."""
    return math.log(100 * point.train) if point.train > 0 else None


def train_error(point: CurvePoint) -> float:
    """Return the training error in per cent."""
    return max(100 * (1 - point.train), NO_ERROR_PERCENT)


def held_out_error(point: CurvePoint) -> float | None:
    """Return the error on held-out images in per cent; ``None`` where it was not taken."""
    return None if point.held_out is None else max(100 * (1 - point.held_out), NO_ERROR_PERCENT)


def _starts(runs: Sequence[ReproducedRun]) -> dict[int, int]:
    """Return the epochs that were over when each stage began."""
    length: dict[int, int] = {}
    for run in runs:
        for point in run.curves:
            length[point.stage] = max(length.get(point.stage, 0), point.epoch)
    starts, total = {}, 0
    for stage in sorted(length):
        starts[stage] = total
        total += length[stage]
    return starts


def series_of(runs: Sequence[ReproducedRun], value: Callable[[CurvePoint], float | None]) -> Series:
    """Return a value of every recorded epoch over seeds."""
    starts = _starts(runs)
    return _across_seeds(
        (starts[point.stage] + point.epoch, value(point)) for run in runs for point in run.curves
    )


def held_gamma(runs: Sequence[ReproducedRun], layer: int) -> Series:
    """Return a layer's γ over seeds: before it learns what γ starts from, after it what γ had become."""
    starts, points = _starts(runs), []
    for run in runs:
        own = [
            next((entry.gamma for entry in point.layers if entry.layer == layer), None)
            for point in run.curves
        ]
        last = run.chosen.collaboration.gamma
        for point, gamma in zip(run.curves, own, strict=True):
            last = last if gamma is None else gamma
            points.append((starts[point.stage] + point.epoch, last))
    return _across_seeds(points)


def _across_seeds(points: Iterable[tuple[int, float | None]]) -> Series:
    found: dict[int, list[float]] = {}
    for epoch, value in points:
        if value is not None:
            found.setdefault(epoch, []).append(value)
    return [(epoch, fmean(v), min(v), max(v)) for epoch, v in sorted(found.items())]


def stage_starts(columns: Mapping[str, Column]) -> list[int]:
    """Return after which epochs each further layer begins, and the end; empty unless the columns agree."""
    found = set()
    for column in columns.values():
        starts = _starts(column.runs)
        if len(starts) > 1:
            ends = [start for start in starts.values() if start]
            last = max(p.epoch for run in column.runs for p in run.curves if p.stage == max(starts))
            found.add((*ends, ends[-1] + last))
    return list(found.pop()) if len(found) == 1 else []
