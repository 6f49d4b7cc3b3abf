"""The tables and figures of a reproduction as one Markdown page."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from neuroff.report.reproduction.captions import caption_of
from neuroff.report.reproduction.columns import data_set_title
from neuroff.report.reproduction.comparing import gains
from neuroff.report.reproduction.cost import Cost, cost_grid
from neuroff.report.reproduction.details import images_grid, layers_grid, runs_grid
from neuroff.report.reproduction.grid import Grid, markdown_table, markdown_text
from neuroff.report.reproduction.model import Reproduction
from neuroff.report.reproduction.readings import Readings, readings_grid
from neuroff.report.reproduction.tables import result_grids


def page_of(
    results: Reproduction, readings: Sequence[Readings], cost: Cost | None, figures: Sequence[str]
) -> str:
    """Return the page.

    Args:
        results: what ran.
        readings: of any data sets.
        cost: if it was measured.
        figures: names of the figures, which lie as SVG files beside the page.
    """
    tables = "\n".join(map(markdown_table, _grids(results, readings, cost)))
    drawings = "\n".join(_figure(name) for name in figures)
    return (
        "# Reproduction of NetworkFF: tables and figures\n\n"
        "Made by `neuroff reproduce --report` from the stored results alone. The paper: Beigzad, "
        "arXiv 2512.17531. "
        "Accuracies are in per cent, differences in percentage points.\n\n"
        f"## Tables\n\n{tables}\n## Figures\n\n{drawings}"
    )


def _grids(results: Reproduction, readings: Sequence[Readings], cost: Cost | None) -> Iterator[Grid]:
    compared = gains(results)
    yield from result_grids(results)
    if results:
        found = (layers_grid(results), images_grid(compared), runs_grid(results))
        yield from (grid for grid in found if grid.rows)
    yield from map(readings_grid, readings)
    if cost:
        yield cost_grid(cost)


def _figure(name: str) -> str:
    caption = caption_of(name)
    title = markdown_text(f"{caption.title}{_data_set_in(name)}")
    return f"### {title}\n\n![{title}]({name}.svg)\n\n{markdown_text(caption.text)}\n"


def _data_set_in(name: str) -> str:
    kinds = (
        "accuracy-",
        "dynamics-log-",
        "dynamics-error-",
        "gamma-",
        "goodness-",
        "separation-",
        "readings-",
    )
    found = next((name.removeprefix(kind) for kind in kinds if name.startswith(kind)), "")
    return f": {data_set_title(found)}" if found else ""
