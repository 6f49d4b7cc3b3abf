"""An energy report as a page."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from neuroff.files import write_bytes
from neuroff.report.energy.page import markdown_page, render_energy
from neuroff.report.energy.report import EnergyReport
from neuroff.report.energy.save import energy_drawings, energy_figures
from neuroff.report.energy.sheets import energy_sheets
from neuroff.report.formats import write_sheets
from neuroff.report.save import write_drawings
from neuroff.report.theme import themed


def write_energy(
    report: EnergyReport,
    *,
    html: Path | str | None = None,
    markdown: Path | str | None = None,
    folder: Path | None = None,
    figures: Sequence[str] = (),
    tables: Sequence[str] = (),
) -> list[Path]:
    """Write a report as one HTML page, as Markdown with its figures beside it, or part by part.

    Args:
        report: the report.
        html: file of the page; none if ``None``.
        markdown: file of the Markdown; none if ``None``.
        folder: where figures and tables go as files of their own; none if ``None``.
        figures: formats of the figures there, some of `neuroff.report.formats.FIGURES`.
        tables: formats of the tables there, some of `neuroff.report.formats.TABLES`.

    Returns:
        The files written.

    Raises:
        RunError: if one cannot be written.
    """
    written = [] if folder is None else _parts(report, folder, figures, tables)
    if html is None and markdown is None:
        return written
    drawings = energy_drawings(report)
    if html is not None:
        page = Path(html)
        write_bytes(page, render_energy(report, drawings).encode())
        written.append(page)
    if markdown is not None:
        page = Path(markdown)
        beside = {name: f"{page.stem}-{name}.svg" for name in drawings}
        for name, text in drawings.items():
            figure = page.with_name(beside[name])
            write_bytes(figure, text.encode())
            written.append(figure)
        write_bytes(page, markdown_page(report, beside).encode())
        written.append(page)
    return written


def _parts(report: EnergyReport, folder: Path, figures: Sequence[str], tables: Sequence[str]) -> list[Path]:
    written = []
    if figures:
        with themed():
            named = ((f"energy-{name}", figure) for name, figure in energy_figures(report))
            written = write_drawings(named, folder, figures)
    return [*written, *write_sheets(energy_sheets(report), folder, tables)]
