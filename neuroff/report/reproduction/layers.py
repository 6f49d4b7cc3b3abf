"""Goodness of positive and negative images, and who rides on whom. Functions take data and axes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator

from neuroff.report.printed import fixed
from neuroff.report.reproduction.columns import title_of
from neuroff.report.reproduction.details import depth, diagnoses
from neuroff.report.reproduction.look import mean_with_deviation
from neuroff.report.theme import INK, MUTED, PAPER, RULE, variant_style
from neuroff.results.diagnosis import Histogram, LayerDiagnosis
from neuroff.results.reproduction import Column

_POSITIVE = "#0072b2"
_NEGATIVE = "#d55e00"
_TAIL = 0.005  # share of the images at either end that the histograms do not show


def described(columns: Mapping[str, Column]) -> dict[str, Column]:
    """Return the columns whose layers were diagnosed."""
    return {name: column for name, column in columns.items() if depth(column)}


def goodness_histogram(diagnosis: LayerDiagnosis, ax: Axes, threshold: float | None = None) -> Axes:
    """Draw how a layer's goodness is spread over positive (filled) and negative images (hatched outline).

    Args:
        diagnosis: of one layer of one run.
        ax: where to draw.
        threshold: θ of the loss, drawn as a dotted line unless far away; ``None`` where the loss has none.
    """
    shown = diagnosis.histogram
    positive, negative = (np.asarray(counts) / sum(counts) for counts in (shown.positive, shown.negative))
    ax.stairs(positive, shown.edges, fill=True, facecolor=_POSITIVE, edgecolor=_POSITIVE, alpha=0.55)
    outline: dict[str, Any] = {
        "edgecolor": _NEGATIVE,
        "facecolor": "none",
        "hatch": "/////",
        "linewidth": 1.3,
    }
    ax.stairs(negative, shown.edges, fill=True, **outline)
    low, high = _ends(shown)
    if threshold is not None and threshold - high < 3 * (high - low):
        ax.axvline(threshold, color=INK, linewidth=1, linestyle=(0, (1, 1.6)))
        high = max(high, threshold * 1.05)
    ax.set_xlim(low, high)
    ax.set_ylim(0, 1.08 * _height(positive, negative))
    ax.set_yticks([])
    ax.spines["left"].set_visible(False)
    ax.xaxis.set_major_locator(MaxNLocator(4, steps=[1, 2, 5, 10]))
    if diagnosis.separation is not None:
        ax.set_title(
            f"d′ = {fixed(diagnosis.separation)}", loc="right", fontsize=9, fontweight="normal", pad=2
        )
    return ax


def _height(*shares: npt.NDArray[np.float64]) -> float:
    """Return how high a panel is: its highest bar, but not far above the others of the kind."""
    usual = max(float(np.sort(share)[-3:].min()) for share in shares)
    highest = max(float(share.max()) for share in shares)
    return min(highest, 3 * usual) if usual > 0 else highest


def _ends(shown: Histogram) -> tuple[float, float]:
    """Return the range that holds nearly all images of both kinds."""
    lows, highs = [], []
    for counts in (shown.positive, shown.negative):
        reached = np.cumsum(counts) / sum(counts)
        lows.append(int(np.searchsorted(reached, _TAIL)))
        highs.append(int(np.searchsorted(reached, 1 - _TAIL)))
    low, high = shown.edges[min(lows)], shown.edges[min(max(highs), len(shown.positive) - 1) + 1]
    return (min(low, 0.0) if low < high / 4 else low), high


def histogram_handles(has_threshold: bool) -> list[Line2D | Patch]:
    """Return the legend entries of the histograms."""
    handles: list[Line2D | Patch] = [
        Patch(facecolor=_POSITIVE, edgecolor=_POSITIVE, alpha=0.55, label="true label"),
        Patch(facecolor="none", edgecolor=_NEGATIVE, hatch="/////", label="wrong label"),
    ]
    dotted = Line2D([], [], color=INK, linewidth=1, linestyle=(0, (1, 1.6)), label="threshold θ")
    return [*handles, dotted] if has_threshold else handles


def layer_rows(columns: Mapping[str, Column]) -> list[tuple[str, int]]:
    """Return a row of the diagnostic per column and layer."""
    return [(name, layer) for name, column in columns.items() for layer in range(depth(column))]


def alone_and_together(columns: Mapping[str, Column], ax: Axes) -> Axes:
    """Draw test accuracy of each layer alone (open) and together with the layers before it (filled).

    Args:
        columns: columns of one data set whose layers were diagnosed.
        ax: where to draw; a row per column and layer.
    """
    for place, (name, layer) in enumerate(layer_rows(columns)):
        found = diagnoses(columns[name], layer)
        alone, together = [d.alone for d in found], [d.up_to for d in found]
        style = variant_style(name)
        ends = [100 * sum(values) / len(values) for values in (alone, together)]
        ax.plot(ends, (place, place), color=style.colour, linewidth=1, alpha=0.5, zorder=1)
        marker = {"marker": style.marker, "color": style.colour, "markersize": 6}
        mean_with_deviation(ax, alone, place, 100, **marker, markerfacecolor=PAPER)
        mean_with_deviation(ax, together, place, 100, **marker)
    return _rows(ax, columns, "test accuracy (%)")


def separations(columns: Mapping[str, Column], ax: Axes) -> Axes:
    """Draw how far each layer's own goodness sets positive images apart from negative ones (d′)."""
    for place, (name, layer) in enumerate(layer_rows(columns)):
        values = [diagnosis.separation for diagnosis in diagnoses(columns[name], layer)]
        style = variant_style(name)
        mean_with_deviation(ax, values, place, 1, marker=style.marker, color=style.colour, markersize=6)
    low, high = ax.get_xlim()
    ax.set_xlim(min(0.0, low), max(high, 0.0) + 0.1 * (max(high, 0.0) - min(low, 0.0)))
    return _rows(ax, columns, "separation d′")


def signals_left(columns: Mapping[str, Column], ax: Axes) -> Axes:
    """Draw which share of its learning signal a layer has left once it hears its partners."""
    for place, (name, layer) in enumerate(layer_rows(columns)):
        values = [diagnosis.signal_left for diagnosis in diagnoses(columns[name], layer)]
        style = variant_style(name)
        mean_with_deviation(ax, values, place, 100, marker=style.marker, color=style.colour, markersize=6)
    ax.axvline(100, color=MUTED, linewidth=0.8, linestyle=(0, (2, 2)), zorder=0)
    ax.set_xlim(left=-5, right=max(108.0, ax.get_xlim()[1]))  # a mark at zero is whole
    return _rows(ax, columns, "signal left (%)")


def accuracy_handles() -> list[Line2D]:
    """Return the legend entries of `alone_and_together`."""
    return [
        Line2D([], [], color=INK, marker="o", markerfacecolor=face, linestyle="none", label=label)
        for face, label in ((PAPER, "the layer alone"), (INK, "with the layers before it"))
    ]


def _rows(ax: Axes, columns: Mapping[str, Column], label: str) -> Axes:
    rows = layer_rows(columns)
    ax.set_yticks(range(len(rows)), _row_labels(rows))
    ax.set_ylim(len(rows) - 0.4, -0.6)
    ax.tick_params(axis="y", length=0)
    for place in range(1, len(rows)):
        if rows[place][0] != rows[place - 1][0]:
            ax.axhline(place - 0.5, color=RULE, linewidth=0.8, zorder=0)
    ax.xaxis.set_major_locator(MaxNLocator(4, steps=[1, 2, 5, 10]))
    ax.grid(axis="x")
    ax.set_xlabel(label)
    return ax


def _row_labels(rows: Sequence[tuple[str, int]]) -> list[str]:
    return [f"{title_of(name)}, {layer + 1}" for name, layer in rows]
