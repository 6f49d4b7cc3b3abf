"""A table as plain cells, for the terminal and for Markdown alike."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from rich import box
from rich.table import Table
from rich.text import Text

WIDTH_COLUMNS: Final = 100
"""Width that the tables keep to in a terminal."""

_ORDINARY_WORD = 12

_ACTIVE: Final = re.compile(r"([\\`*_\[\]<>|#~])")


@dataclass(frozen=True)
class Grid:
    """A table.

    Attributes:
        title: above it.
        header: a heading per column; a line break is a space in Markdown.
        rows: as many cells each; the first column is words, the others are numbers.
        notes: sentences below it.
        words: how many of the first columns are words, set to the left.
        breaks: indices of rows after which a line is drawn.
    """

    title: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    notes: tuple[str, ...] = ()
    words: int = 1
    breaks: frozenset[int] = frozenset()

    def __post_init__(self) -> None:
        if any(len(row) != len(self.header) for row in self.rows):
            raise ValueError(f"{self.title}: rows of another length than the {len(self.header)} headings")


def rich_table(grid: Grid) -> Table:
    """Return a table for the terminal."""
    table = Table(
        title=Text(grid.title),
        caption=Text("\n".join(grid.notes)) if grid.notes else None,
        box=box.SIMPLE_HEAD,
        show_edge=False,
        padding=(0, 1, 0, 0),
        pad_edge=False,
        title_justify="left",
        caption_justify="left",
        min_width=min(WIDTH_COLUMNS, len(grid.title)),
    )
    for index, heading in enumerate(grid.header):
        table.add_column(
            Text(heading),
            justify="left" if index < grid.words else "right",
            vertical="bottom",
            overflow="fold",
            min_width=_longest_word(heading, *(row[index] for row in grid.rows))
            if index < grid.words
            else None,
        )
    for index, row in enumerate(grid.rows):
        lines = max(cell.count("\n") for cell in row)
        cells = (Text(cell + "\n" * (lines - cell.count("\n"))) for cell in row)
        table.add_row(*cells, end_section=index in grid.breaks)
    return table


def _longest_word(*cells: str) -> int:
    """Return a width that breaks no word of ordinary length."""
    words = (word for cell in cells for word in cell.split())
    return max((len(word) for word in words if len(word) <= _ORDINARY_WORD), default=1)


def markdown_table(grid: Grid) -> str:
    """Return a table with its title and notes as Markdown."""
    rule = ["---" if index < grid.words else "---:" for index in range(len(grid.header))]
    rows = [grid.header, *grid.rows]
    lines = ["| " + " | ".join(markdown_text(cell) for cell in row) + " |" for row in rows]
    lines.insert(1, "|" + "|".join(rule) + "|")
    notes = "\n".join(f"{markdown_text(note)}  " for note in grid.notes)
    return (
        f"**{markdown_text(grid.title)}**\n\n" + "\n".join(lines) + "\n" + (f"\n{notes}\n" if notes else "")
    )


def markdown_text(text: str) -> str:
    """Return words as they are, with everything Markdown or HTML would act on made harmless."""
    return _ACTIVE.sub(r"\\\1", " ".join(text.split()))
