"""`neuroff predict`: a finished run and rows of a file."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Annotated

import typer

from neuroff.cli.console import table_console
from neuroff.cli.options import DataDir, Json
from neuroff.errors import ConfigError
from neuroff.report.grid import Grid, rich_table

_SHOWN = 20
_WRITTEN = (".csv", ".json", ".parquet")


def predict_command(
    run: Annotated[Path, typer.Argument(help="Folder of a finished run.")],
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE",
            help="Rows: .npz with x, .csv or .parquet with the training's columns, a folder of images, or "
            "recordings like the training's.",
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
    header = tuple(rows[0])
    shown = tuple(tuple(map(_cell, row.values())) for row in rows[:_SHOWN])
    words = sum(isinstance(cell, str) for cell in rows[0].values())
    table_console().print(rich_table(Grid(f"{run} on {file}", header, shown, words=words)))
    if len(rows) > _SHOWN:
        typer.echo(f"{len(rows) - _SHOWN} more rows: --out F.csv or --json has them all.")
    if out is not None:
        typer.echo(f"Written: {out}")


def _cell(value: object) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def _written(rows: list[dict[str, str | float]], suffix: str) -> str:
    if suffix == ".json":
        return json.dumps(rows, indent=1) + "\n"
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()
