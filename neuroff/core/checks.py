"""Refuse numbers that a plan or a neuron cannot mean."""

from __future__ import annotations

import math
from typing import SupportsFloat, SupportsIndex

from neuroff.errors import ConfigError


def require_number(
    name: str,
    value: object,
    *,
    least: float | None = None,
    above: float | None = None,
    below: float = math.inf,
    most: float = math.inf,
    where: str = "Plan",
) -> None:
    """Raise ConfigError unless a value is a finite number within bounds, those that are given."""
    low = f"at least {least:g}" if least is not None else "" if above is None else f"above {above:g}"
    high = "" if math.isinf(below) else f"below {below:g}"
    high = high if math.isinf(most) else f"at most {most:g}"
    plain = isinstance(value, SupportsFloat) and not isinstance(value, bool)
    try:
        number = float(value) if plain else math.nan  # type: ignore[arg-type]
    except OverflowError:  # a whole number beyond what a double holds
        number = math.inf
    fits = (
        math.isfinite(number)
        and (least is None or number >= least)
        and (above is None or number > above)
        and number < below
        and number <= most
    )
    if not fits:
        expected = " ".join(("a number", " and ".join(filter(None, (low, high))))).strip()
        raise ConfigError(f"{name} = {str(value)[:80]}", where=where, expected=expected)


def require_whole(
    name: str, value: object, *, least: int, below: float = math.inf, where: str = "Plan"
) -> None:
    """Raise ConfigError unless a value is a whole number within bounds."""
    if isinstance(value, bool) or not isinstance(value, SupportsIndex):
        raise ConfigError(f"{name} = {value!r}", where=where, expected=f"a whole number of at least {least}")
    require_number(name, value, least=least, below=below, where=where)
