"""Energies that a hardware profile gives, as they stand in a comparison and in a sweep."""

from __future__ import annotations

from pydantic import Field

from neuroff.choices import PricedAs
from neuroff.results.base import Part
from neuroff.results.numbers import Amount, Share


class EnergyBand(Part):
    """An energy in joules with its lower and upper estimate."""

    low: Amount
    nominal: Amount
    high: Amount


class ProfileOfEstimate(Part):
    """The profile that an estimate was made with."""

    id: str = ""
    name: str = ""
    sha256: str = ""
    boundary: str = ""


class UnpricedCount(Part):
    """A count that the profile cannot price."""

    count: str
    amount: Amount
    reason: str = ""


class CoveredCount(Part):
    """A count whose energy is inside another term."""

    count: str
    amount: Amount
    included_in: str


class Estimate(Part):
    """Energy of one image on one profile, as `neuroff.energy.EnergyEstimate.to_dict` gives it.

    Attributes:
        priced_as: what a prediction is priced as: the program that an export holds, or as neuroff predicts.
        latency_is_lower_bound: whether something takes time that is not known; absent from older files.
    """

    profile: ProfileOfEstimate = ProfileOfEstimate()
    priced_as: PricedAs = "simulated"
    energy_J: EnergyBand
    is_lower_bound: bool = False
    terms_J: dict[str, EnergyBand] = Field(default_factory=dict)
    unpriced: tuple[UnpricedCount, ...] = ()
    covered: tuple[CoveredCount, ...] = ()
    not_counted: tuple[str, ...] = ()
    weakest_evidence: str | None = None
    notes: tuple[str, ...] = ()
    fits: bool = True
    shortfalls: tuple[str, ...] = ()
    latency_s: Amount | None = None
    latency_is_lower_bound: bool | None = None
    static_share: Share | None = None

    @property
    def is_priced(self) -> bool:
        """False where nothing of the counted work has a price, so that the total says nothing."""
        return self.fits and (self.energy_J.high > 0 or not self.unpriced)
