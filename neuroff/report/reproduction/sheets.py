"""The tables of a reproduction as files: accuracies over seeds, and gains with intervals and tests."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from neuroff.experiments.statistics import spread
from neuroff.report.formats import Cell, Sheet
from neuroff.report.reproduction.comparing import Gain, gains
from neuroff.report.reproduction.model import Reproduction
from neuroff.report.reproduction.paper import PAPER, PaperNumbers
from neuroff.report.reproduction.preset_tables import preset_grids
from neuroff.report.reproduction.tables import result_grids


def reproduction_sheets(results: Reproduction) -> tuple[Sheet, ...]:
    """Return ``accuracy-<data set>``, ``data-sets`` and ``gains`` of the paper's columns."""
    names = [*(f"accuracy-{dataset}" for dataset in results), "data-sets", "gains"]
    found = zip(names, result_grids(results), strict=False)
    return tuple(Sheet(name, grid, _records(name, results, PAPER)) for name, grid in found)


def preset_sheets(results: Reproduction, title: str, paper: PaperNumbers) -> tuple[Sheet, ...]:
    """Return ``accuracy-<data set>`` and ``gains`` of a preset that the paper does not have."""
    names = [*(f"accuracy-{dataset}" for dataset in results), "gains"]
    found = zip(names, preset_grids(results, title), strict=False)
    return tuple(Sheet(name, grid, _records(name, results, paper)) for name, grid in found)


def _records(name: str, results: Reproduction, paper: PaperNumbers) -> list[Mapping[str, Cell]]:
    if name == "gains":
        return list(_gains(gains(results, paper)))
    dataset = name.removeprefix("accuracy-")
    chosen = [dataset] if dataset in results else list(results)
    return [record for each in chosen for record in _accuracies(results, each)]


def _accuracies(results: Reproduction, dataset: str) -> Iterator[Mapping[str, Cell]]:
    for name, column in results[dataset].items():
        record: dict[str, Cell] = {"dataset": dataset, "column": name, "seeds": len(column.seeds)}
        for part in ("train", "test"):
            over_seeds = spread(getattr(column, part))
            record |= {
                f"{part}_accuracy_mean": over_seeds.mean,
                f"{part}_accuracy_sd": over_seeds.deviation,
                f"{part}_accuracy_ci95_low": over_seeds.low,
                f"{part}_accuracy_ci95_high": over_seeds.high,
            }
        yield record


def _gains(compared: Sequence[Gain]) -> Iterator[Mapping[str, Cell]]:
    for gain in compared:
        yield {
            "dataset": gain.dataset,
            "base": gain.base,
            "column": gain.column,
            "pairs": gain.test.pairs,
            "gain": gain.test.difference,
            "ci95_low": gain.test.low,
            "ci95_high": gain.test.high,
            "p_holm": gain.p_holm,
            "cohens_d": gain.test.cohens_d,
            "published": gain.published,
        }
