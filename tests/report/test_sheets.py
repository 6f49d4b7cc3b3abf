from __future__ import annotations

import csv
import shutil
import statistics
import subprocess
from pathlib import Path

import pytest

from neuroff.report.comparison_sheets import comparison_sheets
from neuroff.report.formats import Sheet, csv_of, latex_of, latex_text, write_sheets
from neuroff.report.grid import Grid
from neuroff.report.save import write_figures
from neuroff.results import ComparisonResult
from tests.report.conftest import Make


def test_a_comparisons_tables_hold_means_deviations_and_ends(make: Make, tmp_path: Path) -> None:
    shown = ComparisonResult.of(make(("spiking",), ("ff",), (0, 1, 2)), "comparison")
    names = [path.name for path in write_sheets(comparison_sheets(shown), tmp_path, ("csv",))]
    assert names == ["results.csv", "energy.csv"]
    (row,) = csv.DictReader((tmp_path / "results.csv").read_text().splitlines())
    accuracies = [run.test_accuracy for run in shown.runs]
    assert float(row["test_accuracy_mean"]) == pytest.approx(statistics.fmean(accuracies))
    assert float(row["test_accuracy_sd"]) == pytest.approx(statistics.stdev(accuracies))
    assert row["seeds"] == "3"
    priced = csv.DictReader((tmp_path / "energy.csv").read_text().splitlines())
    energies = {row["profile"]: row for row in priced}
    band = shown.runs[0].energy["loihi1-davies2018"].energy_J
    found = energies["loihi1-davies2018"]
    assert float(found["energy_J_low"]) == pytest.approx(band.low)
    assert float(found["energy_J_mean"]) == pytest.approx(band.nominal)
    assert float(found["energy_J_high"]) == pytest.approx(band.high)
    assert found["is_lower_bound"] == "True"


def test_one_seed_has_no_deviation_and_what_has_no_price_no_energy(make: Make) -> None:
    shown = ComparisonResult.of(make(("dense",), ("ff",)), "comparison")
    results, energy = comparison_sheets(shown)
    assert results.records[0]["test_accuracy_sd"] is None
    assert ",," in csv_of(results.records)
    unpriced = next(row for row in energy.records if row["profile"] == "loihi1-davies2018")
    assert unpriced["energy_J_mean"] is None
    assert unpriced["is_priced"] is False


def test_latex_prints_every_letter() -> None:
    grid = Grid("A & B", ("who_is", "E\nin J"), (("50 % {x}", "≥ 3.0 ± 0.1 µJ"), ("–", "<1")), ("a note",))
    text = latex_of(grid)
    assert r"50 \% \{x\} & $\geq$ 3.0 $\pm$ 0.1 $\mu$J \\" in text
    assert r"who\_is & E in J \\" in text
    assert text.startswith("% A & B\n% a note\n\\begin{tabular}{lr}")
    assert latex_text("a\\b~^") == r"a\textbackslash{}b\textasciitilde{}\textasciicircum{}"


@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="no LaTeX on this machine to set the table with")
def test_latex_takes_the_table(make: Make, tmp_path: Path) -> None:
    shown = ComparisonResult.of(make(), "comparison")
    body = latex_of(comparison_sheets(shown)[0].grid)
    document = (
        "\\documentclass{article}\\usepackage{booktabs}\\begin{document}\n" + body + "\\end{document}\n"
    )
    (tmp_path / "table.tex").write_text(document)
    subprocess.run(["pdflatex", "-halt-on-error", "table.tex"], cwd=tmp_path, check=True, capture_output=True)


def test_figures_as_pdf_hold_words_and_the_same_bytes(make: Make, tmp_path: Path) -> None:
    comparison = make(("dense",), ("ff",))
    first = write_figures(comparison, tmp_path / "one", ("pdf",))
    again = write_figures(comparison, tmp_path / "two", ("pdf",))
    assert {path.suffix for path in first} == {".pdf"}
    for one, other in zip(first, again, strict=True):
        assert one.read_bytes() == other.read_bytes()
        assert one.read_bytes().startswith(b"%PDF")
        assert b"/FontFile2" in one.read_bytes(), "words are text"


def test_a_sheet_has_a_file_for_each_format(tmp_path: Path) -> None:
    sheet = Sheet("x", Grid("t", ("a",), (("1",),)), [{"a": 1}])
    assert [path.name for path in write_sheets([sheet], tmp_path, ("latex", "csv"))] == ["x.tex", "x.csv"]
    assert write_sheets([sheet], tmp_path, ()) == []
