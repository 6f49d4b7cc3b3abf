from __future__ import annotations

import io
from typing import Any

import pytest
from rich.console import Console

from neuroff.report.grid import WIDTH_COLUMNS
from neuroff.report.tables import comparison_table
from tests.report.conftest import Make


def printed(comparison: dict[str, Any], width: int = WIDTH_COLUMNS) -> str:
    stream = io.StringIO()
    Console(file=stream, width=width, color_system=None).print(comparison_table(comparison))
    return stream.getvalue()


@pytest.mark.parametrize("seeds", [(0,), (0, 1, 2)])
def test_the_table_fits_and_loses_nothing(make: Make, seeds: tuple[int, ...]) -> None:
    text = printed(make(seeds=seeds))
    assert max(len(line.rstrip()) for line in text.splitlines()) <= WIDTH_COLUMNS
    assert "…" not in text
    for label in ("dense FF", "dense A-CFF", "spiking F-CFF", "horowitz", "davies", "no price", "≥ "):
        assert label in text
    assert ("±" in text) == (len(seeds) > 1)


def test_rows_hold_the_numbers(make: Make) -> None:
    rows = [line.split() for line in printed(make()).splitlines() if line.startswith(("dense", "spiking"))]
    assert len(rows) == 6
    assert rows[0][:5] == ["dense", "FF", "92.00", "1.20", "–"]
    assert rows[5][:6] == ["spiking", "A-CFF", "90.00", "1.20", "0.12,", "0.10"]


def test_profiles_without_room_are_named_below(make: Make) -> None:
    comparison = make(variants=("ff",))
    for run in comparison["runs"]:
        estimate = run["energy"]["generic-horowitz45"]
        run["energy"] |= {f"chip-number{i}": estimate for i in range(9)}
    text = printed(comparison)
    assert max(len(line.rstrip()) for line in text.splitlines()) <= WIDTH_COLUMNS
    left_out = " ".join(text.split("Not shown for want of room: ")[1].split())
    assert left_out.endswith("chip-number8.")
    assert "number0" in text.split("Not shown")[0]


def test_one_seed_and_three_profiles_fit_a_terminal_of_80_columns(make: Make) -> None:
    comparison = make()
    for run in comparison["runs"]:
        run["energy"]["cpu-degnan2016"] = run["energy"]["generic-horowitz45"]
    rows = [line.rstrip() for line in printed(comparison, width=80).splitlines()]
    assert rows == [line.rstrip() for line in printed(comparison).splitlines()]


def test_a_narrow_terminal_wraps_and_cuts_nothing(make: Make) -> None:
    text = printed(make(), width=60)
    assert "…" not in text


def test_markup_in_names_is_printed_as_it_is(make: Make) -> None:
    comparison = make(("dense",), ("ff",)) | {"dataset": "[red]x[/red]"}
    assert "[red]x[/red], preset demo" in printed(comparison)


def test_a_comparison_without_energy(make: Make) -> None:
    comparison = make(("dense",), ("ff",))
    comparison["runs"][0]["energy"] = {}
    comparison["profiles"] = {}
    text = printed(comparison)
    assert "92.00" in text
    assert "lower bound" not in text
