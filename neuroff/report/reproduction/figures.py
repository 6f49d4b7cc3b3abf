"""The figures of a reproduction, complete with title and legend; draw inside `neuroff.report.theme.theme`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from matplotlib.figure import Figure
from matplotlib.patches import Patch

from neuroff.report.figures import new_figure
from neuroff.report.reproduction.bars import final_accuracy_bars, gain_intervals, gains_of_collaboration
from neuroff.report.reproduction.choices import memory_bars, reading_rows, rule_handles, time_bars
from neuroff.report.reproduction.columns import data_set_title, title_of
from neuroff.report.reproduction.comparing import Gain, gains
from neuroff.report.reproduction.curves import (
    collaborative,
    error_curves,
    gamma_curves,
    has_held_out,
    layers_of,
    log_accuracy_curves,
)
from neuroff.report.reproduction.details import depth
from neuroff.report.reproduction.layers import (
    accuracy_handles,
    alone_and_together,
    described,
    goodness_histogram,
    histogram_handles,
    layer_rows,
    separations,
    signals_left,
)
from neuroff.report.reproduction.look import column_handles, paper_handle
from neuroff.report.reproduction.model import Reproduction
from neuroff.report.reproduction.paper import PAPER, PaperNumbers, Published
from neuroff.report.reproduction.readings import by_reading
from neuroff.report.theme import INK, bar_style
from neuroff.results.cost import Cost
from neuroff.results.readings import Readings
from neuroff.results.reproduction import Column, ReproducedRun

Figures = Iterator[tuple[str, Figure]]


def reproduction_figures(results: Reproduction, readings: Sequence[Readings], cost: Cost | None) -> Figures:
    """Yield name and figure of everything there is data for: of the results, ``readings-…`` and ``cost``."""
    yield from result_figures(results, PAPER)
    for found in readings:
        yield f"readings-{found.dataset}", _readings(found)
    if cost:
        yield "cost", _cost(cost)


def result_figures(results: Reproduction, paper: PaperNumbers) -> Figures:
    """Yield name and figure of what the runs say.

    Names are ``accuracy-<data set>``, ``dynamics-error-…``, ``gamma-…``, ``goodness-…`` and
    ``separation-…``, with the paper ``dynamics-log-…`` as well; ``gains`` is of all data sets.
    """
    for dataset, columns in results.items():
        yield f"accuracy-{dataset}", _accuracy(dataset, columns, paper.get(dataset, {}))
    compared = gains_of_collaboration(gains(results, paper))
    if compared:
        yield "gains", _gains(compared)
    for dataset, columns in results.items():
        if paper and _have_curves(columns):
            # in the paper's form, so of the columns that it has; the errors are drawn of all
            published = {name: column for name, column in columns.items() if name in paper.get(dataset, {})}
            yield f"dynamics-log-{dataset}", _log_dynamics(dataset, published or columns)
        yield from _of_data_set(dataset, columns)


def _have_curves(columns: Mapping[str, Column]) -> bool:
    return any(run.curves for column in columns.values() for run in column.runs)


def _of_data_set(dataset: str, columns: Mapping[str, Column]) -> Figures:
    if _have_curves(columns):
        yield f"dynamics-error-{dataset}", _error_dynamics(dataset, columns)
    if collaborative(columns):
        yield f"gamma-{dataset}", _gamma(columns)
    if described(columns):
        yield f"goodness-{dataset}", _goodness(described(columns))
        yield f"separation-{dataset}", _separation(described(columns))


def _accuracy(dataset: str, columns: Mapping[str, Column], paper: Mapping[str, Published]) -> Figure:
    figure = new_figure(3.4)
    final_accuracy_bars(columns, paper, figure.subplots()).set_title(data_set_title(dataset))
    handles = [
        Patch(**bar_style("spiking", INK), label="training images"),
        Patch(**bar_style("dense", INK), label="test images"),
    ]
    papers = [paper_handle()] if set(paper) & set(columns) else []
    figure.legend(handles=[*handles, *papers], loc="outside lower center", ncols=3)
    return figure


def _gains(compared: Sequence[Gain]) -> Figure:
    by_data_set: dict[str, list[Gain]] = {}
    for gain in compared:
        by_data_set.setdefault(gain.dataset, []).append(gain)
    heights = [len(found) for found in by_data_set.values()]
    figure = new_figure(1.0 + 0.36 * len(heights) + 0.42 * sum(heights))
    axes = figure.subplots(len(heights), 1, sharex=True, squeeze=False, height_ratios=heights)[:, 0]
    for ax, (dataset, found) in zip(axes, by_data_set.items(), strict=True):
        gain_intervals(found, ax).set_title(data_set_title(dataset))
        if ax is not axes[-1]:
            ax.set_xlabel("")
    if any(gain.published is not None for gain in compared):
        figure.legend(handles=[paper_handle("the paper's gain")], loc="outside lower center")
    return figure


def _log_dynamics(dataset: str, columns: Mapping[str, Column]) -> Figure:
    figure = new_figure(3.6)
    log_accuracy_curves(dataset, columns, figure.subplots()).set_title(data_set_title(dataset), pad=20)
    figure.legend(handles=column_handles(columns), loc="outside lower center", ncols=3)
    return figure


def _error_dynamics(dataset: str, columns: Mapping[str, Column]) -> Figure:
    parts = (False, True) if has_held_out(columns) else (False,)
    figure = new_figure(1.2 + 2.3 * len(parts))
    axes = figure.subplots(len(parts), 1, sharex=True, squeeze=False)[:, 0]
    for ax, held_out in zip(axes, parts, strict=True):
        error_curves(columns, ax, held_out=held_out)
        if ax is not axes[-1]:
            ax.set_xlabel("")
    axes[0].set_title(data_set_title(dataset), pad=20)
    figure.legend(handles=column_handles(columns), loc="outside lower center", ncols=3)
    return figure


def _gamma(columns: Mapping[str, Column]) -> Figure:
    shown = collaborative(columns)
    layers = layers_of(shown)
    width = min(layers, 2)
    rows = -(-layers // width)
    figure = new_figure(0.9 + 2.2 * rows)
    axes = figure.subplots(rows, width, sharex=True, sharey=True, squeeze=False).ravel()
    for layer, ax in enumerate(axes[:layers]):
        gamma_curves(shown, layer, ax)
        ax.set_ylabel("" if layer % width else "collaboration strength γ")
    for ax in axes[layers:]:
        ax.set_visible(False)
    figure.legend(handles=column_handles(shown), loc="outside lower center", ncols=2)
    return figure


def _goodness(columns: Mapping[str, Column]) -> Figure:
    layers = max(map(depth, columns.values()))
    figure = new_figure(0.9 + 1.15 * len(columns))
    axes = figure.subplots(len(columns), layers, squeeze=False)
    thresholds = []
    for row, (name, column) in enumerate(columns.items()):
        run = next(run for run in column.runs if run.layers)
        thresholds.append(_threshold(run))
        for layer, ax in enumerate(axes[row]):
            if layer >= len(run.layers):
                ax.set_visible(False)
                continue
            goodness_histogram(run.layers[layer], ax, thresholds[-1])
            if row == 0:
                ax.set_title(f"layer {layer + 1}")
            if row == len(columns) - 1:
                ax.set_xlabel("goodness")
        axes[row, 0].set_ylabel(title_of(name).replace(" ", "\n"))
    handles = histogram_handles(any(value is not None for value in thresholds))
    figure.legend(handles=handles, loc="outside lower center", ncols=len(handles))
    return figure


def _threshold(run: ReproducedRun) -> float | None:
    return run.chosen.training.theta if run.chosen.training.loss == "threshold" else None


def _separation(columns: Mapping[str, Column]) -> Figure:
    figure = new_figure(1.3 + 0.27 * len(layer_rows(columns)))
    axes = figure.subplots(1, 3, sharey=True, width_ratios=[1.25, 1, 1])
    for draw, ax in zip((alone_and_together, separations, signals_left), axes, strict=True):
        draw(columns, ax)
    axes[0].set_ylabel("algorithm, layer")
    figure.legend(handles=accuracy_handles(), loc="outside lower center", ncols=2)
    return figure


def _readings(readings: Readings) -> Figure:
    figure = new_figure(1.0 + 0.3 * len(by_reading(readings)))
    reading_rows(readings, figure.subplots()).set_title(data_set_title(readings.dataset))
    figure.legend(handles=rule_handles(), loc="outside lower center", ncols=4)
    return figure


def _cost(cost: Cost) -> Figure:
    figure = new_figure(0.9 + 0.4 * len(cost.columns))
    left, right = figure.subplots(1, 2, sharey=True)
    time_bars(cost, left)
    memory_bars(cost, right)
    return figure
