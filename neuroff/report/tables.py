"""The comparison as a table for the terminal."""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping
from typing import Any, Final

from neuroff.report import cells
from neuroff.report.energy_section import profile_ids
from neuroff.report.grid import WIDTH_COLUMNS, FittedTable, Grid, rich_table
from neuroff.report.printed import DOES_NOT_FIT, MISSING, UNPRICED
from neuroff.report.summary import Group, grouped, measures_of, variant_label
from neuroff.results.comparison import ComparisonResult

_YEAR: Final = re.compile(r"(?<=\D)(?=\d+$)")
_ENERGY_WIDTH: Final = 8
_PADDING = 2  # columns between two columns, one of which is the divider


def comparison_table(comparison: Mapping[str, Any] | ComparisonResult) -> FittedTable:
    """Return a comparison as a table of at most 100 columns, a row per path and variant.

    For one seed and three profiles 80 columns are enough. With several seeds, accuracies and margins are
    mean ± standard deviation, everything else means. Profiles that do not fit are named under the table.

    Raises:
        RunError: if the comparison is not valid.
    """
    shown = ComparisonResult.of(comparison, "comparison")
    groups = grouped(shown.runs)
    columns = {
        "network": [group.label for group in groups],
        "test\nacc. %": [cells.percent(group.test_accuracy) for group in groups],
        "goodness\nmargin": [
            cells.number(group.statistic(lambda run: run.goodness_margin)) for group in groups
        ],
        "firing\nrate": [cells.firing_rates(group) for group in groups],
        "syn.\nops": [_mean_operations(group) for group in groups],
    }
    shown_times = [_presentations(group) for group in groups]
    if len(set(shown_times)) > 1:  # margins of different goodness do not compare
        del columns["goodness\nmargin"]
        del columns["network"]
        named = [f"{group.path} {variant_label(group.variant).partition(',')[0]}" for group in groups]
        columns = {"network": named, "times\nshown": shown_times, **columns}
    for name in measures_of(groups):
        columns[name.replace(" ", "\n")] = [cells.number(group.measure(name)) for group in groups]
    left_out: list[str] = []
    for name in profile_ids(shown):
        column = {_heading(name): [_mean_energy(group, name) for group in groups]}
        if left_out or _width(columns | column) > WIDTH_COLUMNS:
            left_out.append(name)
        else:
            columns |= column
    return _table(shown, groups, columns, left_out)


def _table(
    shown: ComparisonResult, groups: tuple[Group, ...], columns: dict[str, list[str]], left_out: list[str]
) -> FittedTable:
    seeds = len({run.seed for run in shown.runs})
    presets = " and ".join((shown.preset, *shown.beside)) if shown.preset else ""
    title = f"{shown.dataset}, preset {presets}" if presets else shown.dataset
    paths = [group.path for group in groups]
    grid = Grid(
        title + (f", {seeds} seeds" if seeds > 1 else ""),
        tuple(columns),
        tuple(zip(*columns.values(), strict=True)),
        (_caption(columns, left_out, _exported(shown)), *_warned(shown)),
        breaks=frozenset(i for i, (one, next_one) in enumerate(itertools.pairwise(paths)) if one != next_one),
    )
    return rich_table(grid)


def _warned(shown: ComparisonResult) -> list[str]:
    return [f"Warning, {warning}." for warning in shown.warnings()]


def _exported(shown: ComparisonResult) -> list[str]:
    """Return the profiles on which every run is priced as it is exported, or some are."""
    return [
        name
        for name in shown.profiles
        if any(run.energy[name].priced_as == "exported" for run in shown.runs if name in run.energy)
    ]


def _caption(columns: Mapping[str, list[str]], left_out: list[str], exported: list[str]) -> str:
    printed = [cell for column in columns.values() for cell in column]
    lines = ["Operations are per prediction in this simulator; energy is computed, not measured."]
    if exported:
        lines.append(
            f"Energy as the network is exported: {', '.join(exported)}; elsewhere in this simulator."
        )
    if any(cell.startswith("≥") for cell in printed):
        lines.append("≥ some of the counted work has no price, so this is a lower bound.")
    if UNPRICED in printed:
        lines.append(f"{UNPRICED}: the profile prices none of the counted work.")
    if DOES_NOT_FIT in printed:
        lines.append(f"{DOES_NOT_FIT}: the device is too small for the network.")
    if "times\nshown" in columns:
        lines.append("Shown once: one goodness per class (groups). Shown once per label: all others.")
    if left_out:
        lines.append(f"Not shown for want of room: {', '.join(left_out)}.")
    return "\n".join(lines)


def _heading(profile: str) -> str:
    """Break a profile's id in lines of about the width of an energy."""
    parts = [part for part in profile.split("-") if part]
    return "\n".join(_YEAR.sub("\n", part) if len(part) > _ENERGY_WIDTH else part for part in parts)


def _width(columns: Mapping[str, list[str]]) -> int:
    widths = [
        max(len(line) for cell in (heading, *column) for line in cell.split("\n"))
        for heading, column in columns.items()
    ]
    return sum(widths) + _PADDING * (len(widths) - 1)


def _presentations(group: Group) -> str:
    return cells.count(group.statistic(lambda run: run.presentations))


def _mean_operations(group: Group) -> str:
    value = group.statistic(lambda run: run.synaptic_operations)
    return MISSING if value is None else cells.quantity(value.without_spread(), digits=2)


def _mean_energy(group: Group, profile: str) -> str:
    value = group.energy(profile)
    return cells.energy(value.without_spread() if value else None)
