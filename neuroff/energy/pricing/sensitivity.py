"""Which coefficients move an answer: each one alone from its lower to its upper end."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from neuroff.energy.pricing.estimate import EnergyEstimate


@dataclass(frozen=True, slots=True)
class Swing:
    """What one coefficient does to the total.

    Attributes:
        term: name of the term.
        low_J: the total with this coefficient at its lower end and all others at their nominal value.
        high_J: the same at its upper end.
    """

    term: str
    low_J: float
    high_J: float

    @property
    def width_J(self) -> float:
        """How far the total moves."""
        return self.high_J - self.low_J

    def to_dict(self) -> Mapping[str, str | float]:
        """Return plain data."""
        return {"term": self.term, "low_J": self.low_J, "high_J": self.high_J}


def swings(priced: EnergyEstimate) -> tuple[Swing, ...]:
    """Return what each coefficient does to the nominal total, the widest first; none without a band."""
    nominal = priced.total_J.nominal
    found = [
        Swing(term, nominal - (band.nominal - band.low), nominal + (band.high - band.nominal))
        for term, band in priced.terms_J.items()
        if band.high > band.low
    ]
    return tuple(sorted(found, key=lambda swing: -swing.width_J))
