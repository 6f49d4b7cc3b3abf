"""`neuroff merge`."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from neuroff.cli.options import Json


def merge_command(
    out: Annotated[Path, typer.Argument(metavar="DIR", help="Folder that the runs go to.")],
    sources: Annotated[list[Path], typer.Argument(metavar="FROM…", help="Folders that hold runs.")],
    as_json: Json = False,
) -> None:
    """Bring the finished runs of several folders into one, each once.

    For grids that ran on machines without a folder in common: give the command that started them the same
    options there and here, merge, and let it go on with --resume. A run is known by its configuration and
    the checksums of its data, whatever folder it lies in.

    Example: neuroff merge results from-machine-1 from-machine-2
    """
    from neuroff.runs.merging import merge_runs

    merged = merge_runs(out, sources)
    if as_json:
        typer.echo(json.dumps({"out": str(out), **asdict(merged)}))
        return
    console = Console()
    console.print(f"{len(merged.taken)} runs taken, {len(merged.there)} were there", highlight=False)
    for place in merged.differing:
        console.print(f"{place}: another machine's network differs; the first one was kept", highlight=False)
