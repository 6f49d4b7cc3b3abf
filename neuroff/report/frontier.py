"""Accuracy against what it costs: one mark per measured network, a line per family."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullFormatter

from neuroff.energy.units import format_si
from neuroff.errors import RunError
from neuroff.report.placing import label_marks
from neuroff.report.theme import series_style


@dataclass(frozen=True)
class Measured:
    """One network on the frontier.

    Attributes:
        family: networks of one family share a line, such as one variant.
        cost: what the accuracy costs, such as spikes per image; positive.
        accuracy: share of images classified correctly.
        label: what is written beside the mark, such as ``T = 4``; nothing if empty.
        spread: standard deviation of the accuracy over seeds, where there are several.
    """

    family: str
    cost: float
    accuracy: float
    label: str = ""
    spread: float | None = None


def frontier(points: Sequence[Measured], ax: Axes, *, axis: str = "spikes per image") -> Axes:
    """Draw accuracy over cost on a logarithmic scale, each mark with its label.

    Args:
        points: the networks, in any order.
        ax: where to draw.
        axis: what the cost is.

    Raises:
        RunError: if there are no points or a cost is not positive.
    """
    if not points or min(point.cost for point in points) <= 0.0:
        raise RunError(
            f"{len(points)} points", where="frontier", expected="at least one, every cost above zero"
        )
    ax.set_xscale("log")
    families = list(dict.fromkeys(point.family for point in points))
    marks, lines = [], []
    for index, family in enumerate(families):
        members = sorted((p for p in points if p.family == family), key=lambda point: point.cost)
        style = series_style(index)
        line = [(p.cost, 100.0 * p.accuracy) for p in members]
        ax.plot(*zip(*line, strict=True), label=family, **style)
        lines.append(line)
        for point, (cost, share) in zip(members, line, strict=True):
            marks.append((cost, share, point.label))
            if point.spread:
                reach = 100.0 * point.spread
                ax.errorbar(cost, share, reach, color=style["color"], capsize=2.5, linewidth=1.0)
                lines.append([(cost, share - reach), (cost, share + reach)])
    ax.margins(x=0.09, y=0.14)
    ax.xaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0), numticks=8))
    ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: format_si(value, "", trim=True)))
    ax.xaxis.set_minor_formatter(NullFormatter())
    ax.yaxis.set_major_locator(MaxNLocator(5, steps=[1, 2, 5, 10]))
    ax.grid(axis="y")
    ax.set_xlabel(f"{axis} (log scale)")
    ax.set_ylabel("accuracy (%)")
    if len(families) > 1:
        ax.legend(loc="lower right")
    label_marks(ax, marks, lines)
    return ax
