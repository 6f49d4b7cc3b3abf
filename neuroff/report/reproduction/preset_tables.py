"""Accuracy of the `best` presets, dense and spiking, with the statistics of the reproduction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from neuroff.report.grid import FittedTable, Grid, rich_table
from neuroff.report.printed import plus_minus
from neuroff.report.reproduction.columns import data_set_title, title_of
from neuroff.report.reproduction.comparing import Gain, gains
from neuroff.report.reproduction.model import Reproduction, parse_reproduction
from neuroff.report.reproduction.paper import NO_PAPER
from neuroff.report.reproduction.tables import gain_over_ff, gains_grid, seed_notes


def preset_tables(results: Mapping[str, Any], title: str) -> list[FittedTable]:
    """Return accuracies and tests as tables of at most 100 columns for the terminal.

    Args:
        results: the content of ``best.json`` or ``spiking.json``.
        title: of the preset.

    Raises:
        RunError: if the content is not valid.
    """
    return [rich_table(grid) for grid in preset_grids(parse_reproduction(results), title)]


def preset_grids(results: Reproduction, title: str) -> list[Grid]:
    """Return a table of accuracies per data set, then the gains."""
    compared = gains(results, NO_PAPER)
    grids = [_accuracy_grid(results, dataset, compared, title) for dataset in results]
    return [*grids, gains_grid(compared)] if compared else grids


def _accuracy_grid(results: Reproduction, dataset: str, compared: Sequence[Gain], title: str) -> Grid:
    columns = results[dataset]
    is_spiking = any(column.mean_rate for column in columns.values())
    rows = []
    for name, column in columns.items():
        gain = "baseline" if name == "ff" else gain_over_ff(compared, dataset, name)
        accuracies = (column.train, column.held_out, column.test)
        row = (title_of(name), str(len(column.seeds)), *map(plus_minus, accuracies), gain)
        rate = plus_minus(column.mean_rate, factor=1, digits=3)
        rows.append((*row, str(column.steps), rate) if is_spiking else row)
    header = ("algorithm", "seeds", "train %", "held out %", "test %", "gain over FF")
    return Grid(
        title=f"{title}: accuracy on {data_set_title(dataset)}",
        header=(*header, "T", "mean rate") if is_spiking else header,
        rows=tuple(rows),
        notes=(
            "Mean ± standard deviation over seeds; gains are in percentage points.",
            *(("Mean rate: spikes per neuron and step, over layers and all ten labels.",) * is_spiking),
            *seed_notes(columns),
        ),
    )
