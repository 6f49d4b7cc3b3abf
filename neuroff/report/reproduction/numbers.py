"""Numbers as the tables print them: accuracies in per cent, differences in points."""

from __future__ import annotations

from collections.abc import Sequence

from neuroff.experiments.statistics import spread
from neuroff.report.grid import MISSING


def plus_minus(values: Sequence[float | None], factor: float = 100.0, digits: int = 2, sign: str = "") -> str:
    """Print mean ± standard deviation; the mean alone for one value, a dash for none.

    Args:
        values: one per seed; missing ones are left out.
        factor: that turns them into what is printed.
        digits: after the point.
        sign: ``+`` to print the sign of positive values as well.
    """
    known = [factor * value for value in values if value is not None]
    if not known:
        return MISSING
    found = spread(known)
    mean = f"{_zero(found.mean, digits):{sign}.{digits}f}"
    return mean if found.deviation is None else f"{mean} ± {found.deviation:.{digits}f}"


def points(difference: float | None, digits: int = 2) -> str:
    """Print a difference of shares in percentage points, with its sign."""
    return MISSING if difference is None else f"{_zero(100 * difference, digits):+.{digits}f}"


def percent(share: float | None, digits: int = 2) -> str:
    """Print a share in per cent."""
    return MISSING if share is None else f"{100 * share:.{digits}f}"


def p_value(p: float | None) -> str:
    """Print a p-value: four decimals at most, ``<0.0001`` below."""
    if p is None:
        return MISSING
    return "<0.0001" if p < 1e-4 else f"{p:.4f}" if p < 0.01 else f"{p:.3f}"


def number(value: float | None, digits: int = 2) -> str:
    """Print a number, a dash for none."""
    return MISSING if value is None else f"{_zero(value, digits):.{digits}f}"


def _zero(value: float, digits: int) -> float:
    """Round, without leaving a negative zero."""
    return round(value, digits) + 0.0
