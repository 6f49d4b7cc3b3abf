"""The figures of a comparison, each complete with its title and legend.

`figures_of` draws them all. The functions below it that take an axes are for figures of your own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import zip_longest
from textwrap import shorten
from typing import Any

from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine

from neuroff.checks import require_number
from neuroff.report.bars import accuracy_bars, energy_bars, energy_limits_J
from neuroff.report.confusion_map import confusion_map
from neuroff.report.curves import (
    accuracy_curves,
    curve_handles,
    gamma_over_time,
    goodness_curves,
    sign_handles,
    training_curves,
    training_panels,
)
from neuroff.report.energy_section import profile_ids
from neuroff.report.frontier import Measured, frontier
from neuroff.report.heat import bus_heat_map
from neuroff.report.lines import (
    Curve,
    accuracy_against_bits,
    accuracy_against_steps,
    error_against_steps,
    gamma_and_threshold,
    values_over_epochs,
)
from neuroff.report.neurons import rate_histogram, receptive_fields
from neuroff.report.raster import raster_panels, raster_title, raster_words, show_image, spike_raster
from neuroff.report.summary import Group, by_preset, collaborates, grouped
from neuroff.report.traces import has_traces, raster_with_traces, trace_height_ratios, trace_panels
from neuroff.results.comparison import ComparedRun, ComparisonResult
from neuroff.results.raster import Raster

WIDTH_INCHES = 5.6
"""Width of every figure: type of 10 points in it stays legible on a phone, which is about as wide."""
_TITLE_LETTERS = 52  # that fit over the bars

__all__ = [
    "Curve",
    "Measured",
    "accuracy_against_bits",
    "accuracy_against_steps",
    "accuracy_bars",
    "accuracy_curves",
    "bus_heat_map",
    "energy_bars",
    "error_against_steps",
    "figures_of",
    "frontier",
    "gamma_and_threshold",
    "gamma_over_time",
    "goodness_curves",
    "new_figure",
    "raster_panels",
    "raster_with_traces",
    "rate_histogram",
    "receptive_fields",
    "show_image",
    "spike_raster",
    "trace_height_ratios",
    "trace_panels",
    "training_curves",
    "training_panels",
    "values_over_epochs",
]


def figures_of(comparison: Mapping[str, Any] | ComparisonResult) -> Iterator[tuple[str, Figure]]:
    """Yield name and figure of everything a comparison has data for; draw inside `theme.themed`.

    Names are ``accuracy``, ``energy``, ``confusion-<path>``, ``training``, ``gamma`` (and for a further
    preset, such as groups, ``training-groups``, ``gamma-groups``), ``raster-<variant>-<seed>`` and, where it
    has traces, ``traces-<variant>-<seed>`` of the last one of each preset: rasters show the others.

    Raises:
        RunError: if the comparison is not valid.
    """
    shown = ComparisonResult.of(comparison, "comparison")
    yield "accuracy", _accuracy(shown)
    if any(run.energy for run in shown.runs):
        yield "energy", _energy(shown)
    for path, (title, counts) in _confusions(shown).items():
        figure = new_figure(5.2)
        confusion_map(counts, shown.classes, figure.subplots()).set_title(title, fontsize=10)
        yield f"confusion-{path}", figure
    for name, runs in by_preset(shown.runs).items():
        suffix = f"-{name}" if name else ""
        if any(run.history for run in runs):
            yield f"training{suffix}", _training(runs)
        if any(run.history and collaborates(run.variant) for run in runs):
            yield f"gamma{suffix}", _gamma(runs)
    last = {raster.variant.rpartition("-")[0]: raster for raster in shown.rasters}
    for raster in shown.rasters:
        yield f"raster-{raster.variant}-{raster.seed}", _raster(raster)
        if has_traces(raster) and raster in last.values():
            yield f"traces-{raster.variant}-{raster.seed}", _traces(raster)


def new_figure(height_inches: float) -> Figure:
    """Return an empty figure of the common width, laid out so that nothing overlaps."""
    require_number("height_inches", height_inches, above=0.0, where="new_figure")
    layout = ConstrainedLayoutEngine(w_pad=0.06, h_pad=0.06, wspace=0.04, hspace=0.04)
    return Figure(figsize=(WIDTH_INCHES, height_inches), layout=layout)


def _confusions(shown: ComparisonResult) -> dict[str, tuple[str, list[list[int]]]]:
    """Return title and counts, summed over seeds, of the most accurate network of each path."""
    kept = [group for group in grouped(shown.runs) if all(run.confusion for run in group.runs)]
    best: dict[str, Group] = {}
    for group in kept:
        if group.path not in best or group.test_accuracy.mean > best[group.path].test_accuracy.mean:
            best[group.path] = group
    return {
        path: (
            f"{group.label}: share of a true class (%)",
            [
                [sum(cells) for cells in zip(*rows, strict=True)]
                for rows in zip(*(run.confusion for run in group.runs), strict=True)
            ],
        )
        for path, group in best.items()
    }


def _accuracy(shown: ComparisonResult) -> Figure:
    presets = by_preset(shown.runs)
    figure = new_figure(3.2 * len(presets))
    rows = figure.subplots(len(presets), 1, squeeze=False)[:, 0]
    for (name, runs), ax in zip(presets.items(), rows, strict=True):
        accuracy_bars(runs, ax)
        if len(presets) > 1:
            ax.set_title(name or shown.preset)
    return figure


def _energy(shown: ComparisonResult) -> Figure:
    groups = grouped(shown.runs)
    profiles = [name for name in profile_ids(shown) if any(group.energy(name) for group in groups)]
    figure = new_figure(0.6 + len(profiles) * (0.5 + 0.24 * len(groups)))
    axes = figure.subplots(len(profiles), 1, sharex=True, squeeze=False)[:, 0]
    limits = energy_limits_J(groups, profiles)
    for name, ax in zip(profiles, axes, strict=True):
        energy_bars(shown.runs, name, ax, limits_J=limits)
        title = shown.profiles[name].name if name in shown.profiles else name
        ax.set_title(shorten(title, _TITLE_LETTERS, placeholder="…"))
        if ax is not axes[-1]:
            ax.set_xlabel("")
    return figure


def _training(shown: Sequence[ComparedRun]) -> Figure:
    rows, columns = training_panels(shown)
    figure = new_figure(0.9 + 1.75 * rows)
    training_curves(shown, figure.subplots(rows, columns, sharex="col", squeeze=False))
    variants, signs = curve_handles(shown, by_path=False), sign_handles()
    # Legends fill by column: variants above, signs below.
    entries = [entry for pair in zip_longest(variants, signs) for entry in pair if entry is not None]
    figure.legend(
        handles=entries, loc="outside lower center", ncols=len(variants) if len(variants) > 1 else 3
    )
    return figure


def _gamma(shown: Sequence[ComparedRun]) -> Figure:
    runs = [run for run in shown if collaborates(run.variant) and run.history]
    layers = 1 + max(entry.layer for run in runs for epoch in run.history for entry in epoch.layers)
    columns = min(layers, 2)
    rows = -(-layers // columns)
    figure = new_figure(0.9 + 2.2 * rows)
    axes = figure.subplots(rows, columns, sharex=True, sharey=True, squeeze=False).ravel()
    gamma_over_time(runs, axes[:layers])
    for ax in axes[layers:]:
        ax.set_visible(False)
    figure.legend(handles=curve_handles(runs, by_path=True), loc="outside lower center", ncols=2)
    return figure


def _raster(raster: Raster) -> Figure:
    rows, columns = raster_panels(raster)
    figure = new_figure(1.2 + 2.25 * rows)
    head, body = figure.subfigures(2, 1, height_ratios=[1.0, 2.25 * rows], squeeze=False)[:, 0]
    axes = body.subplots(rows, columns, squeeze=False, width_ratios=[1, 1, 0.8])
    spike_raster(raster, axes)
    image = head.add_axes((0.02, 0.04, 0.2, 0.92))
    show_image(raster, image)
    head.text(0.24, 0.8, raster_title(raster), va="center", fontweight="bold", fontsize=10.5)
    head.text(0.24, 0.36, raster_words(raster), va="center", linespacing=1.35)
    return figure


def _traces(raster: Raster) -> Figure:
    rows, columns = trace_panels(raster)
    figure = new_figure(0.6 + 3.1 * len(raster.layers))
    axes = figure.subplots(rows, columns, squeeze=False, height_ratios=trace_height_ratios(raster))
    raster_with_traces(raster, axes)
    figure.suptitle(raster_title(raster), x=0.01, ha="left", fontweight="bold", fontsize=10.5)
    return figure
