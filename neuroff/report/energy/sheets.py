"""The tables of an energy report and of a sweep as files; energies in joules with their ends."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from neuroff.energy.pricing.account import Account
from neuroff.energy.profile.prices import Band
from neuroff.report.energy import tables
from neuroff.report.energy.answers import main_grid
from neuroff.report.energy.pareto import sweep_grid
from neuroff.report.energy.report import EnergyReport
from neuroff.report.formats import Cell, Sheet
from neuroff.report.grid import Grid
from neuroff.results.sweep import SweepResult


def energy_sheets(report: EnergyReport) -> tuple[Sheet, ...]:
    """Return ``energy``, ``energy-terms``, ``energy-twins`` (where there are any) and ``energy-counts``."""
    accounts = report.accounts
    terms = [tables.terms_grid(entry) for entry in accounts]
    rows = [
        (entry.profile.id, *row) for entry, grid in zip(accounts, terms, strict=True) for row in grid.rows
    ]
    all_terms = Grid(
        "Energy of one prediction, term by term", ("profile", *terms[0].header), tuple(rows), words=2
    )
    found = (
        Sheet("energy", main_grid(report), [_record(entry) for entry in accounts]),
        Sheet("energy-terms", all_terms, list(_terms(accounts))),
        Sheet("energy-twins", tables.twin_grid(report), list(_twins(accounts))),
        Sheet("energy-counts", tables.counts_grid(report), list(_counts(report))),
    )
    return tuple(sheet for sheet in found if sheet.grid.rows)


def sweep_sheets(result: SweepResult) -> tuple[Sheet, ...]:
    """Return a table a device, ``sweep-<profile>``: CSV of all networks, LaTeX of those on the front."""
    return tuple(
        Sheet(f"sweep-{name}", sweep_grid(result, name), list(_points(result, name)))
        for name in result.profiles
    )


def band(name: str, value: Band | None) -> dict[str, Cell]:
    """Return a nominal value and both of its ends, as columns."""
    nominal, low, high = (None, None, None) if value is None else (value.nominal, value.low, value.high)
    return {name: nominal, f"{name}_low": low, f"{name}_high": high}


def _record(entry: Account) -> Mapping[str, Cell]:
    placed, learning = entry.network, entry.training_sample
    energy = entry.energy_J
    return {
        "profile": entry.profile.id,
        "boundary": entry.profile.meta.boundary,
        "fits": placed.fits,
        **band("energy_J", energy),
        "is_lower_bound": entry.is_lower_bound,
        "latency_s": placed.latency_s,
        "latency_is_lower_bound": placed.latency_is_lower_bound,
        **band("energy_delay_Js", placed.energy_delay_Js if energy is not None else None),
        "static_share": placed.static_share if energy is not None else None,
        "weakest_evidence": None if placed.estimate is None else placed.estimate.weakest_evidence,
        **band("training_sample_J", None if learning is None else learning.energy_J),
        "sha256": entry.profile.sha256(),
    }


def _terms(accounts: Sequence[Account]) -> Iterator[Mapping[str, Cell]]:
    for entry in accounts:
        priced = entry.network.estimate
        if priced is None:
            continue
        for term, value in priced.terms_J.items():
            yield {"profile": entry.profile.id, "term": term, **band("energy_J", value), "unpriced": None}
        for item in priced.unpriced:
            nothing = band("energy_J", None)
            yield {"profile": entry.profile.id, "term": item.count, **nothing, "unpriced": item.amount}


def _twins(accounts: Sequence[Account]) -> Iterator[Mapping[str, Cell]]:
    for entry in accounts:
        for twin in entry.twins:
            priced = twin.deployment.estimate
            yield {
                "profile": entry.profile.id,
                "twin": twin.dtype,
                **band("energy_J", entry.energy_J),
                **band("twin_energy_J", None if priced is None else priced.total_J),
                "ratio": twin.ratio,
                "break_even_spikes_per_synapse": twin.break_even,
            }


def _counts(report: EnergyReport) -> Iterator[Mapping[str, Cell]]:
    shared, naive = report.counted.counts, report.counted.naive.counts()
    for name in naive:
        yield {"count": name, f"per_{report.sample}": shared[name], "naive_passes": naive[name]}


def _points(result: SweepResult, profile: str) -> Iterator[Mapping[str, Cell]]:
    for point in result.points:
        price = point.profiles[profile]
        energy = price.energy_J
        yield {
            "width": point.width,
            "steps": point.steps,
            "threshold": point.threshold,
            "rate_penalty": point.rate_penalty,
            "weight_bits": point.weight_bits,
            "test_accuracy": point.accuracy,
            "spikes": point.spikes,
            "energy_J": None if energy is None else energy.nominal,
            "energy_J_low": None if energy is None else energy.low,
            "energy_J_high": None if energy is None else energy.high,
            "is_lower_bound": price.is_lower_bound,
            "latency_s": price.latency_s,
            "latency_is_lower_bound": price.latency_is_lower_bound,
            "fits": price.fits,
            "front": price.front,
        }
