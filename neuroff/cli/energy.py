"""`neuroff energy`: what a trained network's prediction and its training cost on hardware."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, get_args

import typer

from neuroff.choices import PricedAs
from neuroff.cli.console import table_console
from neuroff.cli.options import DataDir, Figures, Json, PartsFolder, Profiles, Tables, forms, require_folder
from neuroff.cli.written import Decay, DtMs, Gain, ResetBy, SpikesPerStep, WrittenBy, told
from neuroff.errors import ConfigError, shortened
from neuroff.report.grid import rich_table


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
            "its name; or a data file of NIR's.",
        ),
    ] = None,
    record: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="Write spikes and potentials of FILE.nir on --data, as a data file of NIR's."
        ),
    ] = None,
    dt_ms: DtMs = None,
    written_by: WrittenBy = None,
    rates: Annotated[
        str | None,
        typer.Option(
            metavar="RATE|NAME=RATE,…",
            help="Firing rates of FILE.nir instead of --data, in spikes per neuron and step: one for all, or "
            "by the names of inputs and populations.",
        ),
    ] = None,
    steps: Annotated[int | None, typer.Option(min=1, help="Steps of a presentation, with --rates.")] = None,
    reset: ResetBy = None,
    spikes_per_step: SpikesPerStep = None,
    decay: Decay = None,
    gain: Gain = None,
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
    priced_as: Annotated[
        str | None,
        typer.Option(
            "--as",
            metavar="exported|simulated",
            help="exported: the integers that `neuroff export` writes, every presentation whole; simulated: "
            "as neuroff predicts, the image's part of the first layer once for all labels. Without it, "
            "exported on chips and simulated elsewhere.",
        ),
    ] = None,
    html: Annotated[Path | None, typer.Option(metavar="FILE", help="Write the report as one page.")] = None,
    markdown: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write it as Markdown, figures beside it.")
    ] = None,
    out: PartsFolder = None,
    figures: Figures = "svg,png",
    table_forms: Tables = "",
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

    neuroff energy runs/digits --out paper --figures pdf --tables csv,latex

    neuroff energy runs/digits --as simulated

    neuroff energy network.nir --data spikes.npz --dt-ms 1 --written-by norse

    neuroff energy network.nir --rates 0.05 --steps 25 --dt-ms 1
    """
    from neuroff.device import require_device
    from neuroff.report.energy import tables
    from neuroff.report.energy.grids import energy_grids
    from neuroff.report.energy.making import energy_report_of_file, energy_report_of_run
    from neuroff.report.energy.write import write_energy

    require_folder(out, table_forms)
    given = forms(figures, table_forms, page=False)
    if data is not None or rates is not None or run.suffix == ".nir":
        if priced_as is not None:
            raise ConfigError(
                "does nothing for a network that others trained", where="--as", fix="leave it out"
            )
        report = energy_report_of_file(
            run,
            data,
            profile or ["all"],
            dt_ms=dt_ms,
            written_by=told(written_by, reset, spikes_per_step, decay, gain),
            rates=None if rates is None else parsed_rates(rates),
            steps=_steps(run, rates, steps),
            weight_bits=weight_bits,
            record=record,
        )
    else:
        told_of = {
            "written-by": written_by,
            "reset": reset,
            "spikes-per-step": spikes_per_step,
            "decay": decay,
        }
        _require_no_file_options(run, {"dt-ms": dt_ms, **told_of, "gain": gain, "record": record})
        report = energy_report_of_run(
            run,
            profile or ["all"],
            data_dir=data_dir,
            images=images,
            learning_images=learning_images,
            weight_bits=weight_bits,
            priced_as=_chosen(priced_as),
            measured=with_measure,
            device=require_device(device),
        )
    written = write_energy(
        report,
        html=html,
        markdown=markdown,
        folder=out,
        figures=given.figures,
        tables=given.tables,
    )
    if as_json:
        typer.echo(json.dumps(report.result().to_json(), allow_nan=False))
        return
    console = table_console()
    for line in tables.basis_lines(report):
        console.print(line, highlight=False)
    console.print()
    for grid in energy_grids(report):
        console.print(rich_table(grid))
        console.print()
    for line in tables.measured_lines(report):
        console.print(line, highlight=False)
    for path in written:
        console.print(f"Written: {path}", highlight=False, soft_wrap=True)


def _chosen(priced_as: str | None) -> PricedAs | None:
    """Return what a prediction is to be priced as.

    Raises:
        ConfigError: if it is none of them.
    """
    found = next((known for known in get_args(PricedAs) if known == priced_as), None)
    if priced_as is not None and found is None:
        raise ConfigError(shortened(priced_as), where="--as", expected=" | ".join(get_args(PricedAs)))
    return found


def parsed_rates(text: str) -> dict[str, float] | float:
    """Return the rates that an option holds: one for all, or by name.

    Raises:
        ConfigError: if it holds none.
    """
    found: dict[str, float] = {}
    for part in filter(None, (each.strip() for each in text.split(","))):
        name, equals, number = part.rpartition("=")
        try:
            rate = float(number)
        except ValueError:
            rate = math.nan
        if not 0 <= rate <= 1:
            raise ConfigError(f"a rate {shortened(part)}", where="--rates", expected="0 to 1, or NAME=0 to 1")
        if not equals:
            return rate
        found[name] = rate
    if not found:
        raise ConfigError(f"no rate in {shortened(text)}", where="--rates", expected="RATE, or NAME=RATE,…")
    return found


def _steps(file: Path, rates: str | None, steps: int | None) -> int:
    if (rates is None) != (steps is None):
        raise ConfigError(
            "--rates without --steps" if steps is None else "--steps without --rates",
            where=str(file),
            expected="both: recorded spikes have their number of steps",
        )
    return steps or 1


def _require_no_file_options(run: Path, given: Mapping[str, object]) -> None:
    wrong = [option for option, value in given.items() if value is not None]
    if wrong:
        raise ConfigError(
            f"--{wrong[0]} for a run of neuroff's",
            where=str(run),
            expected="a .nir file, whose step is not known",
        )
