"""The grid of true and predicted classes."""

from __future__ import annotations

from pathlib import Path

import pytest
from matplotlib.figure import Figure

from neuroff.errors import RunError
from neuroff.report.confusion import confusion_sheets, write_confusion
from neuroff.report.confusion_map import confusion_map
from neuroff.report.formats import write_sheets


def test_cells_hold_the_share_of_their_row() -> None:
    ax = confusion_map([[3, 1], [0, 2]], ["cat", "a dog of a very long name"], Figure().subplots())
    assert [text.get_text() for text in ax.texts] == ["75", "25", "100"]
    assert [label.get_text() for label in ax.get_yticklabels()] == ["cat", "a dog of a…"]
    assert len(ax.patches) == 4


def test_seldom_is_not_never() -> None:
    ax = confusion_map([[999, 1], [0, 5]], ["a", "b"], Figure().subplots())
    assert [text.get_text() for text in ax.texts] == ["100", "<1", "100"]


def test_many_classes_have_no_numbers_and_then_no_names(tmp_path: Path) -> None:
    for classes, named in ((20, 20), (40, 0)):
        counts = [[int(row == column) for column in range(classes)] for row in range(classes)]
        ax = confusion_map(counts, [str(each) for each in range(classes)], Figure().subplots())
        assert not [text for text in ax.texts if text.get_text()]
        assert len(ax.get_yticks()) == named
    files = write_confusion(counts, [str(each) for each in range(40)], tmp_path)
    assert [file.name for file in files] == ["confusion.svg", "confusion.png"]
    assert (
        files[0].read_bytes() == write_confusion(counts, list(map(str, range(40))), tmp_path)[0].read_bytes()
    )


def test_rows_that_do_not_fit_are_refused() -> None:
    with pytest.raises(RunError, match="expected 2 rows of 2"):
        confusion_map([[1, 2]], ["a", "b"], Figure().subplots())


def test_files_hold_the_counts_and_the_shares(tmp_path: Path) -> None:
    sheets = confusion_sheets([[3, 1], [0, 0]], ["a cat", "50 % dog"], [0.75, None], [1.0, 0.0])
    names = [path.name for path in write_sheets(sheets, tmp_path, ("csv", "latex"))]
    assert names == ["confusion.csv", "confusion.tex", "classes.csv", "classes.tex"]
    assert (tmp_path / "confusion.csv").read_text() == "true,a cat,50 % dog\na cat,3,1\n50 % dog,0,0\n"
    assert (tmp_path / "classes.csv").read_text().splitlines()[1:] == ["a cat,4,0.75,1.0", "50 % dog,0,,0.0"]
    assert r"50 \% dog & 0 & -- & 0.00 \\" in (tmp_path / "classes.tex").read_text()
