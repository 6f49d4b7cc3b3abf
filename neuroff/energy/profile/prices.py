"""A profile flattened to one list of coefficients, each the price of one count."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from neuroff.checks import require_kind
from neuroff.energy.profile.coefficients import EnergyCoefficient, Price, StaticPower
from neuroff.energy.profile.fields import Evidence, Scope, weakest
from neuroff.energy.profile.schema import Profile
from neuroff.energy.vocabulary import expand


@dataclass(frozen=True, slots=True)
class Band:
    """An energy in joules with its lower and upper estimate; ``low <= nominal <= high``."""

    low: float
    nominal: float
    high: float

    def __mul__(self, amount: float) -> Band:
        return Band(self.low * amount, self.nominal * amount, self.high * amount)

    def __add__(self, other: Band) -> Band:
        return Band(self.low + other.low, self.nominal + other.nominal, self.high + other.high)

    def to_dict(self) -> dict[str, float]:
        """The three values by name."""
        return {"low": self.low, "nominal": self.nominal, "high": self.high}


@dataclass(frozen=True, slots=True)
class Coefficient:
    """The price of one count.

    Attributes:
        term: name in reports: ``"synop"``, ``"learning.synapse_update"``, ``"memory.sram.read"``,
            ``"static.chip"``.
        per: the count it multiplies.
        band_J: joules per count; None when ``included_in`` stands instead.
        included_in: the term that contains this energy, or ``"unknown"``.
        scope: what the figure contains.
        covers: counts whose energy is inside this figure.
        evidence: how the figure was obtained; None without a figure.
        derived: whether it was computed from cited numbers.
        source: key of its source; None without a figure.
        note: conditions and doubts.
    """

    term: str
    per: str
    band_J: Band | None
    included_in: str | None
    scope: Scope
    covers: frozenset[str]
    evidence: Evidence | None
    derived: bool
    source: str | None
    note: str | None

    @property
    def is_superseding(self) -> bool:
        """True for a figure that contains others: all-in, or one that names what it includes."""
        return self.band_J is not None and bool(self.covers)


_STATIC_COUNTS = {"chip": "chip_seconds", "core_on": "core_seconds_on", "core_idle": "core_seconds_idle"}


def require_profile(profile: object, where: str) -> None:
    """Raise ConfigError unless it is a profile."""
    fix = "neuroff.load_profile makes one of a name"
    require_kind("profile", profile, Profile, where=where, fix=fix)


def coefficients(profile: Profile) -> tuple[Coefficient, ...]:
    """Every coefficient of a profile: energy and learning terms, memory levels, static power."""
    require_profile(profile, "coefficients")
    return (*_energy(profile), *_memory(profile), *_static(profile))


def superseded_by(coefficient: Coefficient, others: tuple[Coefficient, ...]) -> tuple[Coefficient, ...]:
    """The coefficients of ``others`` that contain ``coefficient``, so that adding it would count twice.

    All-in figures stand beside each other, each for the events it was measured on.
    """
    if coefficient.scope == "all_in":
        return ()
    return tuple(
        other for other in others if other.is_superseding and coefficient.per in other.covers - _own(other)
    )


def weakest_evidence(profile: Profile) -> Evidence | None:
    """The weakest grade among the priced coefficients, None where nothing is priced."""
    require_profile(profile, "weakest_evidence")
    return weakest([c.evidence for c in coefficients(profile) if c.evidence is not None])


def _own(coefficient: Coefficient) -> frozenset[str]:
    # A marginal figure does not displace a second marginal figure for the same count, or itself.
    return frozenset() if coefficient.scope == "all_in" else frozenset({coefficient.per})


def _energy(profile: Profile) -> Iterator[Coefficient]:
    for term, entry in profile.energy.terms().items():
        yield _priced(term, entry.per, entry, scope=entry.scope, covers=_covers(entry))


def _covers(entry: EnergyCoefficient) -> frozenset[str]:
    named = frozenset[str]().union(*(expand(name) for name in entry.includes))
    return named | expand(entry.per) | expand("time") if entry.scope == "all_in" else named


def _memory(profile: Profile) -> Iterator[Coefficient]:
    for level, memory in enumerate(profile.memory, start=1):
        for verb, entry in (("read", memory.read), ("write", memory.write)):
            if entry is not None:
                per = f"mem_{verb}s_bit_level{level}"
                yield _priced(
                    f"memory.{memory.name}.{verb}", per, entry, per_event=1 / memory.access_width_bit
                )


def _static(profile: Profile) -> Iterator[Coefficient]:
    for part, per in _STATIC_COUNTS.items():
        power: StaticPower | None = getattr(profile.static, part)
        if power is not None:
            yield Coefficient(
                term=f"static.{part}",
                per=per,
                band_J=_band(power.value_W, power.low_W, power.high_W),
                included_in=None,
                scope="marginal",
                covers=frozenset(),
                evidence=power.evidence,
                derived=power.derived,
                source=power.source,
                note=power.note,
            )
    yield from _clock(profile)


def _clock(profile: Profile) -> Iterator[Coefficient]:
    clock, timing = profile.static.clock, profile.time
    if clock is not None and timing is not None and timing.clock_Hz is not None:
        yield Coefficient(
            term="static.clock",
            per="chip_seconds",
            band_J=_band(clock.value_J, clock.low_J, clock.high_J) * timing.clock_Hz,
            included_in=None,
            scope="marginal",
            covers=frozenset(),
            evidence=clock.evidence,
            derived=clock.derived,
            source=clock.source,
            note=clock.note,
        )


def _priced(
    term: str,
    per: str,
    entry: Price,
    *,
    scope: Scope = "marginal",
    covers: frozenset[str] = frozenset(),
    per_event: float = 1.0,
) -> Coefficient:
    band = None if entry.value_J is None else _band(entry.value_J, entry.low_J, entry.high_J) * per_event
    return Coefficient(
        term=term,
        per=per,
        band_J=band,
        included_in=entry.included_in,
        scope=scope,
        covers=covers,
        evidence=entry.evidence if band is not None else None,
        derived=entry.derived,
        source=entry.source,
        note=entry.note,
    )


def _band(nominal: float, low: float | None, high: float | None) -> Band:
    return Band(nominal if low is None else low, nominal, nominal if high is None else high)
