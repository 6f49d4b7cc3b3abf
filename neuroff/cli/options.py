"""Options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

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
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object instead of a table.")]
