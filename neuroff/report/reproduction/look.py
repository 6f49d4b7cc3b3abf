"""How a column is drawn, and the pieces that several figures share."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from neuroff.experiments.statistics import spread
from neuroff.report.reproduction.columns import title_of
from neuroff.report.theme import INK, MUTED, PAPER, variant_style

_TOGETHER = ("lorberbom_earlier", "lorberbom_all")


def column_line(column: str) -> dict[str, Any]:
    """Return the arguments of a column's line: Lorberbom's are dashed with open markers."""
    style = variant_style(column)
    solid = column not in _TOGETHER
    return {
        "color": style.colour,
        "marker": style.marker,
        "linestyle": "-" if solid else (0, (4, 1.6)),
        "markerfacecolor": style.colour if solid else PAPER,
        "markeredgecolor": style.colour,
    }


def column_handles(columns: Iterable[str]) -> list[Line2D]:
    """Return a legend entry per column."""
    return [Line2D([], [], label=title_of(name), **column_line(name)) for name in columns]


def paper_handle(label: str = "the paper") -> Line2D:
    """Return the legend entry of a number that the paper gives."""
    return Line2D([], [], label=label, **PAPER_MARK)


PAPER_MARK: dict[str, Any] = {
    "marker": "d",
    "color": INK,
    "markerfacecolor": PAPER,
    "markeredgecolor": INK,
    "markersize": 6.5,
    "markeredgewidth": 1.3,
    "linestyle": "none",
}


def mean_with_deviation(
    ax: Axes, values: Sequence[float | None], place: float, factor: float, **style: Any
) -> None:
    """Draw a mean over seeds at a height, with its standard deviation as a line to both sides."""
    known = [factor * value for value in values if value is not None]
    if not known:
        return
    found = spread(known)
    if found.deviation is not None:
        reach = (found.mean - found.deviation, found.mean + found.deviation)
        ax.plot(reach, (place, place), color=style.get("color", INK), linewidth=1.1, zorder=2)
    ax.plot([found.mean], [place], linestyle="none", zorder=3, **style)


def say_not_recorded(ax: Axes) -> None:
    """Write that there is nothing to draw."""
    ax.text(0.5, 0.5, "not recorded", transform=ax.transAxes, ha="center", color=MUTED)


def short_title(column: str) -> str:
    """Return a column's name in two short lines, for the foot of a bar."""
    return title_of(column).replace("backpropagation", "backprop").replace(" ", "\n")
