from __future__ import annotations

from typing import Any

import pytest

from neuroff.errors import RunError
from neuroff.report.grid import WIDTH_COLUMNS, Grid, markdown_table
from neuroff.report.reproduction.comparing import gains
from neuroff.report.reproduction.cost import cost_table
from neuroff.report.reproduction.details import images_grid, layers_grid, runs_grid
from neuroff.report.reproduction.model import parse_reproduction
from neuroff.report.reproduction.paper import PAPER
from neuroff.report.reproduction.readings import readings_grid, readings_table
from neuroff.report.reproduction.tables import reproduction_tables
from neuroff.results.readings import Readings
from tests.report.reproduction.conftest import Make, cost_of, printed, reading_of, readings_of


def with_accuracies(train: list[float], test: list[float]) -> dict[str, Any]:
    return {"train": train, "test": test}


BY_HAND = {
    "mnist": {
        "ff": with_accuracies([0.93, 0.94], [0.92, 0.93]),
        "fcff": with_accuracies([0.94, 0.94], [0.93, 0.93]),
        "acff": with_accuracies([0.94, 0.95], [0.935, 0.942]),
    }
}


def row_of(text: str, start: str) -> list[str]:
    return next(line for line in text.splitlines() if line.startswith(start)).split()


def test_table_one_by_hand() -> None:
    table = printed(reproduction_tables(BY_HAND)[0])
    assert table.startswith("Table I. Accuracy on MNIST")
    assert row_of(table, "FF") == [
        "FF", "2", "93.50", "±", "0.71", "91.8", "+1.70", "92.50", "±", "0.71", "92.0", "+0.50",
        "baseline", "–",
    ]  # fmt: skip
    assert row_of(table, "F-CFF") == [
        "F-CFF", "2", "94.00", "±", "0.00", "92.5", "+1.50", "93.00", "±", "0.00", "92.6", "+0.40",
        "+0.50", "±", "0.71", "+0.6",
    ]  # fmt: skip
    assert row_of(table, "A-CFF")[-4:] == ["+1.35", "±", "0.21", "+1.8"]


def test_table_three_has_the_gap_and_the_papers_beside_it() -> None:
    table = printed(reproduction_tables(BY_HAND)[1])
    assert table.startswith("Table III.")
    lines = [line.split() for line in table.splitlines()]
    gap = next(i for i, line in enumerate(lines) if line[:1] == ["gap"])
    assert lines[gap] == ["gap", "+1.00", "±", "0.00", "+1.00", "±", "0.00", "+0.65", "±", "0.21"]
    assert lines[gap + 1] == ["(-0.2)", "(-0.1)", "(+0.3)"]


def test_gains_have_interval_test_and_effect_size() -> None:
    table = printed(reproduction_tables(BY_HAND)[2])
    row = row_of(table, "  A-CFF − FF")
    # Differences 1.5 and 1.2 points: mean 1.35, deviation 0.2121; t(1, 0.975) = 12.706.
    assert row[3:9] == ["2", "+1.35", "+1.8", "-0.56", "to", "+3.26"]
    assert row[9:] == ["0.211", "6.36", "–"]  # p = 0.0704 raw, times 3


@pytest.mark.parametrize("seeds", [(0,), (0, 1, 2)])
def test_the_tables_fit_a_terminal_and_lose_nothing(make: Make, seeds: tuple[int, ...]) -> None:
    tables = reproduction_tables(make(seeds=seeds, images=400, every=500))
    assert len(tables) == 4
    text = printed(tables)
    assert max(len(line.rstrip()) for line in text.splitlines()) <= WIDTH_COLUMNS
    assert "…" not in text
    for words in ("Table I. ", "Table II. ", "Table III. ", "Fashion-MNIST", "Lorberbom γ<t", "moderate"):
        assert words in text
    assert ("±" in text.replace("Mean ±", "")) == (len(seeds) > 1)
    assert ("One seed: no spread and no test" in text) == (len(seeds) == 1)
    assert "nan" not in text


def test_no_row_breaks_in_two(make: Make) -> None:
    tables = reproduction_tables(make(seeds=(0, 1), images=400, every=500))
    rows = [line for line in printed([tables[0], tables[3]]).splitlines() if "Lorberbom" in line]
    assert len(rows) == 2 + 4
    assert all(len(row.split()) > 8 for row in rows)


def test_missing_columns_and_seeds_leave_dashes_and_a_note(make: Make) -> None:
    results = make(("mnist",), ("ff", "acff"), (0, 1), images=400, every=500)
    results |= make(("fashion-mnist",), ("fcff",), (0,), images=400, every=500)
    results["mnist"]["acff"] = make(("mnist",), ("acff",), (1,), images=400, every=500)["mnist"]["acff"]
    tables = reproduction_tables(results)
    assert "Not all columns have the same seeds" in printed(tables[0])
    assert "Columns with one seed" in printed(tables[0])
    assert row_of(printed(tables[1]), "F-CFF")[-2:] == ["–", "+0.8"]
    assert "–" in printed(tables[2])
    assert len(tables) == 4


def test_a_data_set_the_paper_does_not_have_has_no_paper_columns(make: Make) -> None:
    tables = reproduction_tables(make(("digits",), ("ff", "fcff"), (0, 1), images=400, every=500))
    assert "paper" not in printed(tables[:2])
    assert "Table" not in printed(tables[:2])


def test_nothing_is_no_table_and_one_column_no_comparison(make: Make) -> None:
    assert reproduction_tables({}) == []
    assert len(reproduction_tables(make(("mnist",), ("acff",), (0,), images=400, every=500))) == 2


def test_columns_that_differ_by_the_same_amount_have_no_p(make: Make) -> None:
    same = {
        "mnist": {"ff": with_accuracies([0.9] * 3, [0.9] * 3), "bp": with_accuracies([0.9] * 3, [0.9] * 3)}
    }
    tables = printed(reproduction_tables(same))
    assert "all seeds differ by the same amount" in tables
    assert "+0.00 to +0.00" in tables


def test_layers_images_and_runs_are_listed(make: Make) -> None:
    results = parse_reproduction(make(("mnist",), ("ff", "acff", "bp"), (0, 1), images=400, every=500))
    layers = layers_grid(results)
    assert [row[1:3] for row in layers.rows] == [("FF", "1"), ("FF", "2"), ("A-CFF", "1"), ("A-CFF", "2")]
    assert layers.rows[3][5:] == ("1.40 ± 0.00", "50.0 ± 0.0", "1.800 ± 0.000")
    assert len(images_grid(gains(results, PAPER)).rows) == 2 * 2
    assert runs_grid(results).rows[0][2:] == (
        "0, 1", "50000", "1000", "float32", "cpu", "0.1.0", "2.13.0+cpu", "0123456789",
    )  # fmt: skip


def test_readings_stand_beside_ff() -> None:
    text = printed(readings_table(readings_of(seeds=(0, 1))))
    assert max(len(line.rstrip()) for line in text.splitlines()) <= WIDTH_COLUMNS
    assert "Readings of the open points, MNIST" in text
    row = row_of(text, "F-CFF threshold: centred")
    assert row[:5] == ["F-CFF", "threshold:", "centred", "γ", "0.5"]
    assert row[-8:] == ["+0.60", "±", "0.00", "+0.80", "Σ", "C", "0.1,", "0.5"]


def test_a_reading_is_compared_with_ff_that_reads_the_point_alike() -> None:
    values = readings_of()
    values["readings"] += [
        reading_of("negatives", "permuted", "acff", 0, 0.935),
        reading_of("negatives", "fixed", "acff", 0, 0.935),
    ]
    grid = readings_grid(Readings.of(values, "readings"))
    gains = {row[0]: row[5] for row in grid.rows}
    assert gains["A-CFF negatives: permuted"] == "+0.40"  # over 93.1 %
    assert gains["A-CFF negatives: fixed"] == "+0.50"  # FF has no such row: over the preset's 93.0 %
    assert gains["FF negatives: permuted"] == "+0.10"


def test_readings_without_ff_have_no_gain() -> None:
    readings = readings_of()
    readings["readings"] = [run for run in readings["readings"] if run["variant"] == "fcff"]
    assert row_of(printed(readings_table(readings)), "F-CFF threshold: centred")[-4:] == [
        "–",
        "–",
        "0.1,",
        "0.5",
    ]


def test_costs_have_their_ratio() -> None:
    text = printed(cost_table(cost_of()))
    assert max(len(line.rstrip()) for line in text.splitlines()) <= WIDTH_COLUMNS
    assert row_of(text, "A-CFF") == [
        "A-CFF", "1.69", "0.810,", "0.880", "1.012", "810", "MB", "59", "G,", "50", "G",
    ]  # fmt: skip
    bare = printed(cost_table({"columns": {"ff": {"seconds_per_epoch": 1}}}))
    assert row_of(bare, "FF") == ["FF", "1.00", "–", "–", "–", "–"]


def test_markdown_does_not_act_on_what_it_prints() -> None:
    grid = Grid("a*b", ("x|y", "n"), (("<b>`c`\n[d](e)", "1"),), notes=("f_g",))
    assert markdown_table(grid) == (
        "**a\\*b**\n\n| x\\|y | n |\n|---|---:|\n| \\<b\\>\\`c\\` \\[d\\](e) | 1 |\n\nf\\_g  \n"
    )


def test_wrong_content_is_refused(make: Make) -> None:
    with pytest.raises(RunError):
        reproduction_tables({"mnist": {"ff": {}}})
    with pytest.raises(RunError):
        readings_table({})
    with pytest.raises(RunError):
        cost_table({})
