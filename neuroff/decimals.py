"""The one rule of rounding: what every number that is printed follows.

A number is first written with twelve significant digits, which takes away what binary arithmetic left over,
and then rounded once, half away from zero: 89.35 prints as 89.4, 0.3495 as 0.3 and 0.35.
"""

from __future__ import annotations

import math
from decimal import ROUND_HALF_UP, Decimal

_KEPT = 12


def fixed(value: float, digits: int, sign: str = "") -> str:
    """Print a number with so many digits after the point; no zero has a minus sign.

    Args:
        value: the number; one that is not finite is printed as it is.
        digits: after the point.
        sign: ``+`` to print the sign of positive values as well; ``,`` to part thousands.
    """
    if not math.isfinite(value):
        return f"{value:{sign}}"
    rounded = _written(value).quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP)
    return f"{rounded if rounded else abs(rounded):{sign}.{digits}f}"


def to_digits(value: float, digits: int) -> float:
    """Return a number rounded to so many significant digits; one that is not finite as it is."""
    if not math.isfinite(value) or value == 0:
        return value
    written = _written(value)
    return float(written.quantize(Decimal(1).scaleb(written.adjusted() - digits + 1), ROUND_HALF_UP))


def _written(value: float) -> Decimal:
    return Decimal(f"{value:.{_KEPT - 1}e}")
