"""A table as plain cells, for the terminal and for Markdown alike."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from rich import box
from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, JustifyMethod, RenderResult
from rich.table import Table
from rich.text import Text

WIDTH_COLUMNS: Final = 100
"""Width that the tables keep to in a terminal."""

_ORDINARY_WORD: Final = 12
_BETWEEN: Final = 2  # a divider and the space behind a cell

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


@dataclass(frozen=True)
class FittedTable:
    """A grid as `rich` prints it, whatever the terminal's width: long cells go on below, none is cut off.

    Attributes:
        grid: the table.
        styles: colours of the cells that say these words.
    """

    grid: Grid
    styles: Mapping[str, str]

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Yield the table for the width there is."""
        grid = self.grid
        table = Table(
            title=Text(grid.title),
            caption=Text("\n".join(grid.notes)) if grid.notes else None,
            box=box.SIMPLE_HEAD,
            show_edge=False,
            padding=(0, 1, 0, 0),
            pad_edge=False,
            title_justify="left",
            caption_justify="left",
            min_width=min(WIDTH_COLUMNS, options.max_width, len(grid.title)),
        )
        for index, (heading, width) in enumerate(
            zip(grid.header, fitted_widths(grid, options.max_width), strict=True)
        ):
            justify: JustifyMethod = "left" if index < grid.words else "right"
            table.add_column(Text(heading), justify=justify, overflow="fold", width=width)
        for index, row in enumerate(grid.rows):
            cells = (Text(cell, self.styles.get(cell, "")) for cell in row)
            table.add_row(*cells, end_section=index in grid.breaks)
        yield table


def rich_table(grid: Grid, styles: Mapping[str, str] | None = None) -> FittedTable:
    """Return a table for the terminal.

    Args:
        grid: the table.
        styles: colours of the cells that say these words; none without.
    """
    return FittedTable(grid, styles or {})


def fitted_widths(grid: Grid, room: int) -> list[int]:
    """Return the width of every column, in characters, so that all of them and what divides them have room.

    The widest column gives way first: words between two of them, then long words, then numbers with their
    units, and all of them where nothing else helps.
    """
    columns = [*zip(grid.header, *grid.rows, strict=True)]
    widths = [max(1, *(cell_len(line) for cell in column for line in cell.split("\n"))) for column in columns]
    longest = [max(map(cell_len, " ".join(column).split()), default=1) for column in columns]
    folded = [min(_ORDINARY_WORD, width) for width in longest[: grid.words]]
    numbers, room = widths[grid.words :], room - _BETWEEN * (len(columns) - 1)
    for least in (
        [*longest[: grid.words], *numbers],
        [*folded, *numbers],
        [*folded, *longest[grid.words :]],
        [1] * len(columns),
    ):
        while sum(widths) > room and widths != least:
            wide = [width if width > floor else 0 for width, floor in zip(widths, least, strict=True)]
            widths[wide.index(max(wide))] -= 1
    return widths


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
