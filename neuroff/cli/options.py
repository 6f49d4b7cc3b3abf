"""Options that several commands share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from neuroff.choices import DATA_SETS
from neuroff.errors import ConfigError
from neuroff.report.formats import FIGURES, TABLES

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
        help=f"Data set: {', '.join(DATA_SETS)}, or the path "
        "of a .npz, .csv, .parquet, IDX or HDF5 file or of a folder of images or recordings by class.",
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
SHORT_LIST = ("loihi1-davies2018", "generic-horowitz45", "cpu-degnan2016")
"""Profiles that fit a table side by side; all of them with ``--profile all``."""
Profiles = Annotated[
    list[str] | None,
    typer.Option("--profile", metavar="NAME|FILE|all", help="Hardware profile; may be repeated."),
]
Figures = Annotated[
    str,
    typer.Option(
        "--figures", metavar="F,F,…", help=f"Formats of the figures: {','.join(FIGURES)}. Pages show the SVG."
    ),
]
Tables = Annotated[
    str,
    typer.Option(
        "--tables",
        metavar="F,F,…",
        help=f"Write the tables as files too, with uncertainties: {','.join(TABLES)}.",
        show_default=False,
    ),
]
PartsFolder = Annotated[
    Path | None,
    typer.Option(
        "--out", metavar="DIR", help="Write figures there, and tables with --tables.", show_default=False
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


@dataclass(frozen=True)
class Forms:
    """In which formats a command writes its figures and its tables; no tables if there are none."""

    figures: tuple[str, ...]
    tables: tuple[str, ...]


def forms(figures: str, tables: str, *, page: bool = True) -> Forms:
    """Return what ``--figures`` and ``--tables`` name; with the SVG in front where a page shows it.

    Raises:
        ConfigError: if one is not known.
    """
    drawn = choices(figures, FIGURES, "--figures")
    return Forms(
        tuple(dict.fromkeys(("svg", *drawn))) if page else drawn,
        choices(tables, TABLES, "--tables") if tables else (),
    )


def require_folder(out: Path | None, tables: str) -> None:
    """Raise ConfigError where tables are asked for and no folder is named."""
    if tables and out is None:
        raise ConfigError("--tables without --out", where="tables", expected="--out DIR, where they go")
