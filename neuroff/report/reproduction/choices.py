"""Figures of the readings and of the cost. Functions take data and an axes and return the axes."""

from __future__ import annotations

import itertools
from typing import Final

from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from neuroff.experiments.statistics import spread
from neuroff.report.printed import fixed
from neuroff.report.reproduction.columns import title_of
from neuroff.report.reproduction.look import mean_with_deviation
from neuroff.report.reproduction.readings import RULES, Reading, base_reading, by_reading
from neuroff.report.theme import INK, MUTED, PAPER, RULE, bar_style, variant_style
from neuroff.results.cost import Cost
from neuroff.results.readings import Readings, Rule

_RULE_MARKS: Final[dict[Rule, tuple[str, bool, float]]] = {
    "goodness": ("o", True, -0.22),
    "collaborative": ("s", False, 0.0),
    "last": ("^", False, 0.22),
}
"""Marker, whether it is filled, and where in its row it stands."""
_FAR_OFF = 8.0  # points below plain FF from where a reading is named at the edge, so that the others spread
_MEGA = 1e6


def reading_rows(readings: Readings, ax: Axes) -> Axes:
    """Draw held-out accuracy of every reading, a row each and a mark per prediction rule.

    The dashed line is plain FF as the preset has it. Marks of several seeds have their standard deviation. A
    reading that hardly learns has its number at the left edge instead.

    Args:
        readings: of one data set.
        ax: where to draw.
    """
    found = by_reading(readings)
    base = base_reading(found)
    before = 0.0
    if base and base.accuracy("goodness"):
        before = 100 * spread(base.accuracy("goodness")).mean
        ax.axvline(before, color=MUTED, linewidth=1, linestyle=(0, (4, 2)), zorder=0)
    for place, reading in enumerate(found):
        if place and found[place - 1].variant != reading.variant:
            ax.axhline(place - 0.5, color=RULE, linewidth=0.8, zorder=0)
        highest = max((100 * spread(v).mean for v in map(reading.accuracy, RULES) if v), default=0.0)
        if highest < before - _FAR_OFF:
            _name_at_the_edge(ax, highest, place)
        else:
            _mark_rules(ax, reading, place)
    ax.set_yticks(range(len(found)), [f"{title_of(r.variant)} {r.label}" for r in found], fontsize=9)
    ax.set_ylim(len(found) - 0.4, -0.6)
    ax.tick_params(axis="y", length=0)
    ax.xaxis.set_major_locator(MaxNLocator(5, steps=[1, 2, 5, 10]))
    ax.grid(axis="x")
    ax.set_xlabel("held-out accuracy (%)")
    return ax


def _mark_rules(ax: Axes, reading: Reading, place: int) -> None:
    colour = variant_style(reading.variant).colour
    for rule, (marker, filled, shift) in _RULE_MARKS.items():
        mean_with_deviation(
            ax,
            reading.accuracy(rule),
            place + shift,
            100,
            marker=marker,
            color=colour,
            markerfacecolor=colour if filled else PAPER,
            markersize=5,
        )


def _name_at_the_edge(ax: Axes, percent: float, place: int) -> None:
    where = ("axes fraction", "data")
    words = f"◂ {fixed(percent, 1)}"
    ax.annotate(words, (0, place), (4, 0), where, "offset points", va="center", fontsize=9, color=MUTED)


def rule_handles() -> list[Line2D]:
    """Return the legend entries of the prediction rules, and of plain FF."""
    marks = [
        Line2D(
            [], [], color=INK, marker=marker, markerfacecolor=INK if filled else PAPER, linestyle="none",
            label=RULES[rule],
        )
        for rule, (marker, filled, _) in _RULE_MARKS.items()
    ]  # fmt: skip
    return [*marks, Line2D([], [], color=MUTED, linewidth=1, linestyle=(0, (4, 2)), label="FF, Σ G")]


def time_bars(cost: Cost, ax: Axes) -> Axes:
    """Draw seconds per epoch of every column, stage after stage, with its ratio to FF printed beside."""
    for place, (name, column) in enumerate(cost.columns.items()):
        ax.barh(place, column.seconds_per_epoch, 0.7, **bar_style("dense", variant_style(name).colour))
        for end in itertools.accumulate(column.seconds_per_epoch_by_stage[:-1]):
            ax.plot((end, end), (place - 0.36, place + 0.36), color=PAPER, linewidth=1.4)
        ratio = cost.ratio_to_ff.get(name)
        beside = "" if ratio is None or name == "ff" else f"\n{fixed(ratio, 2)} × FF"
        _beside(ax, column.seconds_per_epoch, place, f"{column.seconds_per_epoch:#.3g} s{beside}")
    return _column_rows(ax, cost, "seconds, an epoch of all layers")


def memory_bars(cost: Cost, ax: Axes) -> Axes:
    """Draw peak resident memory of every column in megabytes."""
    for place, (name, column) in enumerate(cost.columns.items()):
        if column.peak_rss_bytes is None:
            _beside(ax, 0, place, "not measured")
            continue
        megabytes = column.peak_rss_bytes / _MEGA
        ax.barh(place, megabytes, 0.7, **bar_style("dense", variant_style(name).colour))
        _beside(ax, megabytes, place, fixed(megabytes, 0))
    return _column_rows(ax, cost, "peak memory (MB)")


def _beside(ax: Axes, value: float, place: int, words: str) -> None:
    ax.annotate(
        words, (value, place), (4, 0), textcoords="offset points", va="center", fontsize=9, linespacing=1.1
    )


def _column_rows(ax: Axes, cost: Cost, label: str) -> Axes:
    ax.set_yticks(range(len(cost.columns)), [title_of(name) for name in cost.columns])
    ax.set_ylim(len(cost.columns) - 0.4, -0.6)
    ax.tick_params(axis="y", length=0)
    ax.set_xlim(0, 1.45 * ax.get_xlim()[1])
    ax.xaxis.set_major_locator(MaxNLocator(4, steps=[1, 2, 5, 10]))
    ax.grid(axis="x")
    ax.set_xlabel(label)
    return ax
