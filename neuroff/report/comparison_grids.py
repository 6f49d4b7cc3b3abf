"""The tables of a comparison, as grids for the page, LaTeX and Markdown alike."""

from __future__ import annotations

from itertools import pairwise
from typing import Final

from neuroff.report import cells
from neuroff.report.energy_section import profile_ids
from neuroff.report.grid import Grid
from neuroff.report.summary import Group, Statistic, grouped, measures_of
from neuroff.results.comparison import ComparisonResult

_BESIDE: Final = 4
"""Devices that stand in the table of results; more of them have a table of their own, a row each."""


def comparison_grids(shown: ComparisonResult) -> tuple[Grid, ...]:
    """Return the tables that a comparison has data for."""
    found = (results_grid(shown), energies_grid(shown), classes_grid(shown))
    return tuple(grid for grid in found if grid.rows)


def results_grid(shown: ComparisonResult) -> Grid:
    """Return a row per path and variant: accuracy, activity, time, and energy on up to four devices."""
    groups = grouped(shown.runs)
    measures = measures_of(groups)
    profiles = [] if _apart(shown) else profile_ids(shown)
    header = (
        "network", "test accuracy (%)", "train accuracy (%)", "goodness margin", "firing rate, by layer",
        "presentations per image", "synaptic operations per image", *measures, "training time",
        *(f"energy per image on {_name(shown, name)}" for name in profiles),
    )  # fmt: skip
    return Grid(
        f"Results on {shown.dataset}",
        header,
        tuple(_row(group, measures, profiles) for group in groups),
        breaks=_breaks(groups),
    )


def energies_grid(shown: ComparisonResult) -> Grid:
    """Return the energy of a prediction, a row per device; no rows where the results hold it."""
    groups = grouped(shown.runs)
    profiles = profile_ids(shown) if _apart(shown) else []
    return Grid(
        "Energy per image, by device",
        ("device", *(group.label for group in groups)),
        tuple(
            (_name(shown, name), *(cells.energy(group.energy(name)) for group in groups)) for name in profiles
        ),
    )


def classes_grid(shown: ComparisonResult) -> Grid:
    """Return of every class which share each network recognises; no rows where that was not kept."""
    groups = [group for group in grouped(shown.runs) if all(run.confusion for run in group.runs)]
    found = [group.runs[0].confusion for group in groups]
    rows = tuple(
        (name, str(sum(found[0][place])), *(cells.percent(recall(group, place)) for group in groups))
        for place, name in enumerate(shown.classes if found else ())
    )
    return Grid(
        "Recognised of each class (%)",
        ("class", "test images", *(group.label for group in groups)),
        rows,
        ("Recall: the share of a class's test images that is recognised as it. – : the class has none.",),
    )


def recall(group: Group, place: int) -> Statistic | None:
    """Return the share of a class that a network recognises; None where the class has no test images."""
    rows = [run.confusion[place] for run in group.runs]
    return Statistic.of(row[place] / sum(row) if sum(row) else None for row in rows)


def _apart(shown: ComparisonResult) -> bool:
    return len(profile_ids(shown)) > _BESIDE


def _name(shown: ComparisonResult, profile: str) -> str:
    return shown.profiles[profile].name if profile in shown.profiles else profile


def _breaks(groups: tuple[Group, ...]) -> frozenset[int]:
    return frozenset(at for at, (one, other) in enumerate(pairwise(groups)) if one.path != other.path)


def _row(group: Group, measures: tuple[str, ...], profiles: list[str]) -> tuple[str, ...]:
    return (
        group.label,
        cells.percent(group.test_accuracy),
        cells.percent(group.statistic(lambda run: run.train_accuracy)),
        cells.number(group.statistic(lambda run: run.goodness_margin)),
        cells.firing_rates(group),
        cells.count(group.statistic(lambda run: run.presentations)),
        cells.quantity(group.statistic(lambda run: run.synaptic_operations)),
        *(cells.number(group.measure(name)) for name in measures),
        cells.quantity(group.statistic(lambda run: run.seconds), "s"),
        *(cells.energy(group.energy(name)) for name in profiles),
    )
