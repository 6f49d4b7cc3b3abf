"""Energies, times and shares as a reader sees them: two significant digits, SI prefixes."""

from __future__ import annotations

from neuroff.energy.pricing.account import Account
from neuroff.energy.pricing.inferred import InferredBand
from neuroff.energy.pricing.learning import LearningCost
from neuroff.energy.profile.prices import Band
from neuroff.energy.units import format_si
from neuroff.report.printed import DOES_NOT_FIT, MISSING, UNPRICED


def joules(band: Band | None, *, lower_bound: bool = False) -> str:
    """Print the nominal value, ``"≥ 1.3 µJ"`` where something counted is missing from it."""
    if band is None:
        return UNPRICED
    return ("≥ " if lower_bound else "") + format_si(band.nominal, "J")


def span(band: Band | None) -> str:
    """Print low and high with one unit where they share it: ``"1.1 – 2.3 µJ"``."""
    if band is None or band.low == band.high:
        return MISSING
    low, high = format_si(band.low, "J"), format_si(band.high, "J")
    if low == high:
        return MISSING
    number, _, unit = low.partition(" ")
    return f"{number if high.endswith(' ' + unit) else low} – {high}"


def inferred(found: InferredBand | None) -> str:
    """Print an inferred band: ``"1.1 – 2.3 µJ"``."""
    return MISSING if found is None else span(Band(found.low_J, found.low_J, found.high_J))


def prediction(entry: Account) -> str:
    """Print the energy of one prediction, or why there is none."""
    if not entry.network.fits:
        return DOES_NOT_FIT
    return joules(entry.energy_J, lower_bound=entry.is_lower_bound)


def seconds(value: float | None, *, lower_bound: bool = False) -> str:
    """Print a time."""
    return MISSING if value is None else ("≥ " if lower_bound else "") + format_si(value, "s")


def learning(cost: LearningCost | None, samples: int = 1) -> str:
    """Print the energy of some training samples, or why there is none."""
    if cost is None:
        return MISSING
    if not cost.fits:
        return DOES_NOT_FIT
    total = None if cost.energy_J is None else cost.energy_J * samples
    return joules(total, lower_bound=bool(cost.unpriced))
