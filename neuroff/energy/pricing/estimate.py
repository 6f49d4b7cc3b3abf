"""Energy = counts x coefficients, term by term, with what could not be priced beside it.

Theory: (17).
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from neuroff.checks import require_kind
from neuroff.energy.counts import Counts
from neuroff.energy.profile.fields import Boundary, Evidence, weakest
from neuroff.energy.profile.prices import Band, Coefficient, coefficients, require_profile, superseded_by
from neuroff.energy.profile.schema import Profile
from neuroff.energy.vocabulary import VOCABULARY, parts_of
from neuroff.errors import ProfileError

_CARRIES = 0.1
"""Share of the nominal total above which a term's evidence grade counts for the whole."""

_ROUNDING = 1e-9


@dataclass(frozen=True, slots=True)
class Unpriced:
    """A count above zero, or a share of one, that no coefficient prices."""

    count: str
    amount: float
    reason: str


@dataclass(frozen=True, slots=True)
class Covered:
    """A count above zero whose energy is inside another term: a claimed zero, not a missing price."""

    count: str
    amount: float
    included_in: str


@dataclass(frozen=True, slots=True)
class EnergyEstimate:
    """Energy of counted work on one device: computed from counts, not measured.

    Attributes:
        profile_id: name of the profile.
        profile_name: name of the device in print.
        profile_sha256: digest of the profile's content.
        boundary: what the figures enclose; estimates compare only where it is the same.
        total_J: sum of the terms, in joules, each corner summed on its own; zero, too, where nothing has
            a price, which `energy_J` tells apart.
        terms_J: energy by term, in joules.
        unpriced: counts above zero that nothing prices.
        covered: counts above zero whose energy is inside another term.
        not_counted: terms of the profile whose count was not taken, so that they are not in the total.
        weakest_evidence: weakest grade among the terms that carry more than a tenth of the total;
            None when there is no energy.
        notes: what a reader must know, in sentences.
    """

    profile_id: str
    profile_name: str
    profile_sha256: str
    boundary: Boundary
    total_J: Band
    terms_J: Mapping[str, Band]
    unpriced: tuple[Unpriced, ...]
    covered: tuple[Covered, ...]
    not_counted: tuple[str, ...]
    weakest_evidence: Evidence | None
    notes: tuple[str, ...]

    @property
    def prices_work(self) -> bool:
        """True when anything the network did has a price: a term of its own, or a place inside another one.

        Standing power alone is no price of the work: it would be the same for any other network.
        """
        dynamic = any(band.high > 0 for term, band in self.terms_J.items() if not term.startswith("static."))
        return dynamic or (bool(self.covered) and self.total_J.high > 0)

    @property
    def energy_J(self) -> Band | None:
        """The total, or None when nothing the network did has a price: that is no energy of zero."""
        return self.total_J if self.prices_work else None

    @property
    def is_lower_bound(self) -> bool:
        """True when something that was counted has no price."""
        return bool(self.unpriced)

    def to_dict(self) -> dict[str, Any]:
        """Plain data for JSON, energies in joules; ``energy_J`` is the sum, as `total_J`."""
        return {
            "profile": {
                "id": self.profile_id,
                "name": self.profile_name,
                "sha256": self.profile_sha256,
                "boundary": self.boundary,
            },
            "energy_J": self.total_J.to_dict(),
            "is_lower_bound": self.is_lower_bound,
            "terms_J": {term: band.to_dict() for term, band in self.terms_J.items()},
            "unpriced": [{"count": u.count, "amount": u.amount, "reason": u.reason} for u in self.unpriced],
            "covered": [
                {"count": c.count, "amount": c.amount, "included_in": c.included_in} for c in self.covered
            ],
            "not_counted": list(self.not_counted),
            "weakest_evidence": self.weakest_evidence,
            "notes": list(self.notes),
        }


def estimate(counts: Counts, profile: Profile) -> EnergyEstimate:
    """Price counts with a profile.

    Each coefficient multiplies the one count it is bound to. A coefficient that another one contains
    adds nothing and is listed as covered, provided that the containing one has events of its own to
    carry it; a count without a coefficient is listed as unpriced. The result is linear in the counts.

    Raises:
        ProfileError: the energy is too large for a floating-point number.
    """
    fix = "of what neuroff.count_activity returns, take `.counts`"
    require_kind("counts", counts, Counts, where="estimate", fix=fix)
    require_profile(profile, "estimate")
    listed = coefficients(profile)
    placed = [(coefficient, _carriers(coefficient, listed)) for coefficient in listed]
    added = [c for c, carriers in placed if c.band_J is not None and not carriers and c.per in counts]
    terms = {c.term: c.band_J * counts[c.per] for c in added if c.band_J is not None}
    total = _sum(terms, profile.id)
    covered = tuple(_covered(counts, listed, placed))
    return EnergyEstimate(
        profile_id=profile.id,
        profile_name=profile.meta.name,
        profile_sha256=profile.sha256(),
        boundary=profile.meta.boundary,
        total_J=total,
        terms_J=MappingProxyType(terms),
        unpriced=tuple(_unpriced(counts, placed, covered)),
        covered=covered,
        not_counted=tuple(
            c.term for c, carriers in placed if c.band_J is not None and not carriers and c.per not in counts
        ),
        weakest_evidence=_weakest_carrying(added, terms, total),
        notes=tuple(_notes(counts, profile, listed, added)),
    )


def _carriers(coefficient: Coefficient, listed: tuple[Coefficient, ...]) -> tuple[Coefficient, ...]:
    named = tuple(other for other in listed if other.term == coefficient.included_in)
    return named or superseded_by(coefficient, listed)


def _sum(terms: Mapping[str, Band], profile_id: str) -> Band:
    bands = list(terms.values())
    try:
        total = Band(
            math.fsum(band.low for band in bands),
            math.fsum(band.nominal for band in bands),
            math.fsum(band.high for band in bands),
        )
    except OverflowError:
        total = Band(math.inf, math.inf, math.inf)
    if not math.isfinite(total.high):
        raise ProfileError(
            "the energy is too large for a number",
            where=f"profile {profile_id}",
            expected="counts and coefficients of a physical device",
        )
    return total


def _covered(
    counts: Counts,
    listed: tuple[Coefficient, ...],
    placed: list[tuple[Coefficient, tuple[Coefficient, ...]]],
) -> Iterator[Covered]:
    """Counts contained in a term that has events of its own, each once."""
    with_own = {coefficient.per for coefficient in listed}
    for name in counts:
        carriers = [carrier for coefficient, found in placed if coefficient.per == name for carrier in found]
        if name not in with_own:
            carriers = [other for other in listed if other.is_superseding and name in other.covers]
        active = [carrier.term for carrier in carriers if counts[carrier.per] > 0]
        if counts[name] > 0 and active:
            yield Covered(name, counts[name], active[0])


def _unpriced(
    counts: Counts,
    placed: list[tuple[Coefficient, tuple[Coefficient, ...]]],
    covered: tuple[Covered, ...],
) -> Iterator[Unpriced]:
    priced = {c.per for c, carriers in placed if c.band_J is not None and not carriers}
    settled = priced | {entry.count for entry in covered}
    unknown = {c.per for c, _ in placed if c.included_in == "unknown"}
    idle = {c.per: carriers[0].term for c, carriers in placed if carriers}
    for name in counts:
        # A share without a price of its own is reported with its total.
        if name not in unknown and (name in settled or VOCABULARY[name].part_of is not None):
            continue
        amount = counts[name] - math.fsum(counts[part] for part in parts_of(name) if part in settled)
        if amount <= _ROUNDING * counts[name]:
            continue
        if name in unknown:
            yield Unpriced(name, amount, "the profile marks its energy as unknown")
        elif name in idle:
            yield Unpriced(name, amount, f"its energy is inside {idle[name]}, which has no events here")
        else:
            yield Unpriced(name, amount, _no_price(name, priced))


def _no_price(name: str, priced: set[str]) -> str:
    """Return why a count has no price: products of another number format are told."""
    operation, _, _ = name.partition("_")
    alike = sorted(
        other
        for other in priced
        if VOCABULARY[name].group == "arithmetic" and other.startswith(f"{operation}_")
    )
    if not alike:
        return "the profile has no price for it"
    return f"the profile prices {', '.join(alike)}: add a price of {name}, or count in that format"


def _weakest_carrying(added: list[Coefficient], terms: Mapping[str, Band], total: Band) -> Evidence | None:
    return weakest(
        [
            c.evidence
            for c in added
            if c.evidence is not None and terms[c.term].nominal > _CARRIES * total.nominal
        ]
    )


def _notes(
    counts: Counts, profile: Profile, listed: tuple[Coefficient, ...], added: list[Coefficient]
) -> Iterator[str]:
    yield "Simulated activity times published coefficients, not measured power."
    if profile.meta.note:
        yield profile.meta.note
    all_in = [c.term for c in added if c.scope == "all_in"]
    static = [c for c in listed if c.term.startswith("static.")]
    if all_in:
        yield f"Static power is inside the all-in terms: {', '.join(all_in)}."
    elif not static:
        yield "The profile gives no static power; the total holds none."
    elif not any(c.per in counts for c in static):
        yield "No run time was counted, so static power is not in the total."
    for coefficient in added:
        if coefficient.note and counts[coefficient.per] > 0:
            yield f"{coefficient.term}: {coefficient.note}"
