"""Where commands print their tables."""

from __future__ import annotations

from rich.console import Console

from neuroff.report.grid import WIDTH_COLUMNS


def table_console() -> Console:
    """Return standard output: as wide as the terminal, or wide enough for every table where it is none."""
    console = Console()
    return console if console.is_terminal else Console(width=max(console.width, WIDTH_COLUMNS))
