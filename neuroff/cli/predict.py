"""`neuroff predict`: a finished run and rows of a file."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from neuroff.cli.options import DataDir, Json
from neuroff.errors import ConfigError

_SHOWN = 20
_WRITTEN = (".csv", ".json", ".parquet")


def predict_command(
    run: Annotated[Path, typer.Argument(help="Folder of a finished run.")],
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE",
            help="Rows: .npz with x, .csv or .parquet with the training's columns, or a folder of images.",
        ),
    ],
    out: Annotated[
        Path | None,
        typer.Option(metavar="F", help="Write all rows: .csv, .json or .parquet.", show_default=False),
    ] = None,
    data_dir: DataDir = None,
    as_json: Json = False,
) -> None:
    """Predict the class of every row of a file, with the goodness of all classes and the spikes.

    Examples:
    neuroff predict runs/flowers new.csv

    neuroff predict runs/flowers new.csv --out classes.csv
    """
    from neuroff.data.own.parquet import write_parquet
    from neuroff.files import write_bytes
    from neuroff.runs.folder import RunDirectory, load_run
    from neuroff.runs.predicting import predict_file

    if out is not None and out.suffix.lower() not in _WRITTEN:
        raise ConfigError(f"--out {out}", where="predict", expected="a .csv, .json or .parquet file")
    predictions = predict_file(load_run(RunDirectory(run)), file, data_dir)
    rows = predictions.rows()
    if out is not None and out.suffix.lower() == ".parquet":
        write_parquet(out, rows)
    elif out is not None:
        write_bytes(out, _written(rows, out.suffix.lower()).encode())
    if as_json:
        typer.echo(json.dumps(predictions.result(run, file).to_json()))
        return
    table = Table(title=f"{run} on {file}")
    for name in rows[0]:
        table.add_column(name, overflow="fold")
    for row in rows[:_SHOWN]:
        table.add_row(*(f"{cell:.4g}" if isinstance(cell, float) else str(cell) for cell in row.values()))
    Console().print(table)
    if len(rows) > _SHOWN:
        typer.echo(f"{len(rows) - _SHOWN} more rows: --out F.csv or --json has them all.")
    if out is not None:
        typer.echo(f"Written: {out}")


def _written(rows: list[dict[str, str | float]], suffix: str) -> str:
    if suffix == ".json":
        return json.dumps(rows, indent=1) + "\n"
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()
