"""What the pages' modules read: results files, and the forms in which tables print them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from neuroff.report.printed import fixed, percent, plus_minus, points

ROOT = Path(__file__).resolve().parent.parent.parent
RESULTS = ROOT / "docs" / "results"
TITLES = {"mnist": "MNIST", "fashion-mnist": "Fashion"}
VARIANTS = {"ff": "FF", "fcff": "F-CFF", "acff": "A-CFF"}


@cache
def kept(name: str) -> Any:
    """Return a file of docs/results."""
    return json.loads((RESULTS / name).read_text(encoding="utf-8"))


def over_seeds(column: Mapping[str, Any], part: str, digits: int = 2) -> str:
    """Print a column's accuracy in per cent, mean ± deviation over its seeds."""
    return minus(plus_minus(column[part], digits=digits))


def gains(column: Mapping[str, Any], base: Mapping[str, Any]) -> list[float]:
    """Return a column's gain in test accuracy over another one, seed by seed."""
    before = dict(zip(base["seeds"], base["test"], strict=True))
    return [
        test - before[seed]
        for seed, test in zip(column["seeds"], column["test"], strict=True)
        if seed in before
    ]


def gain(column: Mapping[str, Any], base: Mapping[str, Any]) -> str:
    """Print that gain in points, mean ± deviation."""
    return minus(plus_minus(gains(column, base), sign="+"))


def mean(values: Iterable[float]) -> float:
    """Return a mean."""
    listed = list(values)
    return sum(listed) / len(listed)


def minus(text: str) -> str:
    """Return a printed number with the sign that pages have for minus."""
    return text.replace("-", "−")


__all__ = [
    "RESULTS",
    "ROOT",
    "TITLES",
    "VARIANTS",
    "fixed",
    "gain",
    "gains",
    "kept",
    "mean",
    "minus",
    "over_seeds",
    "percent",
    "plus_minus",
    "points",
]
