"""Which profiles may be compared, and in what order they then come.

Two estimates are comparable only if they enclose the same part of a device and hold the same kind of figures.
Even then an order is claimed only where the bands do not overlap, and where the lower estimate leaves out
nothing that the higher one prices.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from neuroff.energy.pricing.deployment import Placed
from neuroff.energy.pricing.estimate import EnergyEstimate
from neuroff.energy.profile.prices import coefficients
from neuroff.energy.profile.schema import Profile


@dataclass(frozen=True, slots=True)
class Ranking:
    """Comparable estimates, lowest nominal energy first.

    Attributes:
        boundary: what they all enclose.
        scope: what their figures hold, in words.
        profiles: ids.
        decided: one entry fewer: whether each stands clear of the next one.
    """

    boundary: str
    scope: str
    profiles: tuple[str, ...]
    decided: tuple[bool, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return plain data."""
        return {
            "boundary": self.boundary,
            "scope": self.scope,
            "profiles": list(self.profiles),
            "decided": list(self.decided),
        }


def prices_work(priced: EnergyEstimate | None) -> bool:
    """Whether there is an estimate, and anything the network did has a price in it."""
    return priced is not None and priced.prices_work


def scope_of(profile: Profile, priced: EnergyEstimate) -> str | None:
    """Return in words what an estimate's figures hold, or None where a profile does not say."""
    listed = {entry.term: entry for entry in coefficients(profile)}
    used = {listed[term].scope for term, band in priced.terms_J.items() if band.high > 0}
    if "unstated" in used or not used:
        return None
    if used == {"all_in"}:
        return "all-in"
    static = any(term.startswith("static.") and band.high > 0 for term, band in priced.terms_J.items())
    mixed = "all-in and marginal" if "all_in" in used else "marginal"
    return f"{mixed}, {'with' if static else 'without'} static power"


def rankings(placed: Sequence[tuple[Profile, Placed]]) -> tuple[Ranking, ...]:
    """Return the groups of at least two comparable estimates.

    Args:
        placed: profiles, each with the same network's deployment on it.
    """
    groups: dict[tuple[str, str], list[EnergyEstimate]] = {}
    for profile, deployment in placed:
        priced = deployment.estimate
        if priced is None or not prices_work(priced) or profile.meta.boundary == "unstated":
            continue
        scope = scope_of(profile, priced)
        if scope is not None:
            groups.setdefault((profile.meta.boundary, scope), []).append(priced)
    found = []
    for (boundary, scope), members in groups.items():
        if len(members) > 1:
            ordered = sorted(members, key=lambda entry: entry.total_J.nominal)
            decided = tuple(map(_is_below, ordered, ordered[1:]))
            found.append(Ranking(boundary, scope, tuple(entry.profile_id for entry in ordered), decided))
    return tuple(found)


def _is_below(lower: EnergyEstimate, higher: EnergyEstimate) -> bool:
    missing, also_missing = ({entry.count for entry in side.unpriced} for side in (lower, higher))
    return missing <= also_missing and lower.total_J.high < higher.total_J.low
