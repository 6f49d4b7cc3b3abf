"""`neuroff energy`: what a trained network's prediction costs on hardware."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from neuroff.activity import count_activity
from neuroff.cli.options import DataDir, Json
from neuroff.data import load
from neuroff.energy import EnergyEstimate, Profile, estimate, format_si, list_profiles, load_profile
from neuroff.inputs import prepare
from neuroff.runs import RunDirectory, load_run


def energy_command(
    run: Annotated[Path, typer.Argument(help="Folder of a finished run.")],
    profile: Annotated[
        list[str] | None,
        typer.Option("--profile", metavar="NAME|FILE|all", help="Hardware profile; may be repeated."),
    ] = None,
    images: Annotated[int, typer.Option(min=1, help="Test images whose forward pass is counted.")] = 1000,
    data_dir: DataDir = None,
    as_json: Json = False,
) -> None:
    """Count the work of a prediction (the sweep over all labels) and price it on hardware profiles.

    Energies are counts times published coefficients, not measured power. What a profile cannot price is
    listed and makes the total a lower bound (≥).

    Examples:
    neuroff energy runs/digits

    neuroff energy runs/digits --profile loihi1-davies2018 --json
    """
    chosen = selected_profiles(profile or ["all"])
    trained = load_run(RunDirectory(run))
    split = prepare(load(trained.config.data.dataset, data_dir), trained.config)
    activity = count_activity(trained.network, split.test.head(images))
    estimates = {entry.id: estimate(activity.counts, entry) for entry in chosen}
    if as_json:
        report: dict[str, Any] = {
            "run": str(run),
            "images": activity.images,
            "counts": activity.counts.to_dict(),
            "firing_rate": list(activity.firing_rate) or None,
            "profiles": {name: priced.to_dict() for name, priced in estimates.items()},
        }
        typer.echo(json.dumps(report, allow_nan=False))
        return
    console = Console()
    console.print(_counts_table(activity.counts.to_dict(), activity.images))
    for priced in estimates.values():
        console.print(_energy_table(priced))


def selected_profiles(names: list[str]) -> list[Profile]:
    """Return the named profiles, or all that ship with neuroff if ``all`` is among the names."""
    wanted = list_profiles() if "all" in names else names
    return [load_profile(name) for name in wanted]


def _counts_table(counts: dict[str, float], images: int) -> Table:
    table = Table("count", "per image", title=f"work of one prediction, mean of {images} test images")
    table.columns[1].justify = "right"
    for name, amount in counts.items():
        table.add_row(name, f"{amount:,.0f}")
    return table


def _energy_table(priced: EnergyEstimate) -> Table:
    mark = "≥ " if priced.is_lower_bound else ""
    total = priced.total_J
    table = Table(
        "term",
        "energy per image",
        "low … high",
        title=f"{priced.profile_name}: {mark}{format_si(total.nominal, 'J')} per image ({priced.boundary})",
        caption=" ".join(priced.notes),
        caption_justify="left",
    )
    for name, band in priced.terms_J.items():
        if band.high > 0:
            table.add_row(
                name,
                format_si(band.nominal, "J"),
                f"{format_si(band.low, 'J')} … {format_si(band.high, 'J')}",
            )
    for missing in priced.unpriced:
        table.add_row(f"{missing.count} × {missing.amount:,.0f}", "unpriced", missing.reason)
    return table
