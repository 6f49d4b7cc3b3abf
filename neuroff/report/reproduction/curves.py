"""Training dynamics (Figures 2 and 3) and γ over epochs. Functions take data and axes and return the axes."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.ticker import FixedLocator, FuncFormatter, MaxNLocator, NullLocator

from neuroff.report.reproduction.look import column_line, say_not_recorded
from neuroff.report.reproduction.paper import PEAK_LOG_ACCURACY
from neuroff.report.reproduction.series import (
    NO_ERROR_PERCENT,
    Series,
    held_gamma,
    held_out_error,
    log_accuracy,
    series_of,
    stage_starts,
    train_error,
)
from neuroff.report.theme import INK, MUTED
from neuroff.results.reproduction import Column

_MARKERS = 6  # markers along a line
_ERROR_TICKS = [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 3, 4, 5, 7, 10, 15, 20, 30, 50, 100]


def log_accuracy_curves(dataset: str, columns: Mapping[str, Column], ax: Axes) -> Axes:
    """Draw the natural logarithm of training accuracy in per cent over epochs, as the paper does.

    A scale on the right gives the accuracy itself; a dotted line is the paper's A-CFF peak. The steep start
    is below the axis.

    Args:
        dataset: the columns' data set; names the paper's peak.
        columns: columns of one data set.
        ax: where to draw.
    """
    shown = {name: series_of(column.runs, log_accuracy) for name, column in columns.items()}
    _draw_all(ax, columns, shown)
    peak = PEAK_LOG_ACCURACY.get(dataset)
    if any(shown.values()):
        least = min(series[-1][1] for series in shown.values() if series)
        most = max(mean for series in shown.values() for _, mean, _, _ in series)
        most = most if peak is None else max(most, peak)
        low = least - max(most - least, 0.06)
        ax.set_ylim(low, most + 0.08 * (most - low))
        beside = ax.secondary_yaxis("right", functions=(_to_percent, _to_log))
        beside.set_ylabel("accuracy (%)")
        beside.yaxis.set_major_locator(MaxNLocator(5, steps=[1, 2, 5, 10]))
        ax.yaxis.set_major_locator(MaxNLocator(5, steps=[1, 2, 5, 10]))
    if peak is not None:
        ax.axhline(peak, color=INK, linewidth=1, linestyle=(0, (1, 1.6)))
        ax.annotate(
            f"the paper's A-CFF peak, {peak}", (0.99, peak), (0, 2), xycoords=("axes fraction", "data"),
            textcoords="offset points", ha="right", va="bottom", fontsize=9,
        )  # fmt: skip
    ax.set_ylabel("ln accuracy (%), training")
    return _over_epochs(ax, columns)


def error_curves(columns: Mapping[str, Column], ax: Axes, *, held_out: bool = False) -> Axes:
    """Draw the error in per cent over epochs, on a log axis that keeps small differences readable.

    Args:
        columns: columns of one data set.
        ax: where to draw.
        held_out: of held-out training images, of the training images themselves otherwise.
    """
    value = held_out_error if held_out else train_error
    shown = {name: series_of(column.runs, value) for name, column in columns.items()}
    _draw_all(ax, columns, shown)
    ax.set_yscale("log")
    if any(shown.values()):
        _error_range(shown, ax)
    ax.yaxis.set_major_locator(FixedLocator(_ERROR_TICKS))
    ax.yaxis.set_minor_locator(NullLocator())
    ax.yaxis.set_major_formatter(FuncFormatter(lambda error, _: f"{error:g}"))
    ax.set_ylabel(f"{'held-out' if held_out else 'training'} error (%)")
    return _over_epochs(ax, columns)


def _error_range(shown: Mapping[str, Series], ax: Axes) -> None:
    """Fit the axis to the Forward-Forward columns; where backpropagation leaves it, say where it ends."""
    final = {name: series[-1][1] for name, series in shown.items() if series}
    forward = [error for name, error in final.items() if name != "bp"] or list(final.values())
    least = max(min(final.values()), min(forward) / 3)
    ax.set_ylim(least / 1.2, min(100.0, 4 * max(final.values())))
    if "bp" in final and final["bp"] < least:
        _say_where_backpropagation_ends(shown, least, ax)


def _say_where_backpropagation_ends(shown: Mapping[str, Series], least: float, ax: Axes) -> None:
    """Write it below, on the side where the line is not."""
    end = shown["bp"][-1][1]
    words = "no error" if end <= NO_ERROR_PERCENT else f"{end:.2g} %"
    left_at = next(epoch for epoch, mean, _, _ in shown["bp"] if mean < least)
    is_early = left_at < max(series[-1][0] for series in shown.values() if series) / 3
    ax.text(
        0.99 if is_early else 0.01, 0.03, f"backpropagation\nends at {words}", transform=ax.transAxes,
        ha="right" if is_early else "left", va="bottom", fontsize=9,
    )  # fmt: skip


def has_held_out(columns: Mapping[str, Column]) -> bool:
    """Whether any curve knows the accuracy on held-out images."""
    return any(
        point.held_out is not None
        for column in columns.values()
        for run in column.runs
        for point in run.curves
    )


def gamma_curves(columns: Mapping[str, Column], layer: int, ax: Axes) -> Axes:
    """Draw the collaboration strength γ of one layer over epochs.

    While a layer does not learn, its γ stays what it was; before, it is what the configuration says.

    Args:
        columns: columns of one data set; those without collaboration are left out.
        layer: index of the layer.
        ax: where to draw.
    """
    shown = collaborative(columns)
    _draw_all(ax, shown, {name: held_gamma(column.runs, layer) for name, column in shown.items()})
    ax.set_title(f"layer {layer + 1}", pad=20 if stage_starts(shown) else 6)
    ax.yaxis.set_major_locator(MaxNLocator(5, steps=[1, 2, 5, 10]))
    ax.margins(y=0.08)
    return _over_epochs(ax, shown)


def collaborative(columns: Mapping[str, Column]) -> dict[str, Column]:
    """Return the columns whose layers hear each other and whose γ was recorded."""
    return {
        name: column
        for name, column in columns.items()
        if name not in ("ff", "bp") and any(point.layers for run in column.runs for point in run.curves)
    }


def layers_of(columns: Mapping[str, Column]) -> int:
    """Return how many layers the curves describe."""
    found = (
        entry.layer
        for column in columns.values()
        for run in column.runs
        for point in run.curves
        for entry in point.layers
    )
    return 1 + max(found, default=-1)


def _to_percent(logarithm: npt.ArrayLike) -> npt.ArrayLike:
    return np.exp(logarithm)


def _to_log(percent: npt.ArrayLike) -> npt.ArrayLike:
    return np.log(np.maximum(percent, 1e-9))


def _draw_all(ax: Axes, columns: Mapping[str, Column], shown: Mapping[str, Series]) -> None:
    """Draw a line per column; markers are staggered, so that lines that coincide show what they are."""
    for number, (name, series) in enumerate(shown.items()):
        if not series:
            continue
        epochs, mean, low, high = (list(values) for values in zip(*series, strict=True))
        every = max(len(epochs) // _MARKERS, 1)
        start = min(number * every // max(len(shown), 1), len(epochs) - 1)
        style = column_line(name)
        ax.plot(epochs, mean, markevery=(start, every), **style)
        if low != high:
            ax.fill_between(epochs, low, high, color=style["color"], alpha=0.18, linewidth=0)
    _mark_stages(ax, columns)


def _mark_stages(ax: Axes, columns: Mapping[str, Column]) -> None:
    edges = [0, *stage_starts(columns)]
    for stage, (begin, end) in enumerate(pairwise(edges)):
        if stage:
            ax.axvline(begin, color=MUTED, linewidth=0.8, linestyle=(0, (2, 2)), zorder=0)
        ax.text(
            (begin + end) / 2, 1.02, f"layer {stage + 1} learns", transform=ax.get_xaxis_transform(),
            ha="center", va="bottom", color=MUTED, fontsize=9,
        )  # fmt: skip


def _over_epochs(ax: Axes, columns: Mapping[str, Column]) -> Axes:
    ax.set_xlabel("epoch")
    ax.xaxis.set_major_locator(MaxNLocator(5, integer=True, steps=[1, 2, 2.5, 5, 10]))
    ax.grid(axis="y")
    if not ax.lines or not any(run.curves for column in columns.values() for run in column.runs):
        say_not_recorded(ax)
    return ax
