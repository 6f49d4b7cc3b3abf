from __future__ import annotations

import copy
from typing import Any

import numpy as np
import pytest

from neuroff.errors import RunError
from neuroff.experiments.columns import COLUMNS
from neuroff.experiments.gathering import pack
from neuroff.report.reproduction.columns import title_of
from neuroff.report.reproduction.cost import parse_cost
from neuroff.report.reproduction.model import parse_reproduction
from neuroff.results.readings import Readings
from tests.report.reproduction.conftest import Make, cost_of, packed, readings_of, run_of


@pytest.fixture
def small(make: Make) -> dict[str, Any]:
    return make(("mnist",), ("ff", "acff"), (0, 1), images=100, every=500)


def test_data_sets_and_columns_come_in_the_papers_order(make: Make) -> None:
    results = make(("digits", "mnist", "fashion-mnist"), ("bp", "acff", "ff"), (0,), images=100, every=500)
    results["mnist"]["another"] = copy.deepcopy(results["mnist"]["ff"])
    results["empty"] = {}
    parsed = parse_reproduction(results)
    assert list(parsed) == ["mnist", "fashion-mnist", "digits"]
    assert list(parsed["mnist"]) == ["ff", "acff", "bp", "another"]


def test_bits_are_read_as_they_were_packed() -> None:
    right = np.random.default_rng(0).random(101) < 0.7
    run = run_of("mnist", "ff", 0, 101, 1000, 500)
    run |= {"right": pack(right), "accuracy": {"train": 0.5, "test": float(right.mean())}}
    column = {"seeds": [0], "train": [0.5], "test": [float(right.mean())], "runs": [run]}
    (parsed,) = parse_reproduction({"mnist": {"ff": column}})["mnist"]["ff"].runs
    assert (parsed.right_images() == right).all()
    assert pack(right) == packed(right)


def test_titles_are_those_of_the_runs() -> None:
    for name, column in COLUMNS.items():
        assert title_of(name) == column.title


def test_lists_without_runs_and_seeds_are_enough() -> None:
    column = parse_reproduction({"mnist": {"ff": {"train": [0.9, 0.91], "test": [0.8, 0.81]}}})["mnist"]["ff"]
    assert column.seeds == (0, 1)
    assert column.gaps == pytest.approx((0.1, 0.1))


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("right", "not base64!", "base64"),
        ("right", "AAAA", "3 bytes of bits for 100"),
        ("right", packed(np.zeros(100, dtype=bool)), "0.0000 of the test images are right"),
        ("images", {"test": 0}, "images.test"),
        ("images", {"test": 10**9}, "images.test"),
        ("seed", -1, "seed"),
        ("seed", 7, "do not have the seeds"),
        ("accuracy", {"train": 0.5, "test": float("nan")}, "accuracy.test"),
        ("seconds", "soon", "seconds"),
        ("test_file_sha256", "xyz", "test_file_sha256"),
        ("curves", [{"stage": 0, "epoch": 2, "train": 0.5}, {"stage": 0, "epoch": 2, "train": 0.5}], "rise"),
        ("curves", [{"stage": 0, "epoch": 0, "train": 0.5}], "epoch"),
        ("curves", [{"stage": 0, "epoch": 1, "train": 2}], "train"),
        ("layers", {"alone": 1}, "layers"),
        ("config", {"training": {"theta": "two"}}, "theta"),
    ],
)
def test_a_wrong_run_is_one_clear_error(small: dict[str, Any], key: str, value: Any, message: str) -> None:
    small["mnist"]["acff"]["runs"][1][key] = value
    with pytest.raises(RunError, match=rf"reproduction: mnist\.acff.*{message}.*neuroff reproduce"):
        parse_reproduction(small)


@pytest.mark.parametrize(
    ("histogram", "message"),
    [
        ({"edges": [0, 1], "positive": [1, 1], "negative": [1]}, "between every two edges"),
        ({"edges": [0, 1, 1], "positive": [1, 1], "negative": [1, 1]}, "must rise"),
        ({"edges": [0, 1], "positive": [0], "negative": [1]}, "counts nothing"),
        ({"edges": [0, 1], "positive": [-1], "negative": [1]}, "positive"),
        ({"edges": [0], "positive": [], "negative": []}, "edges"),
        ({"edges": [0, float("inf")], "positive": [1], "negative": [1]}, "edges"),
    ],
)
def test_a_wrong_histogram_is_one_clear_error(
    small: dict[str, Any], histogram: dict[str, Any], message: str
) -> None:
    small["mnist"]["ff"]["runs"][0]["layers"][0]["histogram"] = histogram
    with pytest.raises(RunError, match=message):
        parse_reproduction(small)


@pytest.mark.parametrize(
    ("results", "message"),
    [
        ({"mnist": []}, "mnist"),
        ({"mnist": {"ff": None}}, "mnist.ff"),
        ({"mnist": {"ff": {}}}, "mnist.ff"),
        ({"mnist": {"ff": {"train": [], "test": []}}}, "at least 1"),
        ({"mnist": {"ff": {"train": [0.5], "test": [0.5, 0.6]}}}, "one value for each"),
        ({"mnist": {"ff": {"train": [0.5, 0.5], "test": [0.5, 0.6], "seeds": [1, 1]}}}, "different seeds"),
        ({"mnist": {"ff": {"train": [0.5], "test": [1.5]}}}, "test.0"),
        ({"../mnist": {}}, "pattern"),
        ({"mnist": {"<script>": {}}}, "pattern"),
    ],
)
def test_wrong_results_are_one_clear_error(results: dict[str, Any], message: str) -> None:
    with pytest.raises(RunError, match=message):
        parse_reproduction(results)


def test_a_long_wrong_key_keeps_the_message_short() -> None:
    with pytest.raises(RunError) as caught:
        parse_reproduction({"x" * 10_000: {}})
    assert len(str(caught.value)) < 400


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"readings": []}, "readings"),
        ({"readings": [{"point": "base"}]}, r"readings\.0"),
        ({"dataset": "../x"}, "dataset"),
        ({"settings": ["x" * 100]}, "settings"),
    ],
)
def test_wrong_readings_are_one_clear_error(change: dict[str, Any], message: str) -> None:
    with pytest.raises(RunError, match=f"readings: .*{message}"):
        Readings.of(readings_of() | change, "readings")


@pytest.mark.parametrize(
    "change",
    [{"columns": {}}, {"columns": {"ff": {"seconds_per_epoch": -1}}}, {"ratio_to_ff": {"ff": float("nan")}}],
)
def test_wrong_costs_are_one_clear_error(change: dict[str, Any]) -> None:
    with pytest.raises(RunError, match="cost: "):
        parse_cost(cost_of() | change)
