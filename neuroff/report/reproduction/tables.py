"""Tables I to III as the paper sets them, and the statistics it lacks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from neuroff.report.grid import FittedTable, Grid, rich_table
from neuroff.report.printed import MISSING, fixed, p_value, percent, plus_minus, points
from neuroff.report.reproduction.columns import data_set_title, title_of
from neuroff.report.reproduction.comparing import LEVEL, Gain, gains
from neuroff.report.reproduction.model import Reproduction, parse_reproduction
from neuroff.report.reproduction.paper import PAPER, published_gain
from neuroff.results.reproduction import Column

_NUMBER_OF_TABLE: Final = {"mnist": "Table I. ", "fashion-mnist": "Table II. "}
_PRECISION = 1  # digits of a per cent that the paper prints


def reproduction_tables(results: Mapping[str, Any]) -> list[FittedTable]:
    """Return Tables I to III and the tests as tables of at most 100 columns for the terminal.

    Args:
        results: the content of ``reproduction.json``; data sets, columns and seeds may be missing.

    Raises:
        RunError: if the content is not valid.
    """
    return [rich_table(grid) for grid in result_grids(parse_reproduction(results))]


def result_grids(results: Reproduction) -> list[Grid]:
    """Return Tables I and II (a table per data set), Table III and the gains; none without results."""
    if not results:
        return []
    compared = gains(results, PAPER)
    grids = [accuracy_grid(results, dataset, compared) for dataset in results]
    grids.append(summary_grid(results, compared))
    return [*grids, gains_grid(compared)] if compared else grids


def accuracy_grid(results: Reproduction, dataset: str, compared: Sequence[Gain]) -> Grid:
    """Return Table I or II: train and test accuracy of every column, the paper's number beside it."""
    columns = results[dataset]
    has_paper = dataset in PAPER
    beside = ("paper", "diff.") if has_paper else ()
    header = ("algorithm", "seeds", "train %", *beside, "test %", *beside, "gain over FF")
    rows = []
    for name, column in columns.items():
        row = [title_of(name), str(len(column.seeds))]
        for part in ("train", "test"):
            values: tuple[float, ...] = getattr(column, part)
            row += [plus_minus(values), *(_beside(values, dataset, name, part) if has_paper else ())]
        row.append("baseline" if name == "ff" else gain_over_ff(compared, dataset, name))
        rows.append((*row, *((_paper_gain(dataset, name),) if has_paper else ())))
    return Grid(
        title=f"{_NUMBER_OF_TABLE.get(dataset, '')}Accuracy on {data_set_title(dataset)}",
        header=(*header, "paper") if has_paper else header,
        rows=tuple(rows),
        notes=(
            "Mean ± standard deviation over seeds; gains and differences are in percentage points.",
            *seed_notes(columns),
        ),
    )


def _beside(values: Sequence[float], dataset: str, name: str, part: str) -> tuple[str, str]:
    cell = PAPER[dataset].get(name)
    if cell is None:
        return MISSING, MISSING
    there: float = getattr(cell, part)
    return percent(there, _PRECISION), points(sum(values) / len(values) - there)


def gain_over_ff(compared: Sequence[Gain], dataset: str, column: str) -> str:
    """Print a column's gain over FF, mean ± standard deviation over seeds."""
    found = next((g for g in compared if (g.dataset, g.base, g.column) == (dataset, "ff", column)), None)
    return plus_minus(found.differences, sign="+") if found else MISSING


def _paper_gain(dataset: str, column: str) -> str:
    return MISSING if column == "ff" else points(published_gain(PAPER, dataset, "ff", column), _PRECISION)


def seed_notes(columns: Mapping[str, Column]) -> tuple[str, ...]:
    """Return what a table has to say about its seeds."""
    counts = {len(column.seeds) for column in columns.values()}
    notes = []
    if counts == {1}:
        notes.append("One seed: no spread and no test over seeds.")
    elif 1 in counts:
        notes.append("Columns with one seed have no spread and no test over seeds.")
    if len({column.seeds for column in columns.values()}) > 1:
        notes.append("Not all columns have the same seeds; gains are over the seeds that both have.")
    return tuple(notes)


def summary_grid(results: Reproduction, compared: Sequence[Gain]) -> Grid:
    """Return Table III: test accuracy, gain and generalisation gap of all data sets."""
    shown = list(dict.fromkeys(name for columns in results.values() for name in columns))
    rows = []
    for dataset, columns in results.items():
        title = data_set_title(dataset)
        cells = [_summary_cells(dataset, name, columns.get(name), compared) for name in shown]
        rows.append((title, *[""] * len(shown)))
        for label, row in zip(("  test %", "  gain", "  gap"), zip(*cells, strict=True), strict=True):
            rows.append((label, *row))
    has_paper = any(dataset in PAPER for dataset in results)
    return Grid(
        title="Table III. Data sets side by side" if has_paper else "Data sets side by side",
        header=("", *(_broken(title_of(name)) for name in shown)),
        rows=tuple(rows),
        notes=(
            "Gain: test accuracy over FF's, points. Gap: train minus test accuracy, points.",
            *(("In brackets: the paper's numbers, its gaps computed from its Tables I and II.",) * has_paper),
            *(
                ("Its Table III calls the gaps of FF, F-CFF and A-CFF moderate, reduced and minimal.",)
                * has_paper
            ),
        ),
        breaks=frozenset(range(3, len(rows) - 1, 4)),
    )


def _summary_cells(
    dataset: str, name: str, column: Column | None, compared: Sequence[Gain]
) -> tuple[str, str, str]:
    if column is None:
        return MISSING, MISSING, MISSING
    cells = [
        plus_minus(column.test),
        MISSING if name == "ff" else gain_over_ff(compared, dataset, name),
        plus_minus(column.gaps, sign="+"),
    ]
    there = PAPER.get(dataset, {}).get(name)
    if there:
        gain = None if name == "ff" else _paper_gain(dataset, name)
        beside = (percent(there.test, _PRECISION), gain, points(there.gap, _PRECISION))
        cells = [f"{cell}\n({word})" if word else cell for cell, word in zip(cells, beside, strict=True)]
    return cells[0], cells[1], cells[2]


def _broken(title: str) -> str:
    """Break a heading so that six columns fit a terminal."""
    return title.replace("backpropagation", "back-\npropagation").replace(" ", "\n")


def gains_grid(compared: Sequence[Gain]) -> Grid:
    """Return every comparison with its confidence interval, tests, effect size and the paper's."""
    beside = ("paper",) if any(gain.published is not None for gain in compared) else ()
    header = ("test accuracy", "seeds", "gain", *beside, "95 % CI", "p (Holm)", "Cohen's d", "images")
    rows: list[tuple[str, ...]] = []
    breaks = set()
    for index, gain in enumerate(compared):
        if not index or compared[index - 1].dataset != gain.dataset:
            breaks.add(len(rows) - 1)
            rows.append((data_set_title(gain.dataset), *[""] * (len(header) - 1)))
        rows.append(_gain_row(gain, *((points(gain.published, _PRECISION),) if beside else ())))
    tests = sum(gain.p_holm is not None for gain in compared)
    image_tests = sum(len(gain.image_tests) for gain in compared)
    return Grid(
        title="Gains in test accuracy, percentage points",
        header=header,
        rows=tuple(rows),
        notes=(
            f"p: paired t-test over seeds, Holm-corrected for {_counted(tests)}. Cohen's d is for pairs.",
            f"images: seeds that are better image by image, by McNemar's exact test, p < {LEVEL},",
            f"Holm-corrected for {_counted(image_tests)}.",
            *(
                ("– instead of a p-value: one seed, or all seeds differ by the same amount.",)
                * (tests < len(compared))
            ),
        ),
        breaks=frozenset(breaks),
    )


def _gain_row(gain: Gain, *beside: str) -> tuple[str, ...]:
    return (
        f"  {gain.title}",
        str(gain.test.pairs),
        points(gain.test.difference),
        *beside,
        _interval(gain),
        p_value(gain.p_holm),
        fixed(gain.test.cohens_d),
        _images(gain),
    )


def _counted(tests: int) -> str:
    return f"{tests} {'test' if tests == 1 else 'tests'}"


def _interval(gain: Gain) -> str:
    low, high = gain.test.low, gain.test.high
    return MISSING if low is None or high is None else f"{points(low)} to {points(high)}"


def _images(gain: Gain) -> str:
    if not gain.image_tests:
        return MISSING
    tests = len(gain.image_tests)
    worse = f"{gain.worse_images} worse of {tests}" if gain.worse_images else ""
    better = f"{gain.better_images} of {tests}"
    return f"{better}, {worse}" if worse and gain.better_images else worse or better
