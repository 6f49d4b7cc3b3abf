from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from neuroff.errors import RunError
from neuroff.report.formats import csv_of, latex_of
from neuroff.report.grid import markdown_table
from neuroff.report.studies import study_figures, study_grid, study_sheet, write_study
from neuroff.report.theme import themed
from neuroff.results.study import StudyResult
from tests.narrow import present


def row(
    case: str,
    choice: dict[str, float | str | None],
    *,
    test: float = 0.9,
    held_out: float | None = 0.8,
    seed: int = 0,
    spikes: float = 1000.0,
    steps: int = 8,
    **more: float,
) -> dict[str, Any]:
    return {
        "case": case,
        "choice": choice,
        "variant": "fcff",
        "seed": seed,
        "T": steps,
        "train_images": 6000,
        "held_out_images": 5000,
        "test_images": 10_000,
        "held_out": held_out,
        "test": test,
        "mean_rate": 0.25,
        "spikes_per_image": spikes,
    } | more


def study(name: str, rows: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "study": name,
        "title": "what is compared",
        "dataset": "mnist",
        "settings": ["epochs=5"],
        "rows": rows,
    }


BUS = study(
    "bus",
    [
        row(f"b{bits}-d{delay}", {"bits": bits, "delay": delay}, held_out=0.9 - 0.01 * delay)
        for delay in (0, 2)
        for bits in (1, None)
    ],
)


def test_the_bus_is_drawn_with_every_combination(tmp_path: Path) -> None:
    with themed():
        ((name, figure),) = study_figures(BUS)
    assert name == "bus-mnist"
    (ax,) = figure.axes
    assert [text.get_text() for text in ax.texts] == ["90.0", "90.0", "88.0", "88.0"]
    assert [label.get_text() for label in ax.get_xticklabels()] == ["1", "exact"]
    assert "held-out" in ax.get_title(loc="left")
    files = write_study(BUS, tmp_path)
    assert [path.name for path in files] == ["bus-mnist.svg", "bus-mnist.png", "bus-mnist.md"]
    assert "6,000 training images" in files[-1].read_text()
    files = write_study(BUS, tmp_path, ("pdf",), ("csv", "latex"))
    assert [path.suffix for path in files] == [".pdf", ".md", ".csv", ".tex"]


def test_an_unfinished_bus_study_is_not_drawn() -> None:
    with themed(), pytest.raises(RunError, match="every delay"):
        list(study_figures({**BUS, "rows": BUS["rows"][:3]}))


def test_seeds_of_a_case_make_one_row_with_their_spread() -> None:
    rows = [
        row("a", {"choice": "first"}, test=0.90),
        row("a", {"choice": "first"}, test=0.94, seed=1),
        row("b", {"choice": "second"}, held_out=None, test=0.5),
    ]
    grid = study_grid(study("gain", rows))
    assert [cells[0] for cells in grid.rows] == ["first", "second"]
    assert grid.rows[0][4] == "92.00 ± 2.83"
    assert grid.rows[1][2] == "–"
    assert "2 seeds" in grid.notes[0]
    assert list(study_figures(study("gain", rows))) == []
    sheet = study_sheet(study("gain", rows))
    first, second = csv.DictReader(csv_of(sheet.records).splitlines())
    assert (first["case"], first["choice"], first["seeds"]) == ("a", "first", "2")
    assert float(first["test_accuracy_mean"]) == pytest.approx(0.92)
    assert float(first["test_accuracy_sd"]) == pytest.approx(0.02 * 2**0.5)
    assert (second["held_out_accuracy_mean"], second["test_accuracy_sd"]) == ("", "")  # none, and one seed
    assert r"92.00 $\pm$ 2.83" in latex_of(sheet.grid)
    assert "| first |" in markdown_table(grid)


def test_the_frontier_has_a_line_per_number_of_steps_and_no_silent_network() -> None:
    rows = [
        row("a", {"steps": 4, "penalty": 0.0}, spikes=400.0, steps=4, test=0.7),
        row("b", {"steps": 4, "penalty": 1.0}, spikes=100.0, steps=4, test=0.6),
        row("c", {"steps": 8, "penalty": 0.0}, spikes=900.0, test=0.8),
        row("d", {"steps": 8, "penalty": 9.0}, spikes=0.0, test=0.1),
    ]
    with themed():
        ((name, figure),) = study_figures(study("frontier", rows))
    (ax,) = figure.axes
    assert name == "frontier-mnist"
    assert [list(np.asarray(line.get_xdata())) for line in ax.lines] == [[100.0, 400.0], [900.0]]
    assert [text.get_text() for text in present(ax.get_legend()).get_texts()] == ["T = 4", "T = 8"]


@pytest.mark.parametrize(
    "broken",
    [
        {"rows": []},
        {"study": "../etc"},
        {"rows": [row("a", {"choice": "x"}, test=1.5)]},
        {"rows": [row("a", {"choice": "x"}, mean_rate=float("nan"))]},
    ],
)
def test_what_is_not_a_study_is_refused(broken: dict[str, Any]) -> None:
    with pytest.raises(RunError, match="study"):
        StudyResult.of({**BUS, **broken}, "study")
