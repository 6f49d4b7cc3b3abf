"""Where commands print their tables."""

from __future__ import annotations

from rich.console import Console

from neuroff.report.grid import WIDTH_COLUMNS


def table_console(width: int = WIDTH_COLUMNS) -> Console:
    """Return standard output: as wide as the terminal, or at least so wide where it is none."""
    console = Console(highlight=False)
    return console if console.is_terminal else Console(highlight=False, width=max(console.width, width))
