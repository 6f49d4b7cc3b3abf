from __future__ import annotations

from typing import Any

import pytest

from neuroff.experiments.statistics import mcnemar_test, paired_test
from neuroff.report.reproduction.comparing import Gain, gains
from neuroff.report.reproduction.model import parse_reproduction
from neuroff.report.reproduction.paper import PAPER
from tests.report.reproduction.conftest import Make


def compared(results: dict[str, Any]) -> dict[tuple[str, str, str], Gain]:
    found = gains(parse_reproduction(results), PAPER)
    return {(gain.dataset, gain.base, gain.column): gain for gain in found}


def test_every_column_meets_ff_and_the_two_variants_meet(make: Make) -> None:
    found = compared(make(("mnist",), images=400, every=500))
    assert [(base, column) for _, base, column in found] == [
        ("ff", "fcff"), ("ff", "acff"), ("ff", "bp"), ("ff", "lorberbom_earlier"), ("ff", "lorberbom_all"),
        ("fcff", "acff"),
    ]  # fmt: skip


def test_the_tests_are_those_of_the_statistics_with_holms_correction(make: Make) -> None:
    results = make(("mnist",), ("ff", "acff", "bp"), (0, 1, 2), images=2000, every=500)
    found = compared(results)
    gain = found["mnist", "ff", "acff"]
    columns = results["mnist"]
    raw = paired_test(columns["ff"]["test"], columns["acff"]["test"])
    other = paired_test(columns["ff"]["test"], columns["bp"]["test"])
    assert gain.test == raw
    assert raw.p is not None
    assert other.p is not None
    assert other.p < raw.p  # so that Holm doubles the smaller and leaves the larger
    assert gain.p_holm == pytest.approx(max(raw.p, 2 * other.p))
    assert found["mnist", "ff", "bp"].p_holm == pytest.approx(2 * other.p)
    parsed = parse_reproduction(results)["mnist"]
    images = mcnemar_test(parsed["ff"].runs[1].right_images(), parsed["bp"].runs[1].right_images())
    assert found["mnist", "ff", "bp"].image_tests[1].test == images
    assert found["mnist", "ff", "bp"].better_images == 3
    assert found["mnist", "ff", "bp"].worse_images == 0


def test_only_seeds_that_both_have_are_compared(make: Make) -> None:
    results = make(("mnist",), ("ff", "fcff", "acff"), (0, 1, 2), images=400, every=500)
    results["mnist"]["fcff"] = make(("mnist",), ("fcff",), (2, 5), images=400, every=500)["mnist"]["fcff"]
    results["mnist"]["acff"] = make(("mnist",), ("acff",), (7,), images=400, every=500)["mnist"]["acff"]
    found = compared(results)
    assert list(found) == [("mnist", "ff", "fcff")]
    gain = found["mnist", "ff", "fcff"]
    assert gain.differences == (results["mnist"]["fcff"]["test"][0] - results["mnist"]["ff"]["test"][2],)
    assert (gain.test.pairs, gain.p_holm) == (1, None)
    assert [entry.seed for entry in gain.image_tests] == [2]


def test_other_test_images_are_not_compared_one_by_one(make: Make) -> None:
    results = make(("mnist",), ("ff", "fcff"), (0, 1), images=400, every=500)
    results["mnist"]["fcff"]["runs"][0]["test_file_sha256"] = "cd" * 32
    assert [entry.seed for entry in compared(results)["mnist", "ff", "fcff"].image_tests] == [1]


def test_results_without_runs_have_no_tests_over_images() -> None:
    results = {
        "mnist": {"ff": {"train": [0.9, 0.8], "test": [0.9, 0.8]}, "bp": {"train": [1, 1], "test": [1, 1]}}
    }
    gain = compared(results)["mnist", "ff", "bp"]
    assert gain.image_tests == ()
    assert gain.test.difference == pytest.approx(0.15)


def test_nothing_to_compare_is_no_error(make: Make) -> None:
    assert compared({}) == {}
    assert compared(make(("mnist",), ("acff",), (0,), images=400, every=500)) == {}
