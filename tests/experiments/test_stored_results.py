"""The results in docs/results are what today's presets would make again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from neuroff.config import parse_config, same_but_precision
from neuroff.config.presets import PresetName
from neuroff.config.schema import Path as RunPath
from neuroff.experiments.columns import TABLES, cells
from neuroff.experiments.gathering import stored_runs
from neuroff.files import read_json
from neuroff.report.reproduction.model import parse_reproduction

RESULTS = Path(__file__).parents[2] / "docs" / "results"
VARIATIONS: dict[str, tuple[PresetName, tuple[str, ...]]] = {
    "best-all-images": ("best", ("data.train_count=60000",)),
    "label-one-mnist": ("paper", ("label.amplitude=one",)),
    "float32-seed-mnist": ("paper", ("training.precision=float32",)),
}
STORED = [key for key, table in TABLES.items() if (RESULTS / f"{table}.json").exists()]


def test_there_are_results() -> None:
    assert ("paper", "dense") in STORED


@pytest.mark.parametrize(("start", "path"), STORED)
def test_stored_runs_have_the_configuration_of_their_preset(start: PresetName, path: RunPath) -> None:
    table = TABLES[start, path]
    stored: dict[Any, dict[str, Any]] = dict(stored_runs(RESULTS, table))
    for (dataset, column, seed), run in stored.items():
        (cell,) = cells([dataset], [column], [seed], (), start, path)
        assert same_but_precision(parse_config(run["config"], table), cell.config), cell.name
        assert run["commit"]
        assert run["versions"]["torch"]


@pytest.mark.parametrize(("start", "path"), STORED)
def test_stored_tables_can_be_reported(start: PresetName, path: RunPath) -> None:
    assert parse_reproduction(read_json(RESULTS / f"{TABLES[start, path]}.json"))


@pytest.mark.parametrize("table", VARIATIONS)
def test_stored_variations_differ_from_a_preset_as_they_are_described(table: str) -> None:
    start, settings = VARIATIONS[table]
    runs: dict[Any, dict[str, Any]] = dict(stored_runs(RESULTS, table))
    assert runs
    for (dataset, column, seed), run in runs.items():
        (cell,) = cells([dataset], [column], [seed], settings, start)
        assert parse_config(run["config"], table) == cell.config, cell.name
    assert parse_reproduction(read_json(RESULTS / f"{table}.json"))
