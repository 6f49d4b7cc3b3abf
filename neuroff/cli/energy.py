"""`neuroff energy`: what a trained network's prediction and its training cost on hardware."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from neuroff.cli.console import table_console
from neuroff.cli.options import DataDir, Json
from neuroff.device import require_device
from neuroff.errors import ConfigError
from neuroff.foreign.convention import WRITERS
from neuroff.report.energy import tables
from neuroff.report.energy.grids import energy_grids
from neuroff.report.energy.making import energy_report_of_file, energy_report_of_run
from neuroff.report.energy.report import EnergyReport
from neuroff.report.energy.write import write_energy
from neuroff.report.grid import rich_table

SHORT_LIST = ("loihi1-davies2018", "generic-horowitz45", "cpu-degnan2016")
"""Profiles that fit a table side by side; all of them with ``--profile all``."""

Profiles = Annotated[
    list[str] | None,
    typer.Option("--profile", metavar="NAME|FILE|all", help="Hardware profile; may be repeated."),
]


def energy_command(
    run: Annotated[
        Path,
        typer.Argument(
            metavar="RUN|FILE.nir", help="Folder of a finished run, or a network that others trained."
        ),
    ],
    profile: Profiles = None,
    data: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE.npz",
            help="Recorded spikes for FILE.nir: the array `spikes`, (T, B, …), or one for each input under "
            "its name.",
        ),
    ] = None,
    dt_ms: Annotated[
        float | None, typer.Option(help="Duration of a step of FILE.nir, in ms: NIR holds none.")
    ] = None,
    written_by: Annotated[
        str | None,
        typer.Option(
            metavar="|".join(WRITERS),
            help="Who wrote FILE.nir: how its neurons are stepped, which NIR does not say. Without it NIR's "
            "equations are taken as written, and what others' conventions change is shown.",
        ),
    ] = None,
    reset: Annotated[
        str | None,
        typer.Option(metavar="value|subtract", help="What a spike does, instead of the writer's default."),
    ] = None,
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

    FILE.nir is a network of any library that writes NIR, trained in any way; --data are spikes to run it on.

    Energies are counts times published coefficients, not measured power. What a profile cannot price is
    listed and makes the total a lower bound (≥); a network that does not fit a device has no energy there.
    All profiles without --profile.

    Examples:
    neuroff energy runs/digits

    neuroff energy runs/digits --profile loihi1-davies2018 --json

    neuroff energy runs/digits --profile all --html energy.html

    neuroff energy network.nir --data spikes.npz --dt-ms 1 --written-by norse
    """
    if data is not None or run.suffix == ".nir":
        report = _of_file(run, data, profile, dt_ms, written_by, reset, weight_bits)
    else:
        _require_no_file_options(run, dt_ms, written_by, reset)
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


def _of_file(
    file: Path,
    data: Path | None,
    profiles: list[str] | None,
    dt_ms: float | None,
    written_by: str | None,
    reset: str | None,
    weight_bits: int | None,
) -> EnergyReport:
    if data is None:
        raise ConfigError(
            "no spikes to run it on",
            where=str(file),
            expected="--data FILE.npz with the array `spikes`, (T, B, …)",
        )
    return energy_report_of_file(
        file,
        data,
        profiles or ["all"],
        dt_ms=dt_ms,
        written_by=written_by,
        reset=reset,
        weight_bits=weight_bits,
    )


def _require_no_file_options(
    run: Path, dt_ms: float | None, written_by: str | None, reset: str | None
) -> None:
    given = {"--dt-ms": dt_ms, "--written-by": written_by, "--reset": reset}
    wrong = [option for option, value in given.items() if value is not None]
    if wrong:
        raise ConfigError(
            f"{wrong[0]} for a run of neuroff's",
            where=str(run),
            expected="a .nir file, whose step is not known",
        )
