"""Options that several commands share."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from neuroff.data import names
from neuroff.errors import ConfigError

DataDir = Annotated[
    Path | None,
    typer.Option(
        "--data-dir",
        metavar="DIR",
        help="Folder of the data sets: DIR/mnist, DIR/fashion-mnist, or the four files directly in DIR, gzip "
        "or plain. Without it: NEUROFF_DATA, else the user's cache.",
        show_default=False,
    ),
]
DataSetOption = Annotated[
    str,
    typer.Option(
        metavar="NAME",
        help=f"Data set: {', '.join(names())}, or the path "
        "of a .npz, .csv, .parquet or IDX file or of a folder of images by class.",
    ),
]
Jobs = Annotated[
    int,
    typer.Option(
        "--jobs",
        min=1,
        max=1024,
        metavar="N",
        help="Runs at the same time, each in a process of its own with its share of the cores.",
    ),
]
BackendName = Annotated[
    str | None,
    typer.Option(
        "--backend",
        metavar="NAME",
        help="What executes runs: processes on this machine (--jobs of them), or dask://HOST:PORT, the "
        "workers of a Dask cluster that sees --out under the same path.",
        show_default=False,
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object instead of a table.")]


def choices(text: str, known: Sequence[str], where: str) -> tuple[Any, ...]:
    """Return the parts of a comma-separated text, each once and each of them known.

    Raises:
        ConfigError: if there are none or one is not known.
    """
    parts = tuple(dict.fromkeys(part.strip() for part in text.split(",") if part.strip()))
    if not parts or not set(parts) <= set(known):
        raise ConfigError(
            f"{text!r} is not a choice", where=where, expected=f"one or more of {','.join(known)}"
        )
    return parts
