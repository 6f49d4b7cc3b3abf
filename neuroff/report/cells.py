"""Numbers as a reader sees them in a table, the same in the terminal and on the page."""

from __future__ import annotations

import math

from neuroff.energy.units import format_si
from neuroff.report.printed import DOES_NOT_FIT, MISSING, UNPRICED, fixed, mean_deviation
from neuroff.report.summary import Energy, Group, Statistic


def percent(share: Statistic | None, digits: int = 2) -> str:
    """Print a share in per cent, without the sign: ``"95.31 ± 0.12"``."""
    return MISSING if share is None else _mean(share, 100.0, digits)


def number(value: Statistic | None, digits: int = 3) -> str:
    """Print a number with a few significant digits: ``"1.24 ± 0.03"``."""
    if value is None:
        return MISSING
    magnitude = math.floor(math.log10(abs(value.mean))) if value.mean else 0
    return _mean(value, 1.0, min(max(digits - 1 - magnitude, 0), 6))


def count(value: Statistic | None) -> str:
    """Print a number of times: ``"10"``."""
    return MISSING if value is None else f"{value.mean:g}"


def quantity(value: Statistic | None, unit: str = "", digits: int = 3) -> str:
    """Print a quantity with an SI prefix: ``"1.31 ± 0.02 µJ"``."""
    if value is None:
        return MISSING
    text = format_si(value.mean, unit, digits=digits)
    if not value.deviation or not value.mean:
        return text
    figure, _, prefixed = text.partition(" ")
    decimals = len(figure.partition(".")[2])
    deviation = value.deviation * float(figure) / value.mean
    return f"{figure} ± {fixed(deviation, decimals)} {prefixed}".rstrip()


def energy(value: Energy | None) -> str:
    """Print an energy: ``"≥ 1.3 µJ"`` where counted work has no price, ``"no price"`` where none has one.

    ``"does not fit"`` where the device is too small for the network.
    """
    if value is None:
        return MISSING
    if not value.fits:
        return DOES_NOT_FIT
    if not value.is_priced:
        return UNPRICED
    return ("≥ " if value.is_lower_bound else "") + quantity(value.nominal_J, "J", digits=2)


def firing_rates(group: Group) -> str:
    """Print the mean firing rate of each layer: ``"0.12, 0.10"``."""
    return ", ".join(f"{rate.mean:#.2g}" for rate in group.firing_rates) or MISSING


def _mean(value: Statistic, factor: float, digits: int) -> str:
    deviation = None if value.deviation is None else value.deviation * factor
    return mean_deviation(value.mean * factor, deviation, digits)
