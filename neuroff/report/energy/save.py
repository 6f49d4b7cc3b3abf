"""The figures of an energy report as SVG texts."""

from __future__ import annotations

from collections.abc import Iterator
from textwrap import shorten
from typing import TYPE_CHECKING

from neuroff.energy.pricing.account import Account
from neuroff.energy.pricing.sensitivity import Swing
from neuroff.report.energy.report import EnergyReport

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_TITLE_LETTERS = 60


def energy_drawings(report: EnergyReport) -> dict[str, str]:
    """Return the figures that a report has data for, as SVG by name: ``terms``, ``twin``, ``tornado``.

    The same report gives the same bytes.
    """
    from neuroff.report.svg import svg_of
    from neuroff.report.theme import themed

    with themed():
        return {name: svg_of(figure) for name, figure in energy_figures(report)}


def energy_figures(report: EnergyReport) -> Iterator[tuple[str, Figure]]:
    """Yield name and figure; draw inside `neuroff.report.theme.themed`."""
    if any(entry.energy_J is not None for entry in report.accounts):
        yield "terms", _terms(report)
    if any(_has_twin(entry) for entry in report.accounts):
        yield "twin", _twin(report)
    if any(_moving(entry) for entry in report.accounts):
        yield "tornado", _tornado(report)


def _terms(report: EnergyReport) -> Figure:
    from neuroff.report.energy.figures import parts_J, term_bars
    from neuroff.report.figures import new_figure

    priced = [entry for entry in report.accounts if entry.energy_J is not None]
    bars = [parts_J(e.profile, e.network.estimate) for e in priced if e.network.estimate is not None]
    figure = new_figure(1.5 + 0.3 * len(priced))
    term_bars(priced, figure.subplots())
    _legend(figure, bars)
    return figure


def _twin(report: EnergyReport) -> Figure:
    from neuroff.report.energy.figures import parts_J, twin_bars
    from neuroff.report.figures import new_figure

    shown = [entry for entry in report.accounts if _has_twin(entry)]
    figure = new_figure(0.9 + sum(0.75 + 0.28 * (2 + len(entry.twins)) for entry in shown))
    ratios = [1.6 + 2 + len(entry.twins) for entry in shown]
    axes = figure.subplots(len(shown), 1, squeeze=False, height_ratios=ratios)[:, 0]
    label = report.network
    bars = []
    for entry, ax in zip(shown, axes, strict=True):
        twin_bars(entry, label, ax, swept=report.sweeps)
        ax.set_title(entry.profile.id)
        estimates = [entry.network.estimate, entry.naive.estimate]
        estimates += [twin.deployment.estimate for twin in entry.twins]
        bars += [parts_J(entry.profile, priced) for priced in estimates if priced is not None]
    axes[-1].set_xlabel("energy of one prediction")
    _legend(figure, bars)
    return figure


def _tornado(report: EnergyReport) -> Figure:
    from neuroff.report.energy.figures import tornado
    from neuroff.report.figures import new_figure

    shown = [(entry, moves) for entry in report.accounts if (moves := _moving(entry))]
    heights = [1.5 + len(moves) for _, moves in shown]
    figure = new_figure(0.4 + 0.34 * sum(heights))
    axes = figure.subplots(len(shown), 1, squeeze=False, height_ratios=heights)[:, 0]
    for (entry, moves), ax in zip(shown, axes, strict=True):
        if entry.energy_J is not None:
            tornado(moves, entry.energy_J.nominal, ax)
        ax.set_title(shorten(entry.profile.id, _TITLE_LETTERS, placeholder="…"))
    axes[-1].set_xlabel("energy of one prediction")
    return figure


def _moving(entry: Account) -> tuple[Swing, ...]:
    from neuroff.report.energy.figures import moving

    return () if entry.energy_J is None else moving(entry.swings, entry.energy_J.nominal)


def _has_twin(entry: Account) -> bool:
    return entry.energy_J is not None and any(twin.ratio is not None for twin in entry.twins)


def _legend(figure: Figure, bars: list[dict[str, float]]) -> None:
    from matplotlib.patches import Patch

    from neuroff.report.energy.figures import PARTS, style_of, used_parts

    handles = [Patch(label=PARTS[name].label, **style_of(name)) for name in used_parts(bars)]
    figure.legend(handles=handles, loc="outside lower center", ncols=3, columnspacing=1.2, fontsize=9)
