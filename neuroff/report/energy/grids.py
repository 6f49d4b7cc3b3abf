"""The tables of an energy report, in the order in which they are read."""

from __future__ import annotations

from collections.abc import Callable

from neuroff.report.energy import tables
from neuroff.report.energy.answers import main_grid, silent_grid
from neuroff.report.energy.graphs import conventions_grid, nodes_grid
from neuroff.report.energy.learning_table import learning_grid
from neuroff.report.energy.report import EnergyReport
from neuroff.report.grid import Grid

_IN_DETAIL = 3  # devices whose terms are shown as well


def graph_grids(report: EnergyReport) -> list[Grid]:
    """Return the tables of a network that others trained; none for one of neuroff's."""
    return [] if report.graph is None else [nodes_grid(report.graph), conventions_grid(report.graph)]


def energy_grids(report: EnergyReport) -> list[Grid]:
    """Return the tables that a report has data for.

    Up to three devices come with all their terms; more of them with what is unpriced and digests.
    """
    makers: list[Callable[[EnergyReport], Grid]] = [
        main_grid,
        silent_grid,
        tables.counts_grid,
        tables.sweep_grid,
        tables.twin_grid,
        tables.what_if_grid,
        learning_grid,
    ]
    grids = [*graph_grids(report), *(make(report) for make in makers)]
    if len(report.accounts) <= _IN_DETAIL:
        grids += [tables.terms_grid(entry) for entry in report.accounts]
    else:
        grids += [tables.unpriced_grid(report.accounts), tables.digests_grid(report.accounts)]
    return [grid for grid in grids if grid.rows]
