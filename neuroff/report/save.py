"""Write the figures of a comparison to files."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from neuroff.files import write_bytes
from neuroff.results.comparison import ComparisonResult

if TYPE_CHECKING:
    from matplotlib.figure import Figure

USUAL: Final = ("svg", "png")
"""Formats of figures where none are named."""


def write_figures(
    comparison: Mapping[str, Any] | ComparisonResult, directory: Path, formats: Sequence[str] = USUAL
) -> list[Path]:
    """Write every figure of a comparison; the same comparison gives the same bytes.

    The SVG follows its viewer's preference for light or dark; PNG and PDF are light, on white.

    Args:
        comparison: what `neuroff.experiments.compare.compare` returns.
        directory: where to write; made if it is not there.
        formats: some of `neuroff.report.formats.FIGURES`.

    Returns:
        The files, the formats of a figure in the order given, figures in the order that a reader wants.

    Raises:
        RunError: if the comparison is not valid or a file cannot be written.
    """
    from neuroff.report.figures import figures_of
    from neuroff.report.theme import themed

    shown = ComparisonResult.of(comparison, "comparison")
    with themed():
        return write_drawings(figures_of(shown), directory, formats)


def write_drawings(
    figures: Iterable[tuple[str, Figure]], directory: Path, formats: Sequence[str] = USUAL
) -> list[Path]:
    """Write named figures as ``<name>.svg``, ``<name>.png``, …; call it inside `neuroff.report.theme.themed`.

    Raises:
        RunError: if a file cannot be written.
    """
    from neuroff.report.svg import pdf_of, png_of, svg_of

    as_bytes = {"svg": lambda drawn: svg_of(drawn).encode(), "png": png_of, "pdf": pdf_of}
    written = []
    for name, figure in figures:
        # The layout is worked out once and kept for both files.
        figure.draw_without_rendering()
        figure.set_layout_engine(None)
        for suffix in formats:
            path = directory / f"{name}.{suffix}"
            write_bytes(path, as_bytes[suffix](figure))
            written.append(path)
    return written
