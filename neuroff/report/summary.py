"""Runs that differ only in their seed, summarised; and the names and order in which they are shown."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace

from neuroff.results.comparison import ComparedRun
from neuroff.results.priced import EnergyBand

PATHS = ("dense", "spiking")
_LABELS = {"ff": "FF", "fcff": "F-CFF", "acff": "A-CFF", "bp": "backprop"}
_ORDER = tuple(_LABELS)


@dataclass(frozen=True)
class Statistic:
    """A mean over seeds; the sample standard deviation where there are two or more."""

    mean: float
    deviation: float | None
    count: int

    @classmethod
    def of(cls, values: Iterable[float | None]) -> Statistic | None:
        """Summarise the values that are there; None where there are none."""
        known = [value for value in values if value is not None]
        if not known:
            return None
        deviation = statistics.stdev(known) if len(known) > 1 else None
        return cls(statistics.fmean(known), deviation, len(known))

    def without_spread(self) -> Statistic:
        """Return the mean alone."""
        return replace(self, deviation=None)


@dataclass(frozen=True)
class Energy:
    """Energy per image on one profile, in joules; means over seeds.

    Attributes:
        nominal_J: the estimate.
        low_J: mean of the lower estimates.
        high_J: mean of the upper estimates.
        is_lower_bound: whether counted work without a price is missing from it.
        is_priced: False where no part of the work has a price; the other values are then zero.
        fits: False where the network does not fit the device.
    """

    nominal_J: Statistic
    low_J: float
    high_J: float
    is_lower_bound: bool
    is_priced: bool
    fits: bool = True

    def without_spread(self) -> Energy:
        """Return the estimate without its deviation over seeds."""
        return replace(self, nominal_J=self.nominal_J.without_spread())


@dataclass(frozen=True)
class Group:
    """All seeds of one path and variant."""

    path: str
    variant: str
    runs: tuple[ComparedRun, ...]

    @property
    def label(self) -> str:
        """Path and variant as a reader sees them."""
        return f"{self.path} {variant_label(self.variant)}"

    def statistic(self, value: Callable[[ComparedRun], float | None]) -> Statistic | None:
        """Summarise one value of the runs."""
        return Statistic.of(value(run) for run in self.runs)

    def measure(self, name: str) -> Statistic | None:
        """Summarise one of the caller's own measures."""
        return self.statistic(lambda run: run.measured.get(name))

    @property
    def test_accuracy(self) -> Statistic:
        """Share of test images classified correctly."""
        accuracies = [run.test_accuracy for run in self.runs]
        deviation = statistics.stdev(accuracies) if len(accuracies) > 1 else None
        return Statistic(statistics.fmean(accuracies), deviation, len(accuracies))

    @property
    def firing_rates(self) -> tuple[Statistic, ...]:
        """Mean firing rate of each layer; empty where nothing fires."""
        rates = [run.firing_rate for run in self.runs if run.firing_rate]
        layers = zip(*rates, strict=False)
        return tuple(rate for layer in layers if (rate := Statistic.of(layer)) is not None)

    def energy(self, profile: str) -> Energy | None:
        """Energy on a profile; None where it was not estimated."""
        estimates = [run.energy[profile] for run in self.runs if profile in run.energy]
        nominal = Statistic.of(estimate.energy_J.nominal for estimate in estimates)
        if nominal is None:
            return None
        return Energy(
            nominal,
            statistics.fmean(estimate.energy_J.low for estimate in estimates),
            statistics.fmean(estimate.energy_J.high for estimate in estimates),
            any(estimate.is_lower_bound for estimate in estimates),
            any(estimate.is_priced for estimate in estimates),
            any(estimate.fits for estimate in estimates),
        )


def variant_label(variant: str) -> str:
    """Return the name of a variant in print; of a further preset's, such as ``groups-ff``, with its name."""
    preset, _, own = variant.rpartition("-")
    label = _LABELS.get(own, own)
    return f"{label}, {preset}" if preset else label


def by_preset(runs: Iterable[ComparedRun]) -> dict[str, tuple[ComparedRun, ...]]:
    """Return the runs of every preset, by its name; those of a comparison's own preset by ``""``."""
    found: dict[str, list[ComparedRun]] = {}
    for run in runs:
        found.setdefault(run.variant.rpartition("-")[0], []).append(run)
    return {name: tuple(entries) for name, entries in found.items()}


def collaborates(variant: str) -> bool:
    """Whether a variant's layers hear each other."""
    return variant.rpartition("-")[2] != "ff"


def variants_of(names: Iterable[str]) -> tuple[str, ...]:
    """Return the variants that occur, in the order in which they are shown."""

    def place(name: str) -> tuple[str, int, str]:
        preset, _, own = name.rpartition("-")
        return preset, _ORDER.index(own) if own in _ORDER else 99, name

    return tuple(sorted(set(names), key=place))


def grouped(runs: Iterable[ComparedRun]) -> tuple[Group, ...]:
    """Group runs by path and variant, dense before spiking and FF before its collaborative forms."""
    runs = tuple(runs)
    found: dict[tuple[str, str], list[ComparedRun]] = {}
    for run in sorted(runs, key=lambda run: run.seed):
        found.setdefault((run.path, run.variant), []).append(run)
    order = [(path, variant) for path in PATHS for variant in variants_of(run.variant for run in runs)]
    return tuple(Group(*key, tuple(found[key])) for key in order if key in found)


def measures_of(groups: Iterable[Group]) -> tuple[str, ...]:
    """Return the names of the caller's own measures, in the order in which they come."""
    return tuple(dict.fromkeys(name for group in groups for run in group.runs for name in run.measured))


def mean_terms_J(group: Group, profile: str) -> Mapping[str, EnergyBand]:
    """Return the energy of each term on a profile in joules, averaged over seeds."""
    bands: dict[str, list[EnergyBand]] = {}
    estimates = [run.energy[profile] for run in group.runs if profile in run.energy]
    for estimate in estimates:
        for term, band in estimate.terms_J.items():
            bands.setdefault(term, []).append(band)
    return {
        term: EnergyBand(
            low=sum(band.low for band in found) / len(estimates),
            nominal=sum(band.nominal for band in found) / len(estimates),
            high=sum(band.high for band in found) / len(estimates),
        )
        for term, found in bands.items()
    }
