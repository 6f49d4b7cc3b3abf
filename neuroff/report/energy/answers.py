"""The table that is read first: which devices answer, and what keeps the others from it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import get_args

from neuroff.energy.placing.nearest import nearest_fit
from neuroff.energy.pricing.account import Account
from neuroff.energy.pricing.inferred import asks_for_products
from neuroff.energy.profile.catalogue import list_profiles
from neuroff.energy.profile.fields import Boundary
from neuroff.energy.profile.plausibility import doubts
from neuroff.energy.profile.schema import Profile
from neuroff.report.energy import cells, tables
from neuroff.report.energy.report import EnergyReport
from neuroff.report.grid import Grid
from neuroff.report.printed import DOES_NOT_FIT, MISSING, UNPRICED, share_of_all

_WANTED = "a measured workload with known operations"
_BOUNDARIES: tuple[Boundary, ...] = get_args(Boundary)


def main_grid(report: EnergyReport) -> Grid:
    """Return energy and latency of one prediction on every device that answers, by what figures enclose."""
    learns = report.graph is None
    rows: list[tuple[str, ...]] = []
    breaks = []
    for boundary, group in groupby(answering(report.accounts), lambda entry: entry.profile.meta.boundary):
        if rows:
            breaks.append(len(rows) - 1)
        rows.append((f"{boundary}:", *[""] * (5 + 2 * learns)))
        rows += [_row(entry, report) for entry in group]
    return Grid(
        "Energy of one prediction, computed from counts and published prices, not measured",
        (
            "profile", "energy", "low – high", "latency", "static", "evidence",
            *(("priced\nas", "training\nsample") if learns else ()),
        ),
        tuple(rows),
        tuple(_notes(report)) if rows else (),
        breaks=frozenset(breaks),
    )  # fmt: skip


def silent_grid(report: EnergyReport) -> Grid:
    """Return the devices without an energy: why they have none, and the nearest setting with one."""
    silent = [entry for entry in report.accounts if entry.energy_J is None]
    inferring = [entry for entry in silent if entry.inferred is not None]
    rows = [
        (
            entry.profile.id,
            *((cells.inferred(entry.inferred),) if inferring else ()),
            DOES_NOT_FIT if not entry.network.fits else UNPRICED,
            why(entry),
            _remedy(entry),
        )
        for entry in silent
    ]
    return Grid(
        "Devices without an energy for this network",
        ("profile", *(("inferred",) if inferring else ()), "", "why", "what would help"),
        tuple(rows),
        tuple(_silent_notes(silent, inferring)),
        words=4 + bool(inferring),
    )


def _silent_notes(silent: Sequence[Account], inferring: Sequence[Account]) -> Iterator[str]:
    if any(not entry.network.fits for entry in silent):
        yield "The setting is the widest network of the same shape that fits; what it is worth is not asked."
    for entry in inferring:
        if entry.inferred is not None:
            yield f"{entry.profile.id}, inferred from: {'; '.join(entry.inferred.workloads)}."
    if inferring:
        yield (
            "Inferred: a measured workload's energy over its operations, dynamic over all of them to total "
            "over synaptic ones. It is no price, and in no total, ranking or ratio."
        )


def answering(accounts: Sequence[Account]) -> list[Account]:
    """Return the accounts that have an energy, by boundary from the inside out, each in their order."""
    priced = [entry for entry in accounts if entry.energy_J is not None]
    return sorted(priced, key=lambda entry: _BOUNDARIES.index(entry.profile.meta.boundary))


def why(entry: Account) -> str:
    """Return why a device has no energy for a network."""
    walls = [str(short) for short in entry.network.placement.shortfalls if short.kind == "wall"]
    if walls:
        return "; ".join(walls)
    if asks_for_products(entry.work, entry.profile):
        return "it runs spikes, and has no price of a product"
    return "no published price"


def _remedy(entry: Account) -> str:
    placement = entry.network.placement
    lacking = [short.what for short in placement.shortfalls if short.kind == "wall"]
    if not lacking and asks_for_products(entry.work, entry.profile):
        return "a spiking network: --path spiking"
    if not lacking:
        return "" if entry.inferred is not None else entry.profile.meta.wanted or _WANTED
    if "payload_bit" in lacking:
        return "data.input_scale=raw label.amplitude=one: pixels as spikes; or --as simulated"
    if "weight_max_bit" in lacking:
        return "an export with weights of one bit, which there is not; or --as simulated"
    return nearest_fit(entry.work, entry.profile, placement.weight_bit) or MISSING


def _row(entry: Account, report: EnergyReport) -> tuple[str, ...]:
    placed = entry.network
    grade = None if placed.estimate is None else placed.estimate.weakest_evidence
    learns = report.graph is None
    return (
        entry.profile.id,
        cells.prediction(entry),
        cells.span(entry.energy_J),
        cells.seconds(placed.latency_s, lower_bound=placed.latency_is_lower_bound),
        share_of_all(placed.static_share),
        grade or MISSING,
        *((entry.priced_as, cells.learning(entry.training_sample)) if learns else ()),
    )


def _notes(report: EnergyReport) -> Iterator[str]:
    said = {cell for entry in answering(report.accounts) for cell in _row(entry, report)}
    if report.graph is None:
        yield from _priced_as(report)
    if any(cell.startswith("≥") for cell in said):
        yield "≥: some of the counted work has no price, so the figure is a lower bound."
    if UNPRICED in said:
        yield "no price: a weight update has none there."
    yield "Evidence: weakest grade among terms that carry more than a tenth. Static: share of standing power."
    for entry in report.accounts:
        if entry.profile.id not in list_profiles():
            yield from (f"In doubt: {doubt}." for doubt in doubts(entry.profile))
    yield from tables.missed_lines(report.accounts)
    yield from tables.ranking_lines(report.rankings)


def _priced_as(report: EnergyReport) -> Iterator[str]:
    if report.not_exported:
        yield f"Simulated on chips too, since it cannot be exported: {report.not_exported}"
    if not report.is_exported:
        return
    yield (
        "exported: the integers that `neuroff export` writes, each presentation whole, pixels as a chip gets "
        "them; simulated: as neuroff predicts. A training sample is always simulated."
    )
    exported = [entry.profile for entry in report.accounts if entry.priced_as == "exported"]
    narrow = [profile.id for profile in exported if _is_narrow(profile)]
    if narrow:
        yield f"Potentials of fewer bits than the exported integers have: {', '.join(narrow)}."


def _is_narrow(profile: Profile) -> bool:
    return profile.limits is not None and (profile.limits.state_bit or 24) < 24
