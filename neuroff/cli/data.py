"""`neuroff data`: list data sets, fetch them and say what is there."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from neuroff.choices import DATA_SETS
from neuroff.cli.console import table_console
from neuroff.cli.options import DataDir, Json
from neuroff.report.grid import Grid, rich_table

if TYPE_CHECKING:
    from neuroff.data import FileStatus


_EPILOG = """Examples:

`neuroff data list` names all data sets, those of installed packages too.

`neuroff data fetch mnist` downloads MNIST into the cache directory.

`neuroff data status --data-dir ~/datasets` says which files in ~/datasets or in its folders mnist,
fashion-mnist, … are there and intact.

`NEUROFF_DATA=~/datasets neuroff data status mnist --json` says it for one set, for a program to read.
"""
_STATE_STYLES = {"ok": "green", "absent": "yellow", "wrong checksum": "red", "unreadable": "red"}

app = typer.Typer(
    help="List data sets, fetch them and check what is there. The digits data set needs no download.",
    no_args_is_help=True,
    rich_markup_mode="markdown",
    epilog=_EPILOG,
)


@app.command("list", epilog="Example: `neuroff data list --json`")
def list_command(as_json: Json = False) -> None:
    """Name every data set and who reads it: neuroff, or an installed package, nothing of which is run."""
    from neuroff.data import origins

    found = origins()
    if as_json:
        sets = [{"name": name, "from": origin} for name, origin in found.items()]
        typer.echo(json.dumps({"sets": sets}, indent=2))
        return
    _print(("data set", "read by"), tuple(found.items()), [])


@app.command("fetch", epilog="Example: `neuroff data fetch fashion-mnist --data-dir ~/datasets`")
def fetch_command(
    name: Annotated[
        str,
        typer.Argument(
            metavar="NAME|basic|all",
            help=f"{', '.join(DATA_SETS)}; basic: {', '.join(DATA_SETS[:3])}; all: gigabytes.",
            show_default=True,
        ),
    ] = "basic",
    data_dir: DataDir = None,
    as_json: Json = False,
) -> None:
    """Download a data set from its public mirrors and verify its checksums.

    Files already there and intact are kept, so an interrupted fetch goes on with the next file.
    """
    from neuroff.data import BASIC, NAMES, FetchedFile, fetch, progress_bar

    records: list[FetchedFile] = []
    with progress_bar() as progress:
        for each in {"all": NAMES, "basic": BASIC}.get(name, (name,)):
            records.extend(fetch(each, data_dir, progress))
    if as_json:
        typer.echo(json.dumps({"files": [record.to_json() for record in records]}, indent=2))
        return
    made = tuple((record.dataset, record.file, record.action) for record in records)
    _print(("data set", "file", "action"), made, [(record.dataset, record.path) for record in records])


@app.command("status", epilog="Example: `neuroff data status mnist --json`")
def status_command(
    name: Annotated[str | None, typer.Argument(metavar="NAME", help="A data set; all if left out.")] = None,
    data_dir: DataDir = None,
    as_json: Json = False,
) -> None:
    """Say which files are there and whether they are the published ones. Exit code 0 also if some are not."""
    from neuroff.data import status
    from neuroff.data.location import data_root

    rows = status(name, data_dir)
    if as_json:
        complete = {each: _is_complete(rows, each) for each in dict.fromkeys(row.dataset for row in rows)}
        files = [row.to_json() for row in rows]
        typer.echo(json.dumps({"complete": complete, "files": files}, indent=2))
        return
    found = tuple((row.dataset, row.file, row.state, row.form or "-") for row in rows)
    _print(("data set", "file", "state", "form"), found, [(row.dataset, row.path) for row in rows])
    root = data_root(data_dir)
    for each in dict.fromkeys(row.dataset for row in rows if row.state != "ok" and row.path):
        typer.echo(f"To get {each}, run {root.fetch_command(each)}.")


def _is_complete(rows: tuple[FileStatus, ...], name: str) -> bool:
    return all(row.state == "ok" for row in rows if row.dataset == name)


def _print(
    header: tuple[str, ...], rows: tuple[tuple[str, ...], ...], paths: list[tuple[str, str | None]]
) -> None:
    """Print a table, and below it the folder of each data set, which may be too long for a column."""
    table_console().print(rich_table(Grid("", header, rows, words=len(header)), _STATE_STYLES))
    for name, folder in dict.fromkeys((name, str(Path(path).parent)) for name, path in paths if path):
        typer.echo(f"Folder of {name}: {folder}")
