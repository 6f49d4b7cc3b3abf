"""`neuroff sweep-energy`: accuracy against energy."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, TypeVar, get_args

import typer

from neuroff.choices import Path as NetworkPath
from neuroff.choices import PresetName, Variant
from neuroff.cli.console import table_console
from neuroff.cli.options import (
    SHORT_LIST,
    BackendName,
    DataDir,
    DataSetOption,
    Figures,
    Jobs,
    Json,
    Profiles,
    Tables,
    choices,
    forms,
)
from neuroff.errors import ConfigError
from neuroff.report.grid import rich_table

_Number = TypeVar("_Number", int, float)


def sweep_energy_command(
    dataset: DataSetOption = "digits",
    preset_name: Annotated[PresetName, typer.Option("--preset", help="Where settings start.")] = "demo",
    beside: Annotated[
        str, typer.Option(metavar="NAME,…", help="Further presets in the same figure, such as groups.")
    ] = "",
    path: Annotated[NetworkPath, typer.Option(help="dense or spiking.")] = "spiking",
    variant: Annotated[Variant, typer.Option(help="ff, fcff or acff.")] = "acff",
    steps: Annotated[str, typer.Option(metavar="T,T,…", help="Time steps.")] = "2,4,8",
    widths: Annotated[str, typer.Option(metavar="N,N,…", help="Neurons of each hidden layer.")] = "50,200",
    thresholds: Annotated[
        str, typer.Option(metavar="V,V,…", help="Firing thresholds; higher ones fire less.")
    ] = "1",
    rate_penalties: Annotated[
        str, typer.Option(metavar="L,L,…", help="λ of the loss term λ · mean rate; higher ones fire less.")
    ] = "0",
    weight_bits: Annotated[
        str, typer.Option(metavar="B,B,…", help="Bits that trained weights are rounded to, 2 to 32.")
    ] = "3,4,8",
    seed: Annotated[int, typer.Option(min=0, help="Of every run.")] = 0,
    settings: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY=VALUE", help="Set one key for all runs; may be repeated."),
    ] = None,
    profiles: Profiles = None,
    out: Annotated[Path, typer.Option(metavar="DIR", help="Folder for runs, figure and tables.")] = Path(
        "neuroff-sweep"
    ),
    resume: Annotated[
        bool, typer.Option("--resume", help="Use the runs finished in --out and go on.")
    ] = False,
    device: Annotated[str, typer.Option(help="cpu, cuda, or cuda:N.")] = "cpu",
    jobs: Jobs = 1,
    figures: Figures = "svg,png",
    tables: Tables = "",
    backend: BackendName = None,
    data_dir: DataDir = None,
    as_json: Json = False,
) -> None:
    """Train networks of several sizes and show the Pareto front of accuracy against energy on each device.

    Spiking networks receive pixels as spikes, so that chips price the first layer too. Trained weights are
    rounded, and the rounded network is measured. Without --profile three profiles are used.

    Examples:
    neuroff sweep-energy --out digits-front

    neuroff sweep-energy --dataset fashion-mnist --steps 4,8,16 --widths 100,400 --resume

    neuroff sweep-energy --beside groups --variant ff --rate-penalties 0,0.3    # both ways of asking
    """
    from neuroff.cli.execution import execution
    from neuroff.data import load
    from neuroff.experiments.energy_sweep import EnergySweep, sweep_energy
    from neuroff.report.energy.pareto import sweep_grid, write_sweep
    from neuroff.report.energy.selecting import selected_profiles
    from neuroff.report.energy.sheets import sweep_sheets
    from neuroff.report.formats import write_sheets

    given = forms(figures, tables)
    sweep = EnergySweep(
        dataset,
        preset_name,
        path,
        variant,
        _numbers(steps, int, "--steps", 1, 100_000),
        _numbers(widths, int, "--widths", 1, 100_000),
        _numbers(thresholds, float, "--thresholds", 1e-6, 1e6),
        _numbers(rate_penalties, float, "--rate-penalties", 0, 1e6),
        _numbers(weight_bits, int, "--weight-bits", 2, 32),
        seed,
        tuple(settings or ()),
        choices(beside, get_args(PresetName), "--beside") if beside else (),
    )
    hardware = selected_profiles(profiles or list(SHORT_LIST))
    list(sweep.configs())  # a wrong setting shows before the first run starts
    images = load(dataset, data_dir)
    with execution(device, jobs, backend) as how:
        result = sweep_energy(sweep, images, hardware, out, resume=resume, execution=how)
    written = [out / "sweep.json", *write_sweep(result, out, given.figures)]
    written += write_sheets(sweep_sheets(result), out / "tables", given.tables)
    if as_json:
        typer.echo(
            json.dumps({**result.to_json(), "files": [str(file) for file in written]}, allow_nan=False)
        )
        return
    console = table_console()
    for entry in hardware:
        console.print(rich_table(sweep_grid(result, entry.id)))
        console.print()
    for file in written:
        console.print(f"Written: {file}", highlight=False, soft_wrap=True)


def _numbers(text: str, kind: type[_Number], where: str, least: float, most: float) -> tuple[_Number, ...]:
    """Return the numbers of a comma-separated text, each once.

    Raises:
        ConfigError: if there are none, or one is not a number within bounds.
    """
    try:
        found = tuple(dict.fromkeys(kind(part) for part in text.split(",") if part.strip()))
    except ValueError:
        found = ()
    if not found or not all(least <= number <= most for number in found):
        raise ConfigError(
            f"{text[:60]!r} are not numbers",
            where=where,
            expected=f"such as 2,4,8, from {least:g} to {most:g}",
        )
    return found
