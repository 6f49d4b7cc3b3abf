"""What the columns cost in time and memory: the content of ``cost.json`` and its table."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from neuroff.energy.units import format_si
from neuroff.report.grid import FittedTable, Grid, rich_table
from neuroff.report.printed import MISSING, fixed
from neuroff.report.reproduction.columns import in_order, title_of
from neuroff.results.cost import Cost


def parse_cost(values: Mapping[str, Any] | Cost) -> Cost:
    """Return the content of ``cost.json`` as typed values, columns in the paper's order.

    Raises:
        RunError: naming the first key that is missing or wrong.
    """
    found = Cost.of(values, "cost")
    return found.model_copy(
        update={"columns": {name: found.columns[name] for name in in_order(found.columns)}}
    )


def cost_table(cost: Mapping[str, Any] | Cost) -> FittedTable:
    """Return the costs as a table of at most 100 columns for the terminal.

    Raises:
        RunError: if the content is not valid.
    """
    return rich_table(cost_grid(parse_cost(cost)))


def cost_grid(cost: Cost) -> Grid:
    """Return a row per column: seconds, ratio to FF, peak memory and multiply-adds."""
    return Grid(
        title="Cost of training",
        header=(
            "algorithm", "s per epoch", "by stage", "ratio to FF", "peak memory", "MACs per epoch, by stage",
        ),
        rows=tuple(
            (
                title_of(name),
                f"{column.seconds_per_epoch:#.3g}",
                _listed(f"{seconds:#.3g}" for seconds in column.seconds_per_epoch_by_stage),
                fixed(cost.ratio_to_ff.get(name), 3),
                MISSING if column.peak_rss_bytes is None else format_si(column.peak_rss_bytes, "B"),
                _listed(format_si(macs, "") for macs in column.macs_per_epoch_by_stage),
            )
            for name, column in cost.columns.items()
        ),
        notes=(
            "Seconds, for an epoch of every stage, and peak resident memory are measured in one run;",
            "multiply-adds (MACs) are counted.",
        ),
    )  # fmt: skip


def _listed(cells: Any) -> str:
    return ", ".join(cells) or MISSING
