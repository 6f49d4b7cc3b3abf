"""``neuroff train --summary``: the layers of a network before it is trained."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING

import typer

from neuroff.cli.console import table_console
from neuroff.report.grid import Grid, rich_table

if TYPE_CHECKING:
    from neuroff.config import Config
    from neuroff.data import DataSet

_CHIPS = ("loihi1-davies2018", "loihi2", "speck")


def print_summary(config: Config, dataset: DataSet, profiles: list[str] | None, *, as_json: bool) -> None:
    """Print the layers of a network, and what each takes of chips.

    Args:
        config: of the network.
        dataset: its images.
        profiles: names of chips, or files; some without.
        as_json: whether for scripts.
    """
    from neuroff.config.inputs import described
    from neuroff.counting.described import summary
    from neuroff.report.energy.selecting import selected_profiles

    chips = selected_profiles(profiles or _CHIPS)
    found = summary(described(dataset, config), chips)
    if as_json:
        typer.echo(json.dumps(asdict(found)))
        return
    rows = []
    for layer in found.layers:
        shape = " x ".join(map(str, layer.shape))
        memory = ("–" if kept is None else f"{kept:,.1f}" for kept in layer.memory_kB.values())
        rows.append((layer.kind, shape, f"{layer.parameters:,}", f"{layer.operations:,}", *memory))
    cores = (
        "does not fit" if count is None else f"{count:,} core{'s' * (count > 1)}"
        for count in found.cores.values()
    )
    totals = [sum(getattr(layer, key) for layer in found.layers) for key in ("parameters", "operations")]
    rows.append(("all", "", *(f"{total:,}" for total in totals), *cores))
    header = (
        "layer",
        "shape",
        "parameters",
        "operations",
        *(f"kB on\n{_folding(chip.id)}" for chip in chips),
    )
    title, before_sums = f"{config.data.dataset}, {config.path}", frozenset({len(rows) - 2})
    table_console().print(rich_table(Grid(title, header, tuple(rows), words=2, breaks=before_sums)))


def _folding(name: str) -> str:
    """Return a profile's name with a line break behind every hyphen: columns of numbers are narrow."""
    return name.replace("-", "-\n")
