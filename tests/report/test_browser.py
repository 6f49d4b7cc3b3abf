"""Pages as a reader's browser shows them: wide and narrow, sorted, printed."""

from __future__ import annotations

from pathlib import Path

import pytest

from neuroff.report.html import render_comparison
from tests.browser import ask, printed
from tests.report.conftest import Make

WIDTHS = (390, 1024, 1920)
SIZE = """{
  overflow: page.documentElement.scrollWidth - page.documentElement.clientWidth,
  width: page.documentElement.clientWidth,
  heads: page.querySelectorAll("table.sortable thead button").length,
  unnamed: [...page.querySelectorAll("svg")].filter((each) => !each.getAttribute("aria-label")
    || !page.getElementById(each.getAttribute("aria-describedby")).textContent).length,
  words: page.querySelectorAll("svg text").length,
  titles: page.querySelectorAll("svg .value > title").length,
  unreachable: [...page.querySelectorAll(".scroll")].filter((each) => each.tabIndex < 0).length}"""
SORTED = """[...Array(3)].map(() => {
  const table = page.querySelector("table.sortable");
  const head = table.tHead.rows[0].cells[1];
  head.querySelector("button").click();
  return [head.ariaSort, ...[...table.tBodies[0].rows].map((row) => row.cells[1].textContent)]})"""


@pytest.fixture
def page(make: Make, written: list[Path], tmp_path: Path) -> Path:
    comparison = make()
    for run in comparison["runs"]:
        run["confusion"] = [[8, 2], [1, 9]]
    comparison["classes"] = ["a cat", "a dog"]
    file = tmp_path / "report.html"
    file.write_text(render_comparison(comparison, written), encoding="utf-8")
    return file


@pytest.mark.parametrize("width", WIDTHS)
def test_a_page_fits_its_window_and_the_console_stays_empty(page: Path, width: int) -> None:
    shown = ask(page, width, SIZE)
    assert shown.console == ()
    answer = shown.answer
    assert answer["overflow"] == 0
    assert width - 20 <= answer["width"] <= width
    assert answer["heads"] >= 10
    assert answer["words"] > 50
    assert answer["titles"] > 10
    assert answer["unnamed"] == answer["unreachable"] == 0


def test_a_click_sorts_up_then_down_then_as_it_was(page: Path) -> None:
    up, down, given = ask(page, 1024, SORTED).answer
    assert up[0] == "ascending"
    assert down[0] == "descending"
    assert given[0] is None
    assert up[1:] == sorted(up[1:], key=float)
    assert down[1:] == sorted(down[1:], key=float, reverse=True)
    assert given[1:] != up[1:]


def test_a_page_prints_every_column_and_what_is_folded(page: Path) -> None:
    paper = printed(page)
    line = next(line for line in paper.splitlines() if line.strip().startswith("spiking A-CFF"))
    assert line.split()[-4:] == ["nJ", "≥", "270", "nJ"], "both devices' energies"
    assert "weakest evidence" in paper
    assert '"variant": "acff"' in paper
    assert "a dog" in paper


def test_the_browser_tells_what_is_wrong(tmp_path: Path) -> None:
    bad = tmp_path / "bad.html"
    bad.write_text("<html><body><div style='width:900px'>x</div><script>fault()</script></body></html>")
    shown = ask(bad, 390, SIZE)
    assert shown.answer["overflow"] > 400
    assert any("fault" in line for line in shown.console)
