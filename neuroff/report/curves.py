"""Figures over training time: accuracy, goodness and γ. Functions take runs and axes and return the axes."""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from neuroff.report.hover import show_value
from neuroff.report.summary import Group, collaborates, grouped, variant_label
from neuroff.report.theme import INK, MUTED, line_style, variant_style
from neuroff.results.comparison import ComparedRun, parse_runs
from neuroff.results.run import Epoch

Runs = Iterable[Mapping[str, Any] | ComparedRun]
_MARKERS = 6  # markers along a line


def training_panels(runs: Runs) -> tuple[int, int]:
    """Return rows and columns of axes that `training_curves` needs for these runs."""
    shown = parse_runs(runs)
    return 1 + len(_goodness_panels(shown)), max(len(_paths(shown)), 1)


def training_curves(runs: Runs, axes: npt.NDArray[np.object_]) -> npt.NDArray[np.object_]:
    """Draw training accuracy, and below it the goodness of positive and negative images, a column per path.

    Layers that learn one after the other share one goodness panel; layers that learn together get one each.

    Args:
        runs: entries of a comparison; those without a history are left out.
        axes: array of axes of the shape that `training_panels` returns.
    """
    shown = parse_runs(runs)
    panels = _goodness_panels(shown)
    for column, path in enumerate(_paths(shown)):
        of_path = [run for run in shown if run.path == path]
        top: Axes = axes[0, column]
        accuracy_curves(of_path, top)
        top.set_title(path, pad=20 if _stage_starts(grouped(of_path)) else 6)
        for row, layer in enumerate(panels, start=1):
            goodness_curves(of_path, axes[row, column], layer=layer)
        for ax in axes[:-1, column]:
            ax.set_xlabel("")
            ax.tick_params(axis="x", labelbottom=False)
        for ax in axes[:, column] if column else ():
            ax.set_ylabel("")
    _share_scale(list(axes[0]))
    return axes


def accuracy_curves(runs: Runs, ax: Axes) -> Axes:
    """Draw training accuracy over epochs, a line per path and variant; bands span the seeds."""
    groups = grouped(parse_runs(runs))
    for group in groups:
        style = line_style(group.path, group.variant)
        _draw(ax, _series(group, lambda epoch: epoch.train_accuracy), style, group.label, factor=100)
    _mark_stages(ax, groups, named=True)
    ax.set_ylabel("train accuracy (%)")
    return _over_epochs(ax)


def goodness_curves(runs: Runs, ax: Axes, layer: int | None = None) -> Axes:
    """Draw the goodness of positive images (solid) and negative ones (dotted) over epochs.

    Args:
        runs: entries of a comparison.
        ax: where to draw.
        layer: index of the layer; the layer that learns, where one learns at a time, if None.
    """
    groups = grouped(parse_runs(runs))
    for group in groups:
        colour = variant_style(group.variant).colour
        for sign, dashes in (("positive", "-"), ("negative", (0, (1, 1.4)))):
            series = _series(group, lambda epoch, sign=sign: _layer_value(epoch, layer, f"goodness_{sign}"))  # type: ignore[misc]
            style = {"color": colour, "linestyle": dashes}
            _draw(ax, series, style, f"{group.label}, {sign}", breaks=_stage_starts([group]))
    _mark_stages(ax, groups, named=False)
    ax.set_ylabel("goodness" if layer is None else f"goodness, layer {layer + 1}")
    return _over_epochs(ax)


def gamma_over_time(runs: Runs, axes: Sequence[Axes] | npt.NDArray[np.object_]) -> Sequence[Axes]:
    """Draw the collaboration strength γ of every layer over epochs, one axes per layer.

    Fixed strengths (F-CFF) are flat lines. While a layer does not learn, its γ stays what it was.

    Args:
        runs: entries of a comparison; plain FF, whose γ is zero, is left out.
        axes: as many axes as the deepest network has layers.
    """
    groups = grouped(run for run in parse_runs(runs) if collaborates(run.variant) and run.history)
    flat = list(np.asarray(axes, dtype=object).ravel())
    for layer, ax in enumerate(flat):
        for group in groups:
            curves = [_held_gamma(run, layer) for run in group.runs]
            if all(curves):
                _draw(ax, _across_seeds(curves), line_style(group.path, group.variant), group.label)
        _mark_stages(ax, groups, named=True)
        ax.set_title(f"layer {layer + 1}", pad=20 if _stage_starts(groups) else 6)
        ax.set_ylabel("" if layer else "collaboration strength γ")
        _over_epochs(ax).set_xlabel("epoch")
        ax.margins(y=0.08)
    return flat


Series = list[tuple[int, float, float, float]]
"""Epoch from 1, mean, least and greatest value over seeds."""


def _series(group: Group, value: Callable[[Epoch], float | None]) -> Series:
    return _across_seeds([[value(epoch) for epoch in run.history] for run in group.runs if run.history])


def _across_seeds(curves: Sequence[Sequence[float | None]]) -> Series:
    series = []
    for index in range(max(map(len, curves), default=0)):
        known = [v for curve in curves if index < len(curve) and (v := curve[index]) is not None]
        if known:
            series.append((index + 1, statistics.fmean(known), min(known), max(known)))
    return series


def _draw(
    ax: Axes,
    series: Series,
    style: dict[str, Any],
    label: str,
    *,
    factor: float = 1.0,
    breaks: Sequence[int] = (),
) -> None:
    if not series:
        return
    rows = [(epoch, *(factor * value for value in values)) for epoch, *values in series]
    for start in breaks:  # the pen is lifted where another layer takes over
        position = next((i for i, row in enumerate(rows) if row[0] >= start), len(rows))
        rows.insert(position, (start - 0.5, math.nan, math.nan, math.nan))
    epochs, mean, low, high = (list(column) for column in zip(*rows, strict=True))
    line = ax.plot(epochs, mean, label=label, markevery=max(len(epochs) // _MARKERS, 1), **style)[0]
    show_value(
        line,
        f"{label}: {factor * series[0][1]:.4g} at epoch {series[0][0]}, "
        f"{factor * series[-1][1]:.4g} at epoch {series[-1][0]}",
    )
    if low != high and any(a < b for a, b in zip(low, high, strict=True)):
        ax.fill_between(epochs, low, high, color=style["color"], alpha=0.18, linewidth=0)


def _layer_value(epoch: Epoch, layer: int | None, name: str) -> float | None:
    chosen = [entry for entry in epoch.layers if layer is None or entry.layer == layer]
    return getattr(chosen[0], name) if chosen else None


def _held_gamma(run: ComparedRun, layer: int) -> list[float | None]:
    values = [_layer_value(epoch, layer, "gamma") for epoch in run.history]
    known = [value for value in values if value is not None]
    if not known:
        return []
    held, last = [], known[0]
    for value in values:
        last = last if value is None else value
        held.append(last)
    return list(held)


def _paths(runs: Sequence[ComparedRun]) -> list[str]:
    return list(dict.fromkeys(group.path for group in grouped(run for run in runs if run.history)))


def _goodness_panels(runs: Sequence[ComparedRun]) -> list[int | None]:
    together = any(len(epoch.layers) > 1 for run in runs for epoch in run.history)
    layers = {entry.layer for run in runs for epoch in run.history for entry in epoch.layers}
    return [*sorted(layers)] if together else [None]


def _stage_starts(groups: Sequence[Group]) -> list[int]:
    """Epochs, from 1, at which another stage begins; empty where the runs do not agree."""
    found = set()
    for group in groups:
        stages = [epoch.stage for epoch in group.runs[0].history]
        found.add(tuple(i + 1 for i in range(1, len(stages)) if stages[i] != stages[i - 1]))
    return list(found.pop()) if len(found) == 1 else []


def _mark_stages(ax: Axes, groups: Sequence[Group], *, named: bool) -> None:
    starts = _stage_starts(groups)
    if not starts:
        return
    for start in starts:
        ax.axvline(start - 0.5, color=MUTED, linewidth=0.8, linestyle=(0, (2, 2)), zorder=0)
    history = groups[0].runs[0].history
    edges = [1, *starts, len(history) + 1]
    for begin, end in pairwise(edges):
        learning = " and ".join(str(entry.layer + 1) for entry in history[begin - 1].layers)
        if named:
            ax.text(
                (begin + end - 1) / 2,
                1.02,
                f"layer {learning}",
                transform=ax.get_xaxis_transform(),
                ha="center",
                va="bottom",
                color=MUTED,
                fontsize=9,
            )


def _over_epochs(ax: Axes) -> Axes:
    ax.set_xlabel("epoch")
    ax.xaxis.set_major_locator(MaxNLocator(4, integer=True, steps=[1, 2, 5, 10]))
    ax.yaxis.set_major_locator(MaxNLocator(5, steps=[1, 2, 5, 10]))
    ax.grid(axis="y")
    if not ax.get_legend_handles_labels()[0]:
        ax.text(0.5, 0.5, "not recorded", transform=ax.transAxes, ha="center", color=MUTED)
    return ax


def _share_scale(axes: Sequence[Axes]) -> None:
    """Give axes side by side one vertical scale, with numbers on the first."""
    ends = [end for ax in axes for end in ax.get_ylim() if ax.get_legend_handles_labels()[0]]
    for ax in axes:
        if ends:
            ax.set_ylim(min(ends), max(ends))
        ax.tick_params(axis="y", labelleft=ax is axes[0])


def curve_handles(runs: Runs, *, by_path: bool) -> list[Line2D]:
    """Return legend entries: a variant each, or a path and variant each."""
    groups = grouped(parse_runs(runs))
    if by_path:
        return [Line2D([], [], label=g.label, **line_style(g.path, g.variant)) for g in groups]
    variants = dict.fromkeys(group.variant for group in groups)
    return [Line2D([], [], label=variant_label(v), **line_style("dense", v)) for v in variants]


def sign_handles() -> list[Line2D]:
    """Return legend entries for the goodness of positive and of negative images."""
    return [
        Line2D([], [], color=INK, label="goodness, positive"),
        Line2D([], [], color=INK, linestyle=(0, (1, 1.4)), label="goodness, negative"),
    ]
