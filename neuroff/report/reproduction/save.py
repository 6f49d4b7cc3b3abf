"""Write the tables and figures of a reproduction to files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from neuroff.errors import RunError
from neuroff.files import write_bytes
from neuroff.report.reproduction.cost import parse_cost
from neuroff.report.reproduction.model import parse_reproduction
from neuroff.report.reproduction.page import page_of, preset_page_of
from neuroff.report.reproduction.paper import NO_PAPER
from neuroff.report.save import USUAL, write_drawings
from neuroff.results.cost import Cost
from neuroff.results.readings import Readings


def write_reproduction(
    results: Mapping[str, Any],
    readings: Sequence[Mapping[str, Any] | Readings],
    cost: Mapping[str, Any] | Cost | None,
    directory: Path,
    formats: Sequence[str] = USUAL,
) -> list[Path]:
    """Write every figure as SVG and PNG, and ``reproduction.md`` with the tables and figures.

    The same content gives the same bytes. Data sets, columns and seeds may be missing; what there is no data
    for is left out.

    Args:
        results: the content of ``reproduction.json``; may be empty.
        readings: the contents of ``readings-<data set>.json``, a data set each; may be empty.
        cost: the content of ``cost.json``, if there is one.
        directory: where to write; made if it is not there.
        formats: of the figures, some of `neuroff.report.formats.FIGURES`; the page shows the SVG.

    Returns:
        The files, the page first.

    Raises:
        RunError: if a content is not valid, if there is none at all, or if a file cannot be written; with
            content that is not valid, nothing is written.
    """
    from neuroff.report.reproduction.figures import reproduction_figures
    from neuroff.report.theme import themed

    shown = parse_reproduction(results)
    read = [Readings.of(values, "readings") for values in readings]
    spent = None if cost is None else parse_cost(cost)
    if not shown and not read and spent is None:
        raise RunError(
            "nothing to report",
            where="reproduction",
            expected="results, readings or costs",
            fix="run `neuroff reproduce` first",
        )
    if len({found.dataset for found in read}) < len(read):
        raise RunError("two readings of one data set", where="readings", expected="one file per data set")
    with themed():
        drawings = write_drawings(reproduction_figures(shown, read, spent), directory, formats)
    page = directory / "reproduction.md"
    write_bytes(page, page_of(shown, read, spent, _names(drawings)).encode())
    return [page, *drawings]


def write_preset(
    results: Mapping[str, Any], name: str, title: str, directory: Path, formats: Sequence[str] = USUAL
) -> list[Path]:
    """Write the figures and the page of a preset that the paper does not have; see `write_reproduction`.

    Args:
        results: the content of ``best.json`` or ``spiking.json``.
        name: of the page, without its ending.
        title: of the preset.
        directory: where to write.
        formats: see there.
    """
    from neuroff.report.reproduction.figures import result_figures
    from neuroff.report.theme import themed

    shown = parse_reproduction(results, name)
    if not shown:
        raise RunError("nothing to report", where=name, fix="run `neuroff reproduce --preset best` first")
    with themed():
        drawings = write_drawings(result_figures(shown, NO_PAPER), directory, formats)
    page = directory / f"{name}.md"
    write_bytes(page, preset_page_of(shown, title, _names(drawings)).encode())
    return [page, *drawings]


def _names(drawings: Sequence[Path]) -> list[str]:
    return [path.stem for path in drawings if path.suffix == ".svg"]
