"""An energy report as a page."""

from __future__ import annotations

from pathlib import Path

from neuroff.files import write_bytes
from neuroff.report.energy.page import markdown_page, render_energy
from neuroff.report.energy.report import EnergyReport
from neuroff.report.energy.save import energy_drawings


def write_energy(
    report: EnergyReport, *, html: Path | None = None, markdown: Path | None = None
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
        write_bytes(html, render_energy(report, drawings).encode())
        written.append(html)
    if markdown is not None:
        for name, text in drawings.items():
            figure = markdown.with_name(f"{markdown.stem}-{name}.svg")
            write_bytes(figure, text.encode())
            written.append(figure)
        page = markdown_page(report, {name: f"{markdown.stem}-{name}.svg" for name in drawings})
        write_bytes(markdown, page.encode())
        written.append(markdown)
    return written
