"""An energy report as a page."""

from __future__ import annotations

from pathlib import Path

from neuroff.files import write_bytes
from neuroff.report.energy.page import markdown_page, render_energy
from neuroff.report.energy.report import EnergyReport
from neuroff.report.energy.save import energy_drawings


def write_energy(
    report: EnergyReport, *, html: Path | str | None = None, markdown: Path | str | None = None
) -> list[Path]:
    """Write a report as one HTML page, or as Markdown with its figures beside it.

    Args:
        report: the report.
        html: file of the page; none if ``None``.
        markdown: file of the Markdown; none if ``None``.

    Returns:
        The files written.

    Raises:
        RunError: if one cannot be written.
    """
    if html is None and markdown is None:
        return []
    drawings = energy_drawings(report)
    written = []
    if html is not None:
        page = Path(html)
        write_bytes(page, render_energy(report, drawings).encode())
        written.append(page)
    if markdown is not None:
        page = Path(markdown)
        figures = {name: f"{page.stem}-{name}.svg" for name in drawings}
        for name, text in drawings.items():
            figure = page.with_name(figures[name])
            write_bytes(figure, text.encode())
            written.append(figure)
        write_bytes(page, markdown_page(report, figures).encode())
        written.append(page)
    return written
