"""An energy report as one self-contained HTML page, and as Markdown."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any, Final

from neuroff.energy.pricing.account import Account
from neuroff.energy.profile.measurement import Measurement
from neuroff.energy.units import format_si
from neuroff.report.captions import Caption
from neuroff.report.energy import cells, tables
from neuroff.report.energy.answers import main_grid, silent_grid
from neuroff.report.energy.grids import graph_grids
from neuroff.report.energy.learning_table import learning_grid
from neuroff.report.energy.report import EnergyReport
from neuroff.report.grid import markdown_table, markdown_text
from neuroff.report.page import render_page
from neuroff.report.printed import amount, share_of_all
from neuroff.report.svg import inline_svg

CAPTIONS: Final = MappingProxyType(
    {
        "terms": Caption(
            "What the energy is made of",
            "Shares of the nominal energy of one prediction, the total beside each bar. Lengths of bars do "
            "not compare between devices: they enclose different parts, and what has no price is in none.",
        ),
        "twin": Caption(
            "Beside the dense network",
            "The same device, the same widths, memory included where it has a price.",
        ),
        "tornado": Caption(
            "Which coefficients move the answer",
            "The total with one coefficient at its lower end (hatched) or its upper end (filled) and all "
            "others at their nominal value, the vertical line.",
        ),
    }
)


def _caption(report: EnergyReport, name: str) -> Caption:
    caption = CAPTIONS[name]
    if name != "twin" or not report.sweeps:
        return caption
    return replace(caption, text=f"{caption.text} The naive sweep runs one whole pass per label.")


def render_energy(report: EnergyReport, drawings: Mapping[str, str]) -> str:
    """Return a report as one HTML page that fetches nothing; see `render_page` for what it runs.

    Args:
        report: the report.
        drawings: figures as SVG texts, as `neuroff.report.energy.save.energy_drawings` makes them.

    Raises:
        RunError: if a drawing is not one of neuroff's.
    """
    return render_page(
        "energy.html.j2",
        report=report,
        network=report.network,
        basis=tables.basis_lines(report),
        measured=tables.measured_lines(report),
        graph=[grid for grid in graph_grids(report) if grid.rows],
        main=main_grid(report),
        silent=silent_grid(report),
        twin=tables.twin_grid(report),
        sweep=tables.sweep_grid(report),
        what_if=tables.what_if_grid(report),
        learning=learning_grid(report),
        counts=tables.counts_grid(report),
        unpriced=tables.unpriced_grid(report.accounts),
        devices=[_device(entry) for entry in report.accounts],
        figures={
            name: {
                "svg": inline_svg(text, f"f-{name}", caption.title, caption.text),
                "title": caption.title,
                "text": caption.text,
            }
            for name, text in drawings.items()
            for caption in (_caption(report, name),)
        },
    )


def markdown_page(report: EnergyReport, figures: Mapping[str, str]) -> str:
    """Return a report as Markdown.

    Args:
        report: the report.
        figures: figure names, and the files they are in, beside the page.
    """
    return "\n".join([line for part in _markdown(report, figures) for line in (part, "")])


def _markdown(report: EnergyReport, figures: Mapping[str, str]) -> Iterator[str]:
    yield f"# Energy of a {report.network} network on {report.dataset}"
    yield (
        f"The work of {report.images} predictions was counted while they ran, and each piece of work has a "
        "published price on each device. So energies here are computed, not measured."
    )
    yield "\n".join(f"- {markdown_text(line)}" for line in tables.basis_lines(report))
    yield from map(markdown_text, tables.measured_lines(report))
    grids = [
        *graph_grids(report),
        main_grid(report),
        silent_grid(report),
        tables.twin_grid(report),
        tables.sweep_grid(report),
        tables.what_if_grid(report),
        learning_grid(report),
        tables.counts_grid(report),
        tables.unpriced_grid(report.accounts),
        tables.digests_grid(report.accounts),
    ]
    yield from (markdown_table(grid).rstrip() for grid in grids if grid.rows)
    for name, file in figures.items():
        caption = _caption(report, name)
        yield f"![{caption.title}](<{file}>)"
        yield f"*{caption.title}.* {caption.text}"


def _device(entry: Account) -> dict[str, Any]:
    priced = entry.network.estimate
    meta = entry.profile.meta
    return {
        "id": entry.profile.id,
        "name": meta.name,
        "boundary": meta.boundary,
        "energy": cells.prediction(entry),
        "grid": tables.terms_grid(entry),
        "facts": list(_facts(entry)),
        "covered": [] if priced is None else [(item.count, item.included_in) for item in priced.covered],
        "measured": [_measured(item) for item in entry.profile.measurement],
    }


def _facts(entry: Account) -> Iterator[tuple[str, str]]:
    placed, moved, taken = entry.network.placement, entry.network.traffic, entry.network.latency
    if not placed.fits:
        for line in tables.shortfall_lines([entry]):
            yield "placement", line
        return
    used = ", ".join(f"{name} {share_of_all(share)}" for name, share in placed.utilisation.items())
    where = f"{placed.cores} cores, {placed.chips} chips, weights of {placed.weight_bit} bit"
    yield "placement", f"{where}; used: {used}" if used else where
    if moved is not None and moved.packets:
        yield (
            "traffic",
            f"{amount(moved.packets)} packets, {amount(moved.hops_x + moved.hops_y)} hops",
        )
    if taken is not None and taken.step_s is not None:
        yield (
            "longest step",
            f"{format_si(taken.step_s, 's')}: core {format_si(taken.core_s, 's')}, link "
            f"{format_si(taken.link_s, 's')}, barrier {format_si(taken.barrier_s, 's')}",
        )
    if taken is not None and taken.untimed:
        yield "no time known for", ", ".join(taken.untimed)
    if entry.network.memory is not None and entry.network.memory.homes:
        yield "memory", ", ".join(f"{kind} in {level}" for kind, level in entry.network.memory.homes)


def _measured(item: Measurement) -> str:
    figures = []
    if item.value_J is not None:
        figures.append(f"{format_si(item.value_J, 'J', digits=3)} per {(item.per or '').replace('_', ' ')}")
    if item.power_W is not None:
        figures.append(format_si(item.power_W, "W", digits=3))
    if item.time_s is not None:
        figures.append(format_si(item.time_s, "s", digits=3))
    return f"{item.name.replace('_', ' ')} ({item.part}, {item.boundary}): {', '.join(figures)}"
