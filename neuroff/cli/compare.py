"""`neuroff compare` and `neuroff demo`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, get_args

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
    Forms,
    Jobs,
    Json,
    Profiles,
    Tables,
    choices,
    forms,
)
from neuroff.errors import ConfigError

if TYPE_CHECKING:
    from neuroff.experiments.compare import Comparison
    from neuroff.results import ComparisonResult


Out = Annotated[Path, typer.Option(metavar="DIR", help="Folder for runs, figures and report.")]
Resume = Annotated[bool, typer.Option("--resume", help="Use the runs finished in --out and go on.")]


def demo_command(
    out: Out = Path("neuroff-demo"),
    profiles: Profiles = None,
    jobs: Jobs = 1,
    figures: Figures = "svg,png",
    tables: Tables = "",
    as_json: Json = False,
) -> None:
    """Train dense and spiking FF, F-CFF and A-CFF on the embedded digits and compare them.

    Both ways of asking are there: a label in the image, and one goodness per class (groups), which sees an
    image once. Needs no network and no data, and about a minute: twelve runs, one table, energy on three
    hardware profiles (all of them with --profile all), figures, and a page report.html that holds them. A
    finished demo in the same folder is replaced.

    Example: neuroff demo --out my-demo
    """
    from neuroff.experiments.compare import Comparison

    hardware = profiles or list(SHORT_LIST)
    _run(
        Comparison("digits", "demo", beside=("groups",)),
        out,
        hardware,
        "cpu",
        jobs,
        None,
        None,
        forms(figures, tables),
        resume=False,
        as_json=as_json,
        replace=True,
    )


def compare_command(
    dataset: DataSetOption = "digits",
    preset_name: Annotated[PresetName, typer.Option("--preset", help="Where settings start.")] = "demo",
    beside: Annotated[
        str, typer.Option("--beside", metavar="NAME,…", help="Further presets to show beside it.")
    ] = "",
    paths: Annotated[str, typer.Option("--paths", metavar="P,P", help="Paths to compare.")] = "dense,spiking",
    variants: Annotated[
        str, typer.Option("--variants", metavar="V,V,…", help="Variants to compare.")
    ] = "ff,fcff,acff",
    seeds: Annotated[str, typer.Option(metavar="S,S,…", help="Seeds, one run each.")] = "0",
    settings: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY=VALUE", help="Set one key for all runs; may be repeated."),
    ] = None,
    profiles: Profiles = None,
    out: Out = Path("neuroff-compare"),
    resume: Resume = False,
    device: Annotated[str, typer.Option(help="cpu, cuda, or cuda:N.")] = "cpu",
    jobs: Jobs = 1,
    figures: Figures = "svg,png",
    tables: Tables = "",
    backend: BackendName = None,
    data_dir: DataDir = None,
    as_json: Json = False,
) -> None:
    """Compare variants, paths and seeds: accuracy, goodness, spikes and energy, with figures and a page.

    Energy is that of three hardware profiles, or of those named by --profile.

    Examples:
    neuroff compare --seeds 0,1,2 --out digits-three-seeds

    neuroff compare --dataset mnist --preset best --beside groups --paths spiking --variants ff,acff
    """
    from neuroff.experiments.compare import Comparison

    comparison = Comparison(
        dataset,
        preset_name,
        choices(paths, get_args(NetworkPath), "--paths"),
        choices(variants, get_args(Variant), "--variants"),
        _seeds(seeds),
        tuple(settings or ()),
        choices(beside, get_args(PresetName), "--beside") if beside else (),
    )
    _run(
        comparison,
        out,
        profiles or list(SHORT_LIST),
        device,
        jobs,
        backend,
        data_dir,
        forms(figures, tables),
        resume=resume,
        as_json=as_json,
        replace=False,
    )


def _seeds(text: str) -> tuple[int, ...]:
    parts = [part.strip() for part in text.split(",") if part.strip()]
    if not parts or not all(part.isdigit() for part in parts):
        raise ConfigError(f"{text!r} are not seeds", where="--seeds", expected="numbers such as 0,1,2")
    return tuple(dict.fromkeys(int(part) for part in parts))


def _run(
    comparison: Comparison,
    out: Path,
    profiles: list[str],
    device: str,
    jobs: int,
    backend: str | None,
    data_dir: Path | None,
    written: Forms,
    *,
    resume: bool,
    as_json: bool,
    replace: bool,
) -> None:
    from neuroff.cli.execution import execution
    from neuroff.data import load
    from neuroff.experiments.compare import compare
    from neuroff.report.energy.selecting import selected_profiles
    from neuroff.report.tables import comparison_table

    hardware = selected_profiles(profiles)
    list(comparison.configs())  # a wrong setting shows before the first run starts
    dataset = load(comparison.dataset, data_dir)
    if replace:
        _forget_runs(out)
    with execution(device, jobs, backend) as how:
        result = compare(comparison, dataset, hardware, out, resume=resume, execution=how)
    files = _report(result, out, written)
    if as_json:
        typer.echo(json.dumps({**result.summary(), "files": list(map(str, files))}, allow_nan=False))
        return
    console = table_console()
    console.print(comparison_table(result))
    console.print(f"Figures and the whole report: {out / 'report.html'}", highlight=False, soft_wrap=True)


def _forget_runs(out: Path) -> None:
    """Remove the run files of an earlier demo, and nothing else."""
    for directory in (out / "runs").glob("*-*-*"):
        for name in ("config.json", "checkpoint.safetensors", "network.safetensors", "result.json"):
            (directory / name).unlink(missing_ok=True)


def _report(result: ComparisonResult, out: Path, written: Forms) -> list[Path]:
    from neuroff.files import write_bytes
    from neuroff.report.comparison_sheets import comparison_sheets
    from neuroff.report.formats import write_sheets
    from neuroff.report.html import render_comparison
    from neuroff.report.save import write_figures

    figures = write_figures(result, out / "figures", written.figures)
    page = out / "report.html"
    write_bytes(page, render_comparison(result, figures).encode())
    tables = write_sheets(comparison_sheets(result), out / "tables", written.tables)
    return [out / "comparison.json", page, *figures, *tables]
