"""Figures of a profile that are far from all others of their kind: most often a slip of the unit."""

from __future__ import annotations

from collections.abc import Iterator

from neuroff.energy.profile.catalogue import list_profiles, load_profile
from neuroff.energy.profile.prices import coefficients
from neuroff.energy.profile.schema import Profile
from neuroff.energy.units import format_si

FAR = 1000.0
"""Times the highest, or parts of the lowest, of the shipped profiles."""


def doubts(profile: Profile) -> tuple[str, ...]:
    """Return one sentence for each energy that is a thousand times beyond those of the shipped profiles.

    Figures for which no other profile has a price are not doubted: there is nothing to hold them against.
    """
    ranges = _ranges(profile)
    return tuple(_doubtful(profile, ranges))


def _doubtful(profile: Profile, ranges: dict[str, tuple[float, float]]) -> Iterator[str]:
    for entry in coefficients(profile):
        if entry.band_J is None or entry.per not in ranges or not entry.band_J.nominal:
            continue
        low, high = ranges[entry.per]
        if not low / FAR <= entry.band_J.nominal <= high * FAR:
            figure = format_si(entry.band_J.nominal, "J")
            yield (
                f"{profile.id}: {entry.term} is {figure} per count of {entry.per}; "
                f"profiles that ship have {format_si(low, 'J')} to {format_si(high, 'J')}. Check the unit"
            )


def _ranges(profile: Profile) -> dict[str, tuple[float, float]]:
    found: dict[str, list[float]] = {}
    for name in list_profiles():
        other = load_profile(name)
        if other.sha256() == profile.sha256():
            continue
        for entry in coefficients(other):
            if entry.band_J is not None and entry.band_J.nominal > 0:
                found.setdefault(entry.per, []).append(entry.band_J.nominal)
    return {per: (min(values), max(values)) for per, values in found.items()}
