"""The readings of the paper's open points: what was read, and the table of how well it did."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from neuroff.experiments.statistics import spread
from neuroff.report.grid import FittedTable, Grid, rich_table
from neuroff.report.printed import MISSING, percent, plus_minus, points
from neuroff.report.reproduction.columns import data_set_title, in_order, title_of
from neuroff.results.readings import ReadingRun, Readings, Rule

RULES: Final[Mapping[Rule, str]] = {"goodness": "Σ G", "collaborative": "Σ C", "last": "last C"}
"""Prediction rules in print: the sum of goodness, of collaborative goodness, and the last layer's."""


@dataclass(frozen=True)
class Reading:
    """One reading over its seeds.

    Attributes:
        variant: ff, fcff or acff.
        point: the open point that is read otherwise.
        choice: how.
        runs: one per seed.
    """

    variant: str
    point: str
    choice: str
    runs: tuple[ReadingRun, ...]

    @property
    def label(self) -> str:
        """The reading in a line."""
        return "the preset" if self.point == "base" else f"{self.point}: {self.choice}".replace("gamma", "γ")

    def accuracy(self, rule: Rule) -> list[float]:
        """Return held-out accuracy under a prediction rule, a value per seed."""
        return [run.held_out[rule] for run in self.runs if rule in run.held_out]

    def gains(self, base: Reading | None, rule: Rule) -> list[float]:
        """Return the gain over plain FF under the paper's rule, seed by seed."""
        before = {run.seed: run.held_out.get("goodness") for run in base.runs} if base else {}
        pairs = [(before.get(run.seed), run.held_out.get(rule)) for run in self.runs]
        return [after - known for known, after in pairs if known is not None and after is not None]


def by_reading(readings: Readings) -> tuple[Reading, ...]:
    """Return the readings with their seeds together, variant by variant, in the order of the file."""
    found: dict[tuple[str, str, str], list[ReadingRun]] = {}
    for run in readings.readings:
        found.setdefault((run.variant, run.point, run.choice), []).append(run)
    variants = in_order({variant for variant, _, _ in found})
    ordered = sorted(found, key=lambda key: variants.index(key[0]))
    return tuple(Reading(*key, tuple(found[key])) for key in ordered)


def base_reading(readings: tuple[Reading, ...], of: Reading | None = None) -> Reading | None:
    """Return what a reading is compared with; ``None`` where it was not run.

    Args:
        readings: all of a data set.
        of: the reading. A collaborative one is compared with plain FF that reads the same point alike, where
            there is one; everything else with plain FF under the preset.
    """
    plain = {(reading.point, reading.choice): reading for reading in readings if reading.variant == "ff"}
    alike = plain.get((of.point, of.choice)) if of and of.variant != "ff" else None
    return alike or next((reading for (point, _), reading in plain.items() if point == "base"), None)


def readings_table(readings: Mapping[str, Any] | Readings) -> FittedTable:
    """Return the readings of one data set as a table of at most 100 columns for the terminal.

    Args:
        readings: the content of ``readings-<data set>.json``.

    Raises:
        RunError: if the content is not valid.
    """
    return rich_table(readings_grid(Readings.of(readings, "readings")))


def readings_grid(readings: Readings) -> Grid:
    """Return a row per reading: held-out accuracy by prediction rule, gains over FF, γ at the end."""
    found = by_reading(readings)
    rows = tuple(
        (
            f"{title_of(reading.variant)} {reading.label}",
            percent(spread([run.train for run in reading.runs]).mean),
            *(_mean(reading.accuracy(rule)) for rule in RULES),
            plus_minus(reading.gains(base, "goodness"), sign="+"),
            _best_gain(reading, base),
            _gammas(reading),
        )
        for reading, base in ((reading, base_reading(found, reading)) for reading in found)
    )
    seeds = len({run.seed for run in readings.readings})
    scale = f"; {', '.join(readings.settings)}" if readings.settings else ""
    return Grid(
        title=f"Readings of the open points, {data_set_title(readings.dataset)}, held-out accuracy in %",
        header=("reading", "train", *RULES.values(), "gain", "best gain", "γ at\nthe end"),
        rows=rows,
        notes=(
            f"Means over seeds; the test images take no part. Seeds: {seeds}{scale}.",
            "Predicted by Σ G: summed goodness; Σ C: summed collaborative goodness; last C: that of the last "
            "layer.",
            "gain: by Σ G, in points, over FF that reads the same point alike, or else as the preset has it;",
            "best gain: by the rule that does best.",
        ),
        breaks=frozenset(
            i for i in range(len(found) - 1) if found[i].variant != found[i + 1].variant
        ),
    )  # fmt: skip


def _mean(accuracies: list[float]) -> str:
    return percent(spread(accuracies).mean) if accuracies else MISSING


def _best_gain(reading: Reading, base: Reading | None) -> str:
    gains = {rule: reading.gains(base, rule) for rule in RULES}
    means = {rule: spread(values).mean for rule, values in gains.items() if values}
    if not means:
        return MISSING
    best = max(means, key=means.__getitem__)
    return f"{points(means[best])} {RULES[best]}"


def _gammas(reading: Reading) -> str:
    layers = zip(*(run.gamma for run in reading.runs if run.gamma), strict=False)
    return ", ".join(f"{spread(layer).mean:.3g}" for layer in layers) or MISSING
