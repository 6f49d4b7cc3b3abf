"""Which class is taken for which, as files."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from neuroff.report.confusion_map import confusion_map
from neuroff.report.figures import new_figure
from neuroff.report.formats import Sheet
from neuroff.report.grid import Grid
from neuroff.report.printed import percent
from neuroff.report.save import USUAL, write_drawings
from neuroff.report.theme import themed


def write_confusion(
    counts: Sequence[Sequence[int]],
    classes: Sequence[str],
    directory: Path,
    formats: Sequence[str] = USUAL,
) -> list[Path]:
    """Write `confusion_map` as ``confusion.svg`` and ``confusion.png``, or in other formats; return them.

    Args:
        counts: see there.
        classes: see there.
        directory: where to write; made if it is not there.
        formats: some of `neuroff.report.formats.FIGURES`.

    Raises:
        RunError: if they do not fit, or a file cannot be written.
    """
    with themed():
        figure = new_figure(5.2)
        confusion_map(counts, classes, figure.subplots())
        return write_drawings([("confusion", figure)], directory, formats)


def confusion_sheets(
    counts: Sequence[Sequence[int]],
    classes: Sequence[str],
    recall: Sequence[float | None],
    precision: Sequence[float | None],
) -> tuple[Sheet, ...]:
    """Return ``confusion``, true classes in rows, and ``classes`` with recall and precision.

    Args:
        counts: see `confusion_map`.
        classes: C names.
        recall: share of each true class that was predicted as such; None where there are no images.
        precision: share of each predicted class that is it; None where none was predicted.
    """
    matrix = Grid(
        "Test images of every true class, by predicted class",
        ("true", *classes),
        tuple((name, *map(str, row)) for name, row in zip(classes, counts, strict=True)),
    )
    images = [sum(row) for row in counts]
    shares = list(zip(recall, precision, strict=True))
    by_class = Grid(
        "Recall and precision of every class (%)",
        ("class", "test images", "recall", "precision"),
        tuple(
            (name, str(of), *map(percent, found))
            for name, of, found in zip(classes, images, shares, strict=True)
        ),
    )
    keys = ("class", "test_images", "recall", "precision")
    return (
        Sheet(
            "confusion",
            matrix,
            [
                {"true": name, **dict(zip(classes, row, strict=True))}
                for name, row in zip(classes, counts, strict=True)
            ],
        ),
        Sheet(
            "classes",
            by_class,
            [
                dict(zip(keys, (name, of, *found), strict=True))
                for name, of, found in zip(classes, images, shares, strict=True)
            ],
        ),
    )
