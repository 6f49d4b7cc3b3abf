"""Bar figures: accuracy, and energy on one profile. Functions take runs and an axes and return the axes."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullFormatter

from neuroff.energy.units import format_si
from neuroff.report import cells
from neuroff.report.hover import show_value
from neuroff.report.printed import UNPRICED, fixed
from neuroff.report.summary import Energy, Group, grouped, variant_label, variants_of
from neuroff.report.theme import INK, MUTED, PAPER, bar_style, variant_style
from neuroff.results.comparison import ComparedRun, parse_runs

Runs = Iterable[Mapping[str, Any] | ComparedRun]
_VISIBLE = 1.12
"""Ratio of upper to lower estimate from which an error bar is wider than its caps."""


def accuracy_bars(runs: Runs, ax: Axes) -> Axes:
    """Draw test accuracy: a group of bars per variant, the dense path beside the spiking one.

    With several seeds, the error bar is one standard deviation either way and every seed is a dot. The axis
    does not start at zero when all accuracies are high; two strokes across the axis then say so.
    """
    groups = grouped(parse_runs(runs))
    variants = variants_of(group.variant for group in groups)
    paths = tuple(dict.fromkeys(group.path for group in groups))
    width = min(0.8 / len(paths), 0.4)
    tops, ticks = [], []
    for group in groups:
        place = variants.index(group.variant) + (paths.index(group.path) - (len(paths) - 1) / 2) * width
        accuracy, spread = 100 * group.test_accuracy.mean, 100 * (group.test_accuracy.deviation or 0.0)
        style = bar_style(group.path, variant_style(group.variant).colour)
        bar = ax.bar(place, accuracy, 0.86 * width, label=group.label, **style)[0]
        show_value(bar, f"{group.label}: {cells.percent(group.test_accuracy)} %")
        values = [100 * run.test_accuracy for run in group.runs]
        if len(values) > 1:
            ax.errorbar(place, accuracy, spread, color=INK, capsize=3, linewidth=1.2)
            ax.plot([place] * len(values), values, "o", color=PAPER, markeredgecolor=INK, markersize=3.5)
        top = max(accuracy + spread, *values)
        ax.annotate(
            fixed(accuracy, 1), (place, top), (0, 3), textcoords="offset points", ha="center", va="bottom"
        )
        tops.append(top)
        ticks.append((place, group.path))
    ax.set_xticks(range(len(variants)), [f"\n{variant_label(variant)}" for variant in variants])
    ax.set_xticks([place for place, _ in ticks], [path for _, path in ticks], minor=True)
    ax.xaxis.remove_overlapping_locs = False
    ax.tick_params(axis="x", which="both", length=0)
    ax.set_xlim(-0.55, len(variants) - 0.45)
    for label in ax.get_xticklabels():
        label.set_fontweight("bold")
    accuracy_axis(ax, min(100 * group.test_accuracy.mean for group in groups), max(tops))
    return ax


def energy_bars(runs: Runs, profile: str, ax: Axes, *, limits_J: tuple[float, float] | None = None) -> Axes:
    """Draw the energy of one prediction on one hardware profile, a bar per path and variant, on a log axis.

    Error bars span the profile's lower and upper coefficients. A pointer and "≥" mark a lower bound: some of
    the counted work has no price. Where nothing has a price there is no bar.

    Args:
        runs: entries of a comparison.
        profile: id of the profile.
        ax: where to draw.
        limits_J: ends of the axis in joules; from the data if None.
    """
    groups = grouped(parse_runs(runs))
    low, high = limits_J or energy_limits_J(groups, [profile])
    ax.set_xscale("log")
    ax.set_xlim(low, high)
    for place, group in enumerate(groups):
        energy = group.energy(profile)
        if energy is None or energy.nominal_J.mean <= 0:
            words = "not estimated" if energy is None else cells.energy(energy)
            words += " for this work" if words == UNPRICED else ""
            _beside(ax, low, place, words, 4, color=MUTED)
            continue
        nominal = energy.nominal_J.mean
        style = bar_style(group.path, variant_style(group.variant).colour)
        bar = ax.barh(place, nominal - low, 0.72, left=low, label=group.label, **style)[0]
        ends = f"{format_si(energy.low_J, 'J')} to {format_si(max(energy.high_J, nominal), 'J')}"
        show_value(bar, f"{profile}, {group.label}: {cells.energy(energy)}, {ends}")
        _bounds(ax, place, energy)
        _beside(
            ax,
            max(energy.high_J, nominal),
            place,
            cells.energy(energy.without_spread()),
            13 if energy.is_lower_bound else 6,
        )
    ax.set_yticks(range(len(groups)), [group.label for group in groups])
    ax.set_ylim(len(groups) - 0.4, -0.6)
    ax.tick_params(axis="y", length=0)
    ax.xaxis.set_major_locator(LogLocator(numticks=6))
    ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: format_si(value, "J", trim=True)))
    ax.xaxis.set_minor_formatter(NullFormatter())
    ax.tick_params(axis="x", which="minor", length=0)
    ax.grid(axis="x")
    ax.set_xlabel("energy per image (J, log scale)")
    return ax


def energy_limits_J(groups: Sequence[Group], profiles: Iterable[str]) -> tuple[float, float]:
    """Return axis limits, in joules, that hold every energy with room for its printed value."""
    found = [energy for name in profiles for group in groups if (energy := group.energy(name))]
    priced = [energy for energy in found if energy.nominal_J.mean > 0]
    if not priced:
        return 1e-9, 1e-3
    least = min(energy.low_J or energy.nominal_J.mean for energy in priced)
    most = max(max(energy.high_J, energy.nominal_J.mean) for energy in priced)
    low = 10.0 ** math.floor(math.log10(least) - 0.3)
    return low, most * (most / low) ** 0.32


def _bounds(ax: Axes, place: int, energy: Energy) -> None:
    nominal, high = energy.nominal_J.mean, max(energy.high_J, energy.nominal_J.mean)
    if high > _VISIBLE * energy.low_J:
        ends = [[max(nominal - energy.low_J, 0.0)], [high - nominal]]
        ax.errorbar([nominal], [place], xerr=ends, color=INK, capsize=3, linewidth=1.2)
    if energy.is_lower_bound:
        _beside(ax, high, place, "▸", 2, fontsize=13)


def _beside(ax: Axes, energy_J: float, place: int, words: str, shift_points: int, **style: Any) -> None:
    ax.annotate(
        words, (energy_J, place), (shift_points, 0), textcoords="offset points", va="center_baseline", **style
    )


def accuracy_axis(ax: Axes, least: float, most: float, label: str = "test accuracy") -> None:
    """Scale and name a vertical axis of accuracies in per cent, and mark it if it does not start at zero.

    Args:
        ax: holds the bars.
        least: lowest bar.
        most: highest bar or end of an error bar.
        label: name of the accuracy.
    """
    low = 5 * math.floor((least - max(most - least, 2.0)) / 5)
    low = low if low >= 10 else 0
    ax.set_ylim(low, most + 0.12 * (most - low))
    ax.yaxis.set_major_locator(MaxNLocator(5, steps=[1, 2, 5, 10]))
    ax.set_yticks([tick for tick in ax.get_yticks() if low <= tick <= min(100, ax.get_ylim()[1])])
    ax.set_ylabel(f"{label} (%)" + (f", from {low} %" if low else ""))
    ax.grid(axis="y")
    if low:
        for height in (0.03, 0.055):
            ax.plot(
                [-0.012, 0.012], [height - 0.012, height + 0.012], transform=ax.transAxes, color=INK,
                linewidth=1.2, clip_on=False,
            )  # fmt: skip
