"""`neuroff energy`: what a trained network's prediction and its training cost on hardware."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from neuroff.cli.console import table_console
from neuroff.cli.options import DataDir, Json
from neuroff.device import require_device
from neuroff.report.energy import tables
from neuroff.report.energy.grids import energy_grids
from neuroff.report.energy.making import energy_report_of_run
from neuroff.report.energy.write import write_energy
from neuroff.report.grid import rich_table

SHORT_LIST = ("loihi1-davies2018", "generic-horowitz45", "cpu-degnan2016")
"""Profiles that fit a table side by side; all of them with ``--profile all``."""

Profiles = Annotated[
    list[str] | None,
    typer.Option("--profile", metavar="NAME|FILE|all", help="Hardware profile; may be repeated."),
]


def energy_command(
    run: Annotated[Path, typer.Argument(help="Folder of a finished run.")],
    profile: Profiles = None,
    images: Annotated[int, typer.Option(min=1, help="Test images whose forward pass is counted.")] = 1000,
    learning_images: Annotated[
        int, typer.Option(min=0, help="Training images whose learning is counted; 0: none.")
    ] = 200,
    weight_bits: Annotated[
        int | None,
        typer.Option(
            min=1,
            max=64,
            help="Bits of a stored weight; without it 32 for a dense network and 8 for a spiking one, or "
            "what the device has if that is less.",
        ),
    ] = None,
    html: Annotated[Path | None, typer.Option(metavar="FILE", help="Write the report as one page.")] = None,
    markdown: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write it as Markdown, figures beside it.")
    ] = None,
    with_measure: Annotated[
        bool, typer.Option("--measure", help="Measure this machine's joules too, where it has a counter.")
    ] = False,
    device: Annotated[str, typer.Option(help="cpu, cuda, or cuda:N; what --measure measures.")] = "cpu",
    data_dir: DataDir = None,
    as_json: Json = False,
) -> None:
    """Count the work of a prediction and of a training sample, and price it on hardware profiles.

    Energies are counts times published coefficients, not measured power. What a profile cannot price is
    listed and makes the total a lower bound (≥); a network that does not fit a device has no energy there.
    All profiles without --profile.

    Examples:
    neuroff energy runs/digits

    neuroff energy runs/digits --profile loihi1-davies2018 --json

    neuroff energy runs/digits --profile all --html energy.html
    """
    report = energy_report_of_run(
        run,
        profile or ["all"],
        data_dir=data_dir,
        images=images,
        learning_images=learning_images,
        weight_bits=weight_bits,
        measured=with_measure,
        device=require_device(device),
    )
    written = write_energy(report, html=html, markdown=markdown)
    if as_json:
        typer.echo(json.dumps(report.result().to_json(), allow_nan=False))
        return
    console = table_console()
    for grid in energy_grids(report):
        console.print(rich_table(grid))
        console.print()
    for line in tables.measured_lines(report):
        console.print(line, highlight=False)
    for path in written:
        console.print(f"Written: {path}", highlight=False, soft_wrap=True)
