"""`neuroff reproduce`: the paper's tables and figures from runs of one's own."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from neuroff.cli.console import table_console
from neuroff.cli.execution import execution
from neuroff.cli.options import DataDir, Jobs, Json, choices
from neuroff.config import Path as NetworkPath
from neuroff.config.presets import PresetName
from neuroff.data import load, names
from neuroff.errors import ConfigError, RunError
from neuroff.experiments.columns import COLUMNS, TABLES, cells
from neuroff.experiments.cost import measure_cost
from neuroff.experiments.readings import run_readings
from neuroff.experiments.reproduction import reproduce
from neuroff.files import read_json
from neuroff.report.reproduction.comparing import gains
from neuroff.report.reproduction.cost import cost_table
from neuroff.report.reproduction.model import parse_reproduction
from neuroff.report.reproduction.paper import NO_PAPER
from neuroff.report.reproduction.preset_tables import preset_tables
from neuroff.report.reproduction.readings import readings_table
from neuroff.report.reproduction.save import write_preset, write_reproduction
from neuroff.report.reproduction.tables import reproduction_tables
from neuroff.results.cost import Cost
from neuroff.results.readings import Readings

_QUICK = (
    "network.widths=200,200",
    "training.batch_size=200",
    "training.epochs=60",
    "training.evaluate_every=10",
)
_QUICK_READINGS = ("data.train_count=1000",)  # the rest of the digits is held out
_ALL_COLUMNS = ",".join(COLUMNS)
_PAPER_SETS = "mnist,fashion-mnist"
_PRESET_TITLES = {"best": "Best preset, dense", "spiking": "Best preset, spiking"}


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
        with execution(device, jobs) as how:
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
    _report(out, as_json=as_json)


def _refuse_used(out: Path, resume: bool) -> None:
    used = ("runs", "readings", "stages", *(f"{name}.json" for name in TABLES.values()))
    if not resume and any((out / name).exists() for name in used):
        raise RunError("runs are already here", where=str(out), fix="add --resume, or name another --out")


def _report(out: Path, *, as_json: bool) -> None:
    results = {name: read_json(out / f"{name}.json") for name in TABLES.values() if _has(out, name)}
    grids = [Readings.read(path) for path in sorted(out.glob("readings-*.json"))]
    cost = Cost.read(out / "cost.json") if _has(out, "cost") else None
    if not (results or grids or cost):
        raise RunError(
            "no results here",
            where=str(out),
            expected=", ".join(f"{name}.json" for name in (*TABLES.values(), "readings-<data set>", "cost")),
            fix="run `neuroff reproduce` without --report first",
        )
    paper = results.get("reproduction", {})
    presets = {name: found for name, found in results.items() if name in _PRESET_TITLES}
    files = write_reproduction(paper, grids, cost, out) if paper or grids or cost else []
    for name, found in presets.items():
        files += write_preset(found, name, _PRESET_TITLES[name], out / name)
    if as_json:
        typer.echo(json.dumps(_summary(results, grids, cost, files), allow_nan=False))
        return
    console = table_console()
    for shown in reproduction_tables(paper):
        console.print(shown)
    for name, found in presets.items():
        for shown in preset_tables(found, _PRESET_TITLES[name]):
            console.print(shown)
    for grid in grids:
        console.print(readings_table(grid))
    if cost:
        console.print(cost_table(cost))
    console.print(f"Results, tables and figures: {out}", highlight=False, soft_wrap=True)


def _has(out: Path, name: str) -> bool:
    return (out / f"{name}.json").exists()


def _summary(
    results: Mapping[str, Any],
    grids: Sequence[Readings],
    cost: Cost | None,
    files: Sequence[Path],
) -> dict[str, Any]:
    kept = ("seeds", "train", "held_out", "test", "seconds")
    rows = ("variant", "point", "choice", "seed", "train", "held_out", "gamma")
    return {
        "results": {
            name: {
                dataset: {column: {key: entry[key] for key in kept} for column, entry in columns.items()}
                for dataset, columns in table.items()
            }
            for name, table in results.items()
        },
        "gains": {name: _gains(table) for name, table in results.items()},
        "readings": [{key: row[key] for key in rows} for grid in grids for row in grid.to_json()["readings"]],
        "cost": cost and cost.ratio_to_ff,
        "files": [str(file) for file in files],
    }


def _gains(table: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [
        {
            "dataset": gain.dataset,
            "base": gain.base,
            "column": gain.column,
            "difference": gain.test.difference,
            "interval": [gain.test.low, gain.test.high],
            "p_holm": gain.p_holm,
            "cohens_d": gain.test.cohens_d,
        }
        for gain in gains(parse_reproduction(table), NO_PAPER)
    ]
