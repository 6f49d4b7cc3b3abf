"""The tables and figures of a reproduction as one Markdown page."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from neuroff.report.grid import Grid, markdown_table, markdown_text
from neuroff.report.reproduction.captions import CAPTIONS, PRESET_CAPTIONS, Captions, caption_of
from neuroff.report.reproduction.columns import data_set_title
from neuroff.report.reproduction.comparing import gains
from neuroff.report.reproduction.cost import cost_grid
from neuroff.report.reproduction.details import images_grid, layers_grid, runs_grid
from neuroff.report.reproduction.model import Reproduction
from neuroff.report.reproduction.paper import NO_PAPER, PAPER, PaperNumbers
from neuroff.report.reproduction.preset_tables import preset_grids
from neuroff.report.reproduction.readings import readings_grid
from neuroff.report.reproduction.tables import result_grids
from neuroff.results.cost import Cost
from neuroff.results.readings import Readings


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
    source = "The paper: Beigzad, arXiv 2512.17531. "
    return _page(
        "Reproduction of NetworkFF", source, _grids(results, readings, cost), _figures(figures, CAPTIONS)
    )


def preset_page_of(results: Reproduction, title: str, figures: Sequence[str]) -> str:
    """Return the page of a preset that the paper does not have; see `page_of`."""
    grids = (*preset_grids(results, title), *_detail_grids(results, NO_PAPER))
    return _page(title, "", grids, _figures(figures, PRESET_CAPTIONS))


def _page(title: str, source: str, grids: Iterable[Grid], drawings: str) -> str:
    tables = "\n".join(map(markdown_table, grids))
    return (
        f"# {title}: tables and figures\n\n"
        f"Made by `neuroff reproduce --report` from the stored results alone. {source}"
        "Accuracies are in per cent, differences in percentage points.\n\n"
        f"## Tables\n\n{tables}\n## Figures\n\n{drawings}"
    )


def _grids(results: Reproduction, readings: Sequence[Readings], cost: Cost | None) -> Iterator[Grid]:
    yield from result_grids(results)
    yield from _detail_grids(results, PAPER)
    yield from map(readings_grid, readings)
    if cost:
        yield cost_grid(cost)


def _detail_grids(results: Reproduction, paper: PaperNumbers) -> Iterator[Grid]:
    if results:
        found = (layers_grid(results), images_grid(gains(results, paper)), runs_grid(results))
        yield from (grid for grid in found if grid.rows)


def _figures(names: Sequence[str], captions: Captions) -> str:
    return "\n".join(_figure(name, captions) for name in names)


def _figure(name: str, captions: Captions) -> str:
    caption = caption_of(name, captions)
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
