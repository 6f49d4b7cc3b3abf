"""The energy part of a page: what the terms are, what has no price, and on what evidence."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, TypeVar

from neuroff.energy.units import format_si
from neuroff.report import cells
from neuroff.report.printed import MISSING
from neuroff.report.summary import Group, mean_terms_J
from neuroff.results.comparison import ComparisonResult
from neuroff.results.priced import EnergyBand, Estimate

_T = TypeVar("_T")


def profile_ids(shown: ComparisonResult) -> list[str]:
    """Return the profiles of a comparison: those it names first, then those only its runs mention."""
    return list(dict.fromkeys([*shown.profiles, *(name for run in shown.runs for name in run.energy)]))


def profile_section(shown: ComparisonResult, groups: tuple[Group, ...], profile: str) -> dict[str, Any]:
    """Return what the page tells about one profile, in lists over the groups; amounts are means."""
    terms = [mean_terms_J(group, profile) for group in groups]
    estimates = [[run.energy[profile] for run in group.runs if profile in run.energy] for group in groups]
    flat = [estimate for of_group in estimates for estimate in of_group]
    summary = shown.profiles.get(profile)
    return {
        "id": profile,
        "name": summary.name if summary else profile,
        "boundary": summary.boundary if summary else "unstated",
        "kind": summary.kind if summary else "unstated",
        "priced_as": _distinct(estimate.priced_as for estimate in flat),
        "totals": [cells.energy(group.energy(profile)) for group in groups],
        "terms": [
            (term, [_band(of_group.get(term)) for of_group in terms])
            for term in _distinct(term for of_group in terms for term in of_group)
        ],
        "unpriced": [
            (count, reason, [_amount(of_group, count) for of_group in estimates])
            for count, reason in _distinct((u.count, u.reason) for e in flat for u in e.unpriced)
        ],
        "covered": _distinct((c.count, c.included_in) for e in flat for c in e.covered),
        "not_counted": _distinct(t for e in flat for t in e.not_counted if not any(t in g for g in terms)),
        "evidence": [_evidence(of_group) for of_group in estimates],
        "notes": _distinct(note for e in flat for note in (*e.shortfalls, *e.notes)),
        "sha256": _distinct(e.profile.sha256 for e in flat if e.profile.sha256),
    }


def _distinct(values: Iterable[_T]) -> list[_T]:
    return list(dict.fromkeys(values))


def _band(band: EnergyBand | None) -> tuple[str, str]:
    """Nominal energy and, where there is one, the range."""
    if band is None:
        return MISSING, ""
    low, nominal, high = (format_si(value, "J") for value in (band.low, band.nominal, band.high))
    return nominal, "" if band.low == band.high else f"{low} to {high}"


def _amount(estimates: list[Estimate], count: str) -> str:
    amounts = [u.amount for estimate in estimates for u in estimate.unpriced if u.count == count]
    return format_si(sum(amounts) / len(estimates), "", digits=3) if amounts else MISSING


def _evidence(estimates: list[Estimate]) -> str:
    return ", ".join(_distinct(e.weakest_evidence for e in estimates if e.weakest_evidence)) or MISSING
