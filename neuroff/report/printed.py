"""Numbers as every table, figure and page of neuroff prints them: one form for one kind of number.

All are rounded by `neuroff.decimals`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from neuroff import decimals
from neuroff.energy.units import format_si
from neuroff.experiments.statistics import spread

MISSING: Final = "–"
"""Stands where nothing was measured."""
UNPRICED: Final = "no price"
"""Stands where work was counted that no source prices."""
DOES_NOT_FIT: Final = "does not fit"
"""Stands where a device is too small for the network."""


def fixed(value: float | None, digits: int = 2) -> str:
    """Print a number with so many digits after the point, a dash for none."""
    return MISSING if value is None else decimals.fixed(value, digits)


def significant(value: float | None, digits: int = 2) -> str:
    """Print a number with so many significant digits; very large and small ones with an SI prefix."""
    if value is None:
        return MISSING
    if 1e-3 <= abs(value) < 1e4 or value == 0:
        return f"{decimals.to_digits(value, digits):.{digits}g}"
    return format_si(value, "", digits=digits)


def amount(value: float) -> str:
    """Print a count with three significant digits."""
    return (
        format_si(value, "", digits=3, trim=True) if value >= 1000 else f"{decimals.to_digits(value, 3):.3g}"
    )


def percent(share: float | None, digits: int = 2) -> str:
    """Print a share in per cent, without the sign."""
    return fixed(None if share is None else 100 * share, digits)


def points(difference: float | None, digits: int = 2) -> str:
    """Print a difference of shares in percentage points, with its sign."""
    return MISSING if difference is None else decimals.fixed(100 * difference, digits, "+")


def share_of_all(share: float | None) -> str:
    """Print a part of a whole in per cent with the sign; what is not quite all never reads ``"100 %"``."""
    if share is None:
        return MISSING
    return f"{percent(share, 0 if share < 0.995 or share == 1 else 2)} %"


def p_value(p: float | None) -> str:
    """Print a p-value: four decimals at most, ``<0.0001`` below."""
    if p is None:
        return MISSING
    return "<0.0001" if p < 1e-4 else fixed(p, 4 if p < 0.01 else 3)


def mean_deviation(mean: float, deviation: float | None, digits: int = 2, sign: str = "") -> str:
    """Print ``"95.31 ± 0.12"``, the mean alone where one value has no deviation.

    Args:
        mean: as printed.
        deviation: standard deviation over seeds, in the same unit.
        digits: after the point, of both.
        sign: ``+`` to print the sign of positive values as well.
    """
    text = decimals.fixed(mean, digits, sign)
    return text if deviation is None else f"{text} ± {decimals.fixed(deviation, digits)}"


def plus_minus(values: Sequence[float | None], factor: float = 100.0, digits: int = 2, sign: str = "") -> str:
    """Print mean ± standard deviation of values; a dash for none.

    Args:
        values: one per seed; missing ones are left out.
        factor: that turns them into what is printed: 100 for shares in per cent.
        digits: after the point.
        sign: ``+`` to print the sign of positive values as well.
    """
    known = [factor * value for value in values if value is not None]
    if not known:
        return MISSING
    found = spread(known)
    return mean_deviation(found.mean, found.deviation, digits, sign)
