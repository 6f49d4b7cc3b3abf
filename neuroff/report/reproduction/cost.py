"""What the columns cost in time and memory: the content of ``cost.json`` and its table."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Final

from pydantic import Field, TypeAdapter
from rich.table import Table

from neuroff.energy.units import format_si
from neuroff.report.grid import MISSING, Grid, rich_table
from neuroff.report.reproduction.columns import in_order, title_of
from neuroff.report.reproduction.model import Amount, Plain, validated
from neuroff.results.numbers import Name

_Stages = Annotated[tuple[Amount, ...], Field(max_length=64)]


class ColumnCost(Plain):
    """What one column costs; stages are layers where they learn one after the other."""

    seconds_per_epoch_by_stage: _Stages = ()
    seconds_per_epoch: Amount
    peak_rss_bytes: Amount | None = None
    macs_per_epoch_by_stage: _Stages = ()


class Cost(Plain):
    """The content of ``cost.json``."""

    columns: Annotated[dict[Name, ColumnCost], Field(min_length=1, max_length=64)]
    ratio_to_ff: dict[Name, Amount] = Field(default_factory=dict)


_COST: Final = TypeAdapter(Cost)


def parse_cost(values: Mapping[str, Any]) -> Cost:
    """Return the content of ``cost.json`` as typed values, columns in the paper's order.

    Raises:
        RunError: naming the first key that is missing or wrong.
    """
    found: Cost = validated(_COST, values, "cost")
    return found.model_copy(
        update={"columns": {name: found.columns[name] for name in in_order(found.columns)}}
    )


def cost_table(cost: Mapping[str, Any]) -> Table:
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
                f"{cost.ratio_to_ff[name]:.3f}" if name in cost.ratio_to_ff else MISSING,
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
