"""Tables in the terminal: whatever the width, no cell is cut off."""

from __future__ import annotations

import io

from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from neuroff.report.grid import Grid, fitted_widths, rich_table
from tests.samples import few

CELL = st.text("abcxyz0189,.-", min_size=1, max_size=30)


def printed(grid: Grid, width: int, styles: dict[str, str] | None = None, *, colours: bool = False) -> str:
    out = io.StringIO()
    Console(file=out, width=width, force_terminal=colours).print(rich_table(grid, styles))
    return out.getvalue()


@few
@given(st.lists(st.tuples(CELL, CELL, CELL), min_size=1, max_size=4), st.integers(30, 100), st.integers(0, 3))
def test_every_character_is_there(rows: list[tuple[str, str, str]], width: int, words: int) -> None:
    header = ("name", "some\nheading", "another one")
    shown = printed(Grid("title", header, tuple(rows), words=words), width)
    assert "…" not in shown
    assert max(map(len, shown.splitlines())) <= width
    wanted = sorted("".join(("title", *header, *(cell for row in rows for cell in row))).replace("\n", ""))
    assert sorted(shown.replace("─", "").replace("\n", "").replace(" ", "")) == [
        each for each in wanted if each != " "
    ]


def test_long_names_give_way_before_numbers_with_their_units() -> None:
    row = ("generic-horowitz45", "≥ 1.7 mJ", "simulated")
    grid = Grid("", ("profile", "energy", "priced as"), (row,))
    assert fitted_widths(grid, 100) == [18, 8, 9]
    assert fitted_widths(grid, 34) == [13, 8, 9]
    assert fitted_widths(grid, 33) == [12, 8, 9]
    assert fitted_widths(grid, 31) == [12, 6, 9]  # "≥ 1.7", below it "mJ"
    assert fitted_widths(Grid("", ("", "b"), (("", "4"),)), 2) == [1, 1]


def test_cells_stand_beside_the_first_line_of_long_ones() -> None:
    grid = Grid("", ("words", "number"), (("one two three four", "1"), ("five", "2")), breaks=frozenset({0}))
    lines = [line.rstrip() for line in printed(grid, 16).splitlines()]
    assert lines[2] == "one two        1"
    assert lines[-1] == "five           2"


def test_a_cell_has_the_colour_of_what_it_says() -> None:
    grid = Grid("", ("file", "state"), (("a", "ok"), ("b", "absent")), words=2)
    assert "\x1b[32mok" in printed(grid, 40, {"ok": "green"}, colours=True)
    assert "\x1b[32m" not in printed(grid, 40, {"ok": "green"})
