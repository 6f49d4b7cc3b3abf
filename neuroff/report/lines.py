"""Lines of one measured quantity over another: accuracy and error over T, parameters over epochs, the bus.

Every function takes curves and an axes and returns the axes. Values are plain numbers, so that they can be
read from a result file as well as measured on the spot.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from matplotlib.axes import Axes
from matplotlib.ticker import FixedLocator, FuncFormatter, LogLocator, MaxNLocator, NullFormatter, NullLocator

from neuroff.checks import require_numbers
from neuroff.errors import RunError
from neuroff.report.printed import percent
from neuroff.report.theme import INK, MUTED, series_style

_MOST_TICKS = 8


@dataclass(frozen=True)
class Curve:
    """One line.

    Attributes:
        label: its name in the legend.
        x: horizontal values, in ascending order.
        y: as many vertical values.
        low: lower ends of a band, for instance over seeds; none if empty.
        high: upper ends.
    """

    label: str
    x: Sequence[float]
    y: Sequence[float]
    low: Sequence[float] = ()
    high: Sequence[float] = ()

    def __post_init__(self) -> None:
        for name in ("x", "y", "low", "high"):
            require_numbers(name, getattr(self, name), where=f"curve {self.label!r}", some=False)
        if not len(self.x) or len(self.x) != len(self.y):
            raise RunError(
                f"{len(self.x)} horizontal and {len(self.y)} vertical values",
                where=f"curve {self.label!r}",
                expected="as many of one as of the other, at least one",
            )
        if {len(self.low), len(self.high)} not in ({0}, {len(self.x)}):
            raise RunError(
                f"a band of {len(self.low)} lower and {len(self.high)} upper ends",
                where=f"curve {self.label!r}",
                expected=f"{len(self.x)} of each, or none",
            )


def accuracy_against_steps(curves: Sequence[Curve], ax: Axes, *, dense_accuracy: float | None = None) -> Axes:
    """Draw accuracy over the number of time steps T, on a scale of doublings.

    Args:
        curves: accuracies as shares of one over T.
        ax: where to draw.
        dense_accuracy: of the dense network that was converted; a horizontal line.
    """
    _draw(curves, ax, factor=100.0)
    if dense_accuracy is not None:
        ax.axhline(100.0 * dense_accuracy, color=MUTED, linewidth=1.2, linestyle=(0, (2, 2)), zorder=1)
        _beside_line(ax, 100.0 * dense_accuracy, f"dense {percent(dense_accuracy, 1)} %")
    _steps_axis(ax, curves)
    ax.set_ylabel("accuracy (%)")
    return _finish(ax, curves)


def error_against_steps(curves: Sequence[Curve], ax: Axes, *, guide: bool = True) -> Axes:
    """Draw a relative error over the number of time steps T, both on logarithmic scales.

    Args:
        curves: errors over T.
        ax: where to draw.
        guide: whether to draw a thin line that falls as 1/T, below the curves.
    """
    _draw(curves, ax)
    ax.set_yscale("log")
    if guide:
        steps = sorted({step for curve in curves for step in curve.x})
        level = 0.5 * min(y * x for curve in curves for x, y in zip(curve.x, curve.y, strict=True))
        ax.plot(steps, [level / step for step in steps], color=MUTED, linewidth=1.0, zorder=1)
        middle = steps[len(steps) // 2]
        ax.annotate(
            "∝ 1/T", (middle, level / middle), (-4, -2), textcoords="offset points",
            ha="right", va="top", color=MUTED,
        )  # fmt: skip
        ax.set_ylim(bottom=0.6 * level / steps[-1])
    _steps_axis(ax, curves)
    ax.yaxis.set_major_locator(LogLocator(numticks=6))
    ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    ax.yaxis.set_minor_formatter(NullFormatter())
    ax.set_ylabel("relative error")
    return _finish(ax, curves, "upper right")


def values_over_epochs(curves: Sequence[Curve], ax: Axes, *, name: str) -> Axes:
    """Draw a learned number of each layer over epochs, such as γ or the membrane threshold.

    Args:
        curves: a curve per layer, values over epochs from 1.
        ax: where to draw.
        name: what the numbers are.
    """
    _draw(curves, ax)
    ax.set_xlabel("epoch")
    ax.set_ylabel(name)
    ax.xaxis.set_major_locator(MaxNLocator(5, integer=True, steps=[1, 2, 5, 10]))
    ax.yaxis.set_major_locator(MaxNLocator(5, steps=[1, 2, 5, 10]))
    ax.margins(y=0.1)
    return _finish(ax, curves)


def gamma_and_threshold(
    gamma: Sequence[Curve], threshold: Sequence[Curve], axes: Sequence[Axes]
) -> Sequence[Axes]:
    """Draw the collaboration strength γ of every layer over epochs, and the membrane threshold below it.

    Args:
        gamma: a curve per layer.
        threshold: a curve per layer.
        axes: two axes, one above the other; the lower one has the legend.
    """
    upper, lower = axes
    values_over_epochs(gamma, upper, name="strength γ")
    values_over_epochs(threshold, lower, name="threshold θ")
    upper.set_xlabel("")
    upper.tick_params(axis="x", labelbottom=False)
    legend = upper.get_legend()
    if legend is not None and [c.label for c in gamma] == [c.label for c in threshold]:
        legend.remove()
    return axes


def accuracy_against_bits(curves: Sequence[Curve], ax: Axes, *, exact_accuracy: float | None = None) -> Axes:
    """Draw accuracy over the bits of a broadcast scalar, a curve per delay.

    Args:
        curves: accuracies as shares of one over numbers of bits.
        ax: where to draw.
        exact_accuracy: of the bus that rounds nothing and is not late; a horizontal line.
    """
    _draw(curves, ax, factor=100.0)
    if exact_accuracy is not None:
        ax.axhline(100.0 * exact_accuracy, color=MUTED, linewidth=1.2, linestyle=(0, (2, 2)), zorder=1)
        _beside_line(ax, 100.0 * exact_accuracy, "exact, without delay")
    ax.xaxis.set_major_locator(MaxNLocator(_MOST_TICKS, integer=True))
    ax.yaxis.set_major_locator(MaxNLocator(5, steps=[1, 2, 5, 10]))
    ax.set_xlabel("bits of a broadcast scalar")
    ax.set_ylabel("accuracy (%)")
    return _finish(ax, curves)


def _draw(curves: Sequence[Curve], ax: Axes, *, factor: float = 1.0) -> None:
    for index, curve in enumerate(curves):
        style = series_style(index)
        every = max(len(curve.x) // 8, 1)
        ax.plot(curve.x, [factor * y for y in curve.y], label=curve.label, markevery=every, **style)
        if curve.low:
            low, high = ([factor * y for y in band] for band in (curve.low, curve.high))
            ax.fill_between(list(curve.x), low, high, color=style["color"], alpha=0.18, linewidth=0)


def _steps_axis(ax: Axes, curves: Sequence[Curve]) -> None:
    ax.set_xscale("log", base=2)
    steps = sorted({step for curve in curves for step in curve.x})
    stride = -(-len(steps) // _MOST_TICKS)
    ax.xaxis.set_major_locator(FixedLocator(steps[::stride]))
    ax.xaxis.set_minor_locator(NullLocator())
    ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    ax.set_xlabel("time steps T")


def _beside_line(ax: Axes, height: float, words: str) -> None:
    ax.annotate(words, (0.0, height), (3, 3), xycoords=ax.get_yaxis_transform(), textcoords="offset points",
                ha="left", va="bottom", color=INK, fontsize=9.5)  # fmt: skip


def _finish(ax: Axes, curves: Sequence[Curve], legend: Literal["best", "upper right"] = "best") -> Axes:
    ax.grid(axis="y")
    if len(curves) > 1:
        ax.legend(loc=legend)
    return ax
