"""`neuroff reproduce`: the paper's tables and figures from runs of one's own."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from neuroff.choices import Path as NetworkPath
from neuroff.choices import PresetName
from neuroff.cli.console import table_console
from neuroff.cli.options import BackendName, DataDir, Figures, Forms, Jobs, Json, Tables, choices, forms
from neuroff.errors import ConfigError, RunError
from neuroff.experiments.columns import COLUMNS, TABLES

_QUICK = (
    "network.widths=200,200",
    "training.batch_size=200",
    "training.epochs=60",
    "training.evaluate_every=10",
)
_QUICK_READINGS = ("data.train_count=1000",)  # the rest of the digits is held out
_ALL_COLUMNS = ",".join(COLUMNS)
_PAPER_SETS = "mnist,fashion-mnist"


def reproduce_command(
    dataset: Annotated[
        str, typer.Option("--dataset", metavar="D,D", help="Data sets.", show_default=False)
    ] = _PAPER_SETS,
    columns: Annotated[
        str, typer.Option("--columns", metavar="C,C,…", help="Columns of the tables.")
    ] = _ALL_COLUMNS,
    seeds: Annotated[
        int | None,
        typer.Option(
            min=1, max=1000, help="Number of seeds, counted from 0: 5; 2 with --quick, 1 with --readings."
        ),
    ] = None,
    preset: Annotated[PresetName, typer.Option(help="paper, or best for what goes beyond it.")] = "paper",
    path: Annotated[NetworkPath, typer.Option(help="dense, or spiking with --preset best.")] = "dense",
    settings: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY=VALUE", help="Set one key for all runs; may be repeated."),
    ] = None,
    readings: Annotated[
        bool, typer.Option("--readings", help="Run the grid of readings on held-out images instead.")
    ] = False,
    cost: Annotated[
        bool, typer.Option("--cost", help="Measure time and memory of each column instead.")
    ] = False,
    report: Annotated[
        bool, typer.Option("--report", help="Train nothing: draw tables and figures from the JSON in --out.")
    ] = False,
    quick: Annotated[
        bool, typer.Option("--quick", help="A small network on the embedded digits, about a minute.")
    ] = False,
    out: Annotated[
        Path, typer.Option(metavar="DIR", help="Folder of runs, results, tables and figures.")
    ] = Path("neuroff-reproduction"),
    resume: Annotated[bool, typer.Option("--resume", help="Go on with the runs in --out.")] = False,
    device: Annotated[str, typer.Option(help="cpu, cuda, or cuda:N.")] = "cpu",
    jobs: Jobs = 1,
    figures: Figures = "svg,png",
    tables: Tables = "",
    backend: BackendName = None,
    data_dir: DataDir = None,
    as_json: Json = False,
) -> None:
    """Reproduce the Collaborative Forward-Forward paper: every table and figure, with seeds and statistics.

    Runs are kept one by one. Ctrl-C, and the same command with --resume goes on; seeds can be added later.
    On some processors --set precision=bfloat16 is quicker, on others slower; see Known limits in the README.
    A table may hold runs of both precisions; every run says which it had.

    Examples:
    neuroff reproduce --quick

    neuroff reproduce --dataset mnist --seeds 3 --device cuda --out paper

    neuroff reproduce --dataset mnist --seeds 3 --out paper --resume

    neuroff reproduce --report --out paper
    """
    from neuroff.cli.execution import execution
    from neuroff.data import load, names
    from neuroff.experiments.columns import cells
    from neuroff.experiments.cost import measure_cost
    from neuroff.experiments.readings import run_readings
    from neuroff.experiments.reproduction import reproduce

    given = forms(figures, tables)
    if sum((readings, cost, report)) > 1:
        raise ConfigError("--readings, --cost and --report exclude each other", where="reproduce")
    if not report:
        _refuse_used(out, resume)
        datasets = ("digits",) if quick else choices(dataset, names(), "--dataset")
        small = (*_QUICK, *(_QUICK_READINGS if readings else ())) if quick else ()
        extra = (*small, *(settings or ()))
        count = seeds or (1 if readings or cost else 2 if quick else 5)
        every = columns == _ALL_COLUMNS
        chosen = choices(
            columns if preset == "paper" or not every else "ff,fcff,acff", tuple(COLUMNS), "--columns"
        )
        planned = list(cells(datasets, chosen, range(count), extra, preset, path))
        with execution(device, jobs, backend) as how:
            if cost:
                measure_cost(planned, lambda name: load(name, data_dir), out, device=how.device)
            elif readings:
                for name in datasets:
                    run_readings(
                        load(name, data_dir),
                        out,
                        name=name,
                        seeds=range(count),
                        settings=extra,
                        execution=how,
                    )
            else:
                reproduce(
                    planned,
                    lambda name: load(name, data_dir),
                    out,
                    execution=how,
                )
    _report(out, given, as_json=as_json)


def _refuse_used(out: Path, resume: bool) -> None:

    used = ("runs", "readings", "stages", *(f"{name}.json" for name in TABLES.values()))
    if not resume and any((out / name).exists() for name in used):
        raise RunError("runs are already here", where=str(out), fix="add --resume, or name another --out")


def _report(out: Path, given: Forms, *, as_json: bool) -> None:
    from neuroff.report.reproduction.folder import Reproduced

    found = Reproduced.read(out)
    files = found.write(out, given.figures, given.tables)
    if as_json:
        typer.echo(json.dumps({**found.summary(), "files": [str(file) for file in files]}, allow_nan=False))
        return
    console = table_console()
    for shown in found.tables():
        console.print(shown)
    console.print(f"Results, tables and figures: {out}", highlight=False, soft_wrap=True)
