"""Tables and figures of studies of the spiking path, as `neuroff.experiments.spiking_study` makes them."""

from __future__ import annotations

import statistics
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from neuroff import decimals
from neuroff.errors import RunError
from neuroff.files import write_bytes
from neuroff.report.formats import Cell, Sheet, write_sheets
from neuroff.report.grid import Grid, markdown_table
from neuroff.report.printed import fixed, plus_minus
from neuroff.report.save import USUAL, write_drawings
from neuroff.results.study import StudyResult, StudyRow

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_COLUMNS: Final = MappingProxyType(
    {
        "held_out_accuracy": "held_out",
        "held_out_accuracy_collaborative": "held_out_collaborative",
        "test_accuracy": "test",
        "firing_rate": "mean_rate",
        "spikes_per_image": "spikes_per_image",
    }
)


def study_grid(result: Mapping[str, Any] | StudyResult) -> Grid:
    """Return the table of a study: a row per case, means over its seeds."""
    shown = StudyResult.of(result, "study")
    rows = []
    for members in _cases(shown):
        rows.append(
            (
                _words(members[0]),
                str(members[0].T),
                plus_minus([row.held_out for row in members]),
                plus_minus([row.held_out_collaborative for row in members]),
                plus_minus([row.test for row in members]),
                fixed(statistics.fmean(row.mean_rate for row in members), 3),
                decimals.fixed(statistics.fmean(row.spikes_per_image for row in members), 0, ","),
            )
        )
    return Grid(
        f"{shown.title} ({shown.dataset})",
        ("case", "T", "held out\n%", "held out\n%, Σ C", "test\n%", "mean\nrate", "spikes\nper image"),
        tuple(rows),
        notes=(_scale(shown),),
    )


def study_figures(result: Mapping[str, Any] | StudyResult) -> Iterator[tuple[str, Figure]]:
    """Yield name and figure of what a study has to draw; draw inside `neuroff.report.theme.theme`.

    The bus has accuracy over bits and a grid of bits and delay, the frontier accuracy over spikes; the others
    are tables.
    """
    from neuroff.report.figures import new_figure
    from neuroff.report.frontier import frontier
    from neuroff.report.heat import bus_heat_map

    shown = StudyResult.of(result, "study")
    name = f"{shown.study}-{shown.dataset}"
    if shown.study == "bus":
        bits, delays, shares = _bus_cells(shown)
        figure = new_figure(2.6)
        labels = ["exact" if bit is None else int(bit) for bit in bits]
        ax = bus_heat_map(labels, delays, shares, figure.subplots())
        ax.set_title(f"{_title(shown)} {ax.get_title(loc='left')}", fontweight="normal", fontsize=10)
        yield name, figure
    elif shown.study == "frontier":
        figure = new_figure(3.6)
        frontier(_frontier_marks(shown), figure.subplots(), axis="spikes per image, all labels presented")
        yield name, figure


def study_sheet(result: Mapping[str, Any] | StudyResult) -> Sheet:
    """Return the table of a study as files: means and sample deviations over the seeds of a case."""
    shown = StudyResult.of(result, "study")
    return Sheet(f"{shown.study}-{shown.dataset}", study_grid(shown), [*map(_record, _cases(shown))])


def write_study(
    result: Mapping[str, Any] | StudyResult,
    directory: Path,
    figures: Sequence[str] = USUAL,
    tables: Sequence[str] = (),
) -> list[Path]:
    """Write table and figures of a study beside its JSON, and return the files.

    Args:
        result: what `neuroff.experiments.spiking_study.run_study` returns.
        directory: where to write.
        figures: their formats, some of `neuroff.report.formats.FIGURES`.
        tables: formats of the table beside Markdown, some of `neuroff.report.formats.TABLES`.

    Raises:
        RunError: if the result is not a study's or a file cannot be written.
    """
    from neuroff.report.theme import themed

    shown = StudyResult.of(result, "study")
    with themed():
        files = write_drawings(study_figures(shown), directory, figures)
    page = directory / f"{shown.study}-{shown.dataset}.md"
    write_bytes(page, markdown_table(study_grid(shown)).encode())
    return [*files, page, *write_sheets([study_sheet(shown)], directory, tables)]


def _cases(shown: StudyResult) -> list[list[StudyRow]]:
    """Return the rows of every case, in the order in which cases first come."""
    cases: dict[str, list[StudyRow]] = {}
    for row in shown.rows:
        cases.setdefault(row.case, []).append(row)
    return list(cases.values())


def _record(members: list[StudyRow]) -> Mapping[str, Cell]:
    first = members[0]
    record: dict[str, Cell] = {"case": first.case, **first.choice, "T": first.T, "seeds": len(members)}
    for column, name in _COLUMNS.items():
        values = [value for row in members if (value := getattr(row, name)) is not None]
        known = len(values) == len(members)
        record[f"{column}_mean"] = statistics.fmean(values) if known else None
        record[f"{column}_sd"] = statistics.stdev(values) if known and len(values) > 1 else None
    return record


def _words(row: StudyRow) -> str:
    if "choice" in row.choice:
        return str(row.choice["choice"])
    return ", ".join(f"{key} {'exact' if value is None else value}" for key, value in row.choice.items())


def _scale(shown: StudyResult) -> str:
    first = shown.rows[0]
    seeds = len({row.seed for row in shown.rows})
    return (
        f"{first.train_images:,} training images, {first.held_out_images:,} held out, {first.test_images:,} "
        f"for testing; {seeds} seed{'s' if seeds > 1 else ''}; {', '.join(shown.settings)}"
    )


def _title(shown: StudyResult) -> str:
    return "held-out" if all(row.held_out is not None for row in shown.rows) else "test"


def _judged(row: StudyRow) -> float:
    return row.test if row.held_out is None else row.held_out


def _bus_cells(
    shown: StudyResult,
) -> tuple[list[int | float | str | None], list[int], list[list[float]]]:
    """Return bits, delays, and accuracies by delay and bits.

    Raises:
        RunError: if a combination is missing.
    """
    bits = list(dict.fromkeys(row.choice.get("bits") for row in shown.rows))
    delays = list(dict.fromkeys(int(row.choice.get("delay") or 0) for row in shown.rows))
    shares = [
        [
            [
                _judged(row)
                for row in shown.rows
                if row.choice.get("bits") == bit and row.choice["delay"] == delay
            ]
            for bit in bits
        ]
        for delay in delays
    ]
    if not all(cell for row in shares for cell in row):
        raise RunError("not every number of bits has every delay", where="study bus", fix="finish the study")
    return bits, delays, [[statistics.fmean(cell) for cell in row] for row in shares]


def _frontier_marks(shown: StudyResult) -> list[Any]:
    from neuroff.report.frontier import Measured

    marks = []
    for members in _cases(shown):
        penalty = members[0].choice.get("penalty")
        spikes = statistics.fmean(row.spikes_per_image for row in members)
        shares = [row.test for row in members]
        if spikes > 0:  # a network that has fallen silent costs nothing and knows nothing
            marks.append(
                Measured(
                    f"T = {members[0].T}",
                    spikes,
                    statistics.fmean(shares),
                    f"λ {penalty:g}" if penalty else "",
                    statistics.stdev(shares) if len(shares) > 1 else None,
                )
            )
    return marks
