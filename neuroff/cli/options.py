"""Options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

DataDir = Annotated[
    Path | None,
    typer.Option(
        "--data-dir",
        metavar="DIR",
        help="Folder that holds mnist/ and fashion-mnist/. Without it: NEUROFF_DATA, else the user's cache.",
        show_default=False,
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object instead of a table.")]
DatasetName = Literal["mnist", "fashion-mnist", "digits"]
VariantName = Literal["ff", "fcff", "acff"]
PathName = Literal["dense", "spiking"]
