"""``neuroff train --summary``: the layers of a network before it is trained."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING

import typer
from rich.console import Console
from rich.table import Table

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
    from neuroff.config.build import build
    from neuroff.config.inputs import prepare
    from neuroff.counting.described import summary
    from neuroff.energy import list_profiles, load_profile

    names = list_profiles() if profiles == ["all"] else tuple(profiles or _CHIPS)
    chips = [load_profile(name) for name in names]
    network, _ = build(config, prepare(dataset, config))
    found = summary(network, chips)
    if as_json:
        typer.echo(json.dumps(asdict(found)))
        return
    table = Table(title=f"{config.data.dataset}, {config.path}")
    table.add_column("layer", no_wrap=True)
    for column in ("shape", "parameters", "operations", *(f"kB on {chip.id}" for chip in chips)):
        table.add_column(column, justify="right")
    for layer in found.layers:
        shape = " x ".join(map(str, layer.shape))
        memory = ("–" if kept is None else f"{kept:,.1f}" for kept in layer.memory_kB.values())
        table.add_row(layer.kind, shape, f"{layer.parameters:,}", f"{layer.operations:,}", *memory)
    table.add_section()
    cores = (
        "does not fit" if count is None else f"{count:,} core{'s' * (count > 1)}"
        for count in found.cores.values()
    )
    totals = [sum(getattr(layer, key) for layer in found.layers) for key in ("parameters", "operations")]
    table.add_row("all", "", *(f"{total:,}" for total in totals), *cores)
    Console().print(table)
