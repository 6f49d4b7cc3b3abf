from __future__ import annotations

from typing import Any

import pytest

from neuroff.errors import RunError
from neuroff.results.comparison import ComparisonResult, parse_runs
from neuroff.results.raster import Raster
from tests.report.conftest import Make, raster_of


def test_a_parsed_comparison_is_taken_as_it_is(make: Make) -> None:
    parsed = ComparisonResult.of(make(), "comparison")
    assert ComparisonResult.of(parsed, "comparison") is parsed
    assert parse_runs(parsed.runs) == parsed.runs


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("test_accuracy", 1.5),
        ("test_accuracy", float("nan")),
        ("test_accuracy", None),
        ("path", "quantum"),
        ("variant", "../ff"),
        ("variant", "ff\n"),
        ("synaptic_operations", -1.0),
        ("history", [{"stage": 0}]),
    ],
)
def test_a_wrong_run_is_one_clear_error(make: Make, key: str, value: Any) -> None:
    comparison = make(variants=("ff",))
    comparison["runs"][1][key] = value
    with pytest.raises(RunError, match=rf"comparison: runs\.1\.{key}.*neuroff compare"):
        ComparisonResult.of(comparison, "comparison")


def test_a_comparison_without_runs_is_refused(make: Make) -> None:
    with pytest.raises(RunError, match="runs"):
        ComparisonResult.of(make() | {"runs": []}, "comparison")
    with pytest.raises(RunError, match="dataset"):
        ComparisonResult.of({}, "comparison")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"steps": 3}, "outside"),
        ({"image": [[0, 1], [0]]}, "rows of the image"),
        ({"image": [[256]]}, "image"),
        ({"layers": []}, "layers"),
    ],
)
def test_a_wrong_raster_is_one_clear_error(change: dict[str, Any], message: str) -> None:
    with pytest.raises(RunError, match=message):
        Raster.of(raster_of("ff") | change, "raster")


def test_spikes_need_a_neuron_each() -> None:
    raster = raster_of("ff")
    raster["layers"][0]["positive"]["neurons"] = [1]
    with pytest.raises(RunError, match="differ in number"):
        Raster.of(raster, "raster")
