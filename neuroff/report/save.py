"""Write the figures of a comparison to files."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from neuroff.files import write_bytes
from neuroff.results.comparison import ComparisonResult

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def write_figures(comparison: Mapping[str, Any] | ComparisonResult, directory: Path) -> list[Path]:
    """Write every figure of a comparison as SVG and PNG; the same comparison gives the same bytes.

    The SVG follows its viewer's preference for light or dark; the PNG is light, on white.

    Args:
        comparison: what `neuroff.experiments.compare.compare` returns.
        directory: where to write; made if it is not there.

    Returns:
        The files, ``<figure>.svg`` before ``<figure>.png``, in the order in which a reader wants them.

    Raises:
        RunError: if the comparison is not valid or a file cannot be written.
    """
    from neuroff.report.figures import figures_of
    from neuroff.report.theme import themed

    shown = ComparisonResult.of(comparison, "comparison")
    with themed():
        return write_drawings(figures_of(shown), directory)


def write_drawings(figures: Iterable[tuple[str, Figure]], directory: Path) -> list[Path]:
    """Write named figures as ``<name>.svg`` and ``<name>.png``; call it inside `neuroff.report.theme.theme`.

    Raises:
        RunError: if a file cannot be written.
    """
    from neuroff.report.svg import png_of, svg_of

    written = []
    for name, figure in figures:
        # The layout is worked out once and kept for both files.
        figure.draw_without_rendering()
        figure.set_layout_engine(None)
        for suffix, content in ((".svg", svg_of(figure).encode()), (".png", png_of(figure))):
            path = directory / f"{name}{suffix}"
            write_bytes(path, content)
            written.append(path)
    return written
