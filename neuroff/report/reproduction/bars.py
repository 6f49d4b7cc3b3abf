"""Final accuracies (Figures 1 and 4) and gains. Functions take data and an axes and return the axes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from neuroff.experiments.statistics import spread
from neuroff.report.bars import accuracy_axis
from neuroff.report.printed import fixed
from neuroff.report.reproduction.columns import title_of
from neuroff.report.reproduction.comparing import Gain
from neuroff.report.reproduction.look import PAPER_MARK, short_title
from neuroff.report.reproduction.paper import Published
from neuroff.report.theme import INK, MUTED, PAPER, bar_style, variant_style
from neuroff.results.reproduction import Column

_WIDTH = 0.4


def final_accuracy_bars(columns: Mapping[str, Column], paper: Mapping[str, Published], ax: Axes) -> Axes:
    """Draw train (hatched) and test accuracy (filled) of every column beside the paper's numbers.

    The bar is the mean over seeds, the error bar one standard deviation either way, the diamond the paper.

    Args:
        columns: columns of one data set.
        paper: the paper's numbers by column; may be empty.
        ax: where to draw.
    """
    least, most = 100.0, 0.0
    for place, (name, column) in enumerate(columns.items()):
        there = paper.get(name)
        for part, side in (("train", -1), ("test", 1)):
            values: tuple[float, ...] = getattr(column, part)
            found = spread([100 * value for value in values])
            centre = place + side * _WIDTH / 2
            style = bar_style("spiking" if part == "train" else "dense", variant_style(name).colour)
            ax.bar(centre, found.mean, 0.88 * _WIDTH, **style)
            top = found.mean + (found.deviation or 0.0)
            if found.deviation is not None:
                ax.errorbar(centre, found.mean, found.deviation, color=INK, capsize=2.5, linewidth=1.1)
            if there:
                mark: float = 100 * getattr(there, part)
                ax.plot([centre], [mark], zorder=4, **PAPER_MARK)
                least, top = min(least, mark), max(top, mark + 0.15)
            ax.annotate(
                fixed(found.mean, 1), (centre, top), (0, 4), textcoords="offset points", ha="center",
                va="bottom", fontsize=8.5,
            )  # fmt: skip
            least, most = min(least, found.mean), max(most, top)
    ax.set_xticks(range(len(columns)), [short_title(name) for name in columns], fontsize=9)
    ax.tick_params(axis="x", length=0)
    ax.set_xlim(-0.6, len(columns) - 0.4)
    accuracy_axis(ax, least, most, "accuracy")
    return ax


def gains_of_collaboration(compared: Sequence[Gain]) -> list[Gain]:
    """Return the comparisons among Forward-Forward columns, which one scale can show.

    Where some have an interval, those of a single seed are left out: there is none to draw.
    """
    forward = [gain for gain in compared if gain.column != "bp"]
    return [gain for gain in forward if gain.test.low is not None] or forward


def gain_intervals(compared: Sequence[Gain], ax: Axes) -> Axes:
    """Draw gains in test accuracy with their 95 % confidence intervals, every seed, and the paper's gain.

    Args:
        compared: comparisons on one data set, a row each.
        ax: where to draw.
    """
    for place, gain in enumerate(compared):
        colour = variant_style(gain.column).colour
        test = gain.test
        if test.low is not None and test.high is not None:
            ax.plot((100 * test.low, 100 * test.high), (place, place), color=colour, linewidth=2.2)
        seeds = [100 * difference for difference in gain.differences]
        if len(seeds) > 1:
            ax.plot(seeds, [place + 0.27] * len(seeds), "o", color=PAPER, markeredgecolor=MUTED, markersize=3)
        ax.plot(
            [100 * test.difference], [place], variant_style(gain.column).marker, color=colour, markersize=7
        )
        if gain.published is not None:
            ax.plot([100 * gain.published], [place - 0.27], **PAPER_MARK)
    ax.axvline(0, color=MUTED, linewidth=0.9, zorder=0)
    labels = [f"{title_of(gain.column)} − {title_of(gain.base)}" for gain in compared]
    ax.set_yticks(range(len(compared)), labels)
    ax.set_ylim(len(compared) - 0.4, -0.6)
    ax.tick_params(axis="y", length=0)
    ax.xaxis.set_major_locator(MaxNLocator(6, steps=[1, 2, 5, 10]))
    ax.grid(axis="x")
    ax.set_xlabel("gain in test accuracy (percentage points)")
    return ax
