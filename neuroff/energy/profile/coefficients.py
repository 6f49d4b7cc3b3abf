"""Priced entries of a profile: a figure with its band, its scope and where it comes from."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from neuroff.energy.profile.fields import (
    CountName,
    CountOrGroup,
    Evidence,
    Factor,
    FactorName,
    Joules,
    Name,
    PositiveBits,
    PositiveBytes,
    Scope,
    ShortText,
    Strict,
    Text,
    Watts,
)


class Provenance(Strict):
    """Where a figure comes from.

    Attributes:
        evidence: how the figure was obtained.
        derived: True when it was computed from cited numbers instead of being printed in the source.
        source: key of the ``[[source]]`` that holds it.
        band_source: key of the ``[[source]]`` of the band, where it is another one.
        factors: the cited numbers that a derived figure was computed from, with units in the names.
        note: conditions and doubts.
    """

    evidence: Evidence
    derived: bool = False
    source: ShortText
    band_source: ShortText | None = None
    factors: dict[FactorName, Factor] = Field(default_factory=dict, max_length=20)
    note: Text | None = None


class Price(Strict):
    """Energy of one event: either a figure with its source, or what contains it.

    Attributes:
        value_J: nominal energy in joules.
        low_J: lower end of the band; ``value_J`` when absent.
        high_J: upper end of the band; ``value_J`` when absent.
        included_in: the term that already contains this energy, which makes it a claimed zero, or
            ``"unknown"``, which makes it unpriced.
        evidence: how the figure was obtained; needed with ``value_J``, as is ``source``.
        derived: True when it was computed from cited numbers.
        source: key of the ``[[source]]`` that holds the figure.
        band_source: key of the ``[[source]]`` of the band, where it is another one.
        factors: the cited numbers that a derived figure was computed from, with units in the names.
        note: conditions and doubts.
    """

    value_J: Joules | None = None
    low_J: Joules | None = None
    high_J: Joules | None = None
    included_in: ShortText | None = Field(default=None, validate_default=True)
    evidence: Evidence | None = Field(default=None, validate_default=True)
    derived: bool = False
    source: ShortText | None = Field(default=None, validate_default=True)
    band_source: ShortText | None = None
    factors: dict[FactorName, Factor] = Field(default_factory=dict, max_length=20)
    note: Text | None = None

    @field_validator("low_J", "high_J")
    @classmethod
    def _in_order(cls, bound: float | None, info: ValidationInfo) -> float | None:
        return ordered_bound(bound, info, unit="J")

    @field_validator("included_in")
    @classmethod
    def _one_of_two(cls, included_in: str | None, info: ValidationInfo) -> str | None:
        if "value_J" in info.data:
            if included_in is None and info.data["value_J"] is None:
                raise PydanticCustomError("no_price", "neither value_J nor included_in is given")
            if included_in is not None and info.data["value_J"] is not None:
                raise PydanticCustomError("two_prices", "both value_J and included_in are given")
        return included_in

    @field_validator("evidence", "source")
    @classmethod
    def _backed(cls, backing: str | None, info: ValidationInfo) -> str | None:
        if backing is None and info.data.get("value_J", "not valid") is not None:
            raise PydanticCustomError("missing", "missing beside value_J")
        return backing


class EnergyCoefficient(Price):
    """``[energy.<term>]``: the price of one count of the vocabulary.

    Attributes:
        per: the one count this coefficient multiplies.
        scope: what the figure contains, see :data:`neuroff.energy.profile.fields.Scope`.
        includes: counts, or groups of counts, whose energy is inside this figure.
    """

    per: CountName
    scope: Scope = "marginal"
    includes: Annotated[tuple[CountOrGroup, ...], Field(strict=False, max_length=100)] = ()


class LearningCoefficient(EnergyCoefficient):
    """``[energy.learning.<term>]``: the price of one learning event.

    Attributes:
        rule: learning rule the figure was obtained for; another rule is an extrapolation.
    """

    rule: ShortText | None = None


class MemoryLevel(Strict):
    """``[[memory]]``: one memory level; the tables are ordered, closest to the core first.

    Attributes:
        name: short name of the level.
        size_B: capacity in bytes; absent where no size applies or none is stated.
        access_width_bit: bits that one access moves; the prices below are per access.
        read: price of one read access.
        write: price of one write access.
        note: conditions and doubts.
    """

    name: Name
    size_B: PositiveBytes | None = None
    access_width_bit: PositiveBits
    read: Price | None = None
    write: Price | None = None
    note: Text | None = None


class StaticPower(Provenance):
    """``[static.<part>]``: power that is multiplied by time, never by operations.

    Attributes:
        value_W: nominal power in watts.
        low_W: lower end of the band; ``value_W`` when absent.
        high_W: upper end of the band; ``value_W`` when absent.
    """

    value_W: Watts
    low_W: Watts | None = None
    high_W: Watts | None = None

    @field_validator("low_W", "high_W")
    @classmethod
    def _in_order(cls, bound: float | None, info: ValidationInfo) -> float | None:
        return ordered_bound(bound, info, unit="W")


class ClockEnergy(Provenance):
    """``[static.clock]``: energy of one cycle of a clock that runs while the chip is powered.

    Its power is this energy times ``clock_Hz`` of ``[time]``.

    Attributes:
        value_J: nominal energy of a cycle in joules, which is watts per hertz.
        low_J: lower end of the band; ``value_J`` when absent.
        high_J: upper end of the band; ``value_J`` when absent.
    """

    value_J: Joules
    low_J: Joules | None = None
    high_J: Joules | None = None

    @field_validator("low_J", "high_J")
    @classmethod
    def _in_order(cls, bound: float | None, info: ValidationInfo) -> float | None:
        return ordered_bound(bound, info, unit="J")


def ordered_bound(bound: float | None, info: ValidationInfo, *, unit: str) -> float | None:
    """Check one end of a band against the nominal value, which is validated before it."""
    if bound is None or f"value_{unit}" not in info.data:
        return bound
    value = info.data[f"value_{unit}"]
    if value is None:
        raise PydanticCustomError("band", f"a band without value_{unit}")
    if info.field_name == f"low_{unit}" and bound > value:
        raise PydanticCustomError("band", f"above value_{unit} = {value:g}")
    if info.field_name == f"high_{unit}" and bound < value:
        raise PydanticCustomError("band", f"below value_{unit} = {value:g}")
    return bound
