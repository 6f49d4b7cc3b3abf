"""`neuroff study`: one open choice of the spiking path, its cases side by side."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from neuroff.choices import StudyName
from neuroff.cli.console import table_console
from neuroff.cli.options import BackendName, DataDir, DataSetOption, Figures, Jobs, Json, Tables, forms
from neuroff.errors import RunError
from neuroff.report.grid import rich_table

_QUICK = ("widths=30,20", "training.epochs=3", "evaluate_every=0", "train_count=400")


def study_command(
    study: Annotated[
        StudyName,
        typer.Argument(help="bus: bits and delay; goodness; gain; rule; frontier: accuracy by spikes."),
    ],
    dataset: DataSetOption = "mnist",
    seeds: Annotated[int, typer.Option(min=1, max=1000, help="Number of seeds, counted from 0.")] = 1,
    settings: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY=VALUE", help="Set one key for all cases; may be repeated."),
    ] = None,
    quick: Annotated[
        bool, typer.Option("--quick", help="Small networks on the embedded digits, under a minute.")
    ] = False,
    out: Annotated[
        Path, typer.Option(metavar="DIR", help="Folder of runs, result, table and figures.")
    ] = Path("neuroff-study"),
    resume: Annotated[bool, typer.Option("--resume", help="Go on with the runs in --out.")] = False,
    device: Annotated[str, typer.Option(help="cpu, cuda, or cuda:N.")] = "cpu",
    jobs: Jobs = 1,
    figures: Figures = "svg,png",
    tables: Tables = "",
    backend: BackendName = None,
    data_dir: DataDir = None,
    as_json: Json = False,
) -> None:
    """Train the cases of one study of the spiking path and put them side by side.

    Runs are kept one by one. Ctrl-C, and the same command with --resume goes on; seeds can be added later.

    Examples:
    neuroff study rule --quick

    neuroff study bus --set train_count=10000 --set training.epochs=5 --out studies
    """
    from neuroff.cli.execution import execution
    from neuroff.data import load
    from neuroff.experiments.spiking_study import run_study
    from neuroff.report.studies import study_grid, write_study

    given = forms(figures, tables, page=False)
    name = "digits" if quick else dataset
    if not resume and any((out / "runs").glob(f"{name}-{study}-*")):
        raise RunError("runs are already here", where=str(out), fix="add --resume, or name another --out")
    with execution(device, jobs, backend) as how:
        result = run_study(
            study,
            load(name, data_dir),
            out,
            dataset_name=name,
            seeds=range(seeds),
            settings=(*(_QUICK if quick else ()), *(settings or ())),
            execution=how,
        )
    files = [out / f"{study}-{name}.json", *write_study(result, out, given.figures, given.tables)]
    if as_json:
        typer.echo(json.dumps({**result.to_json(), "files": [str(file) for file in files]}, allow_nan=False))
        return
    console = table_console()
    console.print(rich_table(study_grid(result)))
    for file in files:
        console.print(f"Written: {file}", highlight=False, soft_wrap=True)
