"""The model of an epoch's time, the bytes of a step, the error of probabilities; what is stored of them."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from benchmarks.calibration import calibration_error
from benchmarks.calibration import main as calibrate
from benchmarks.scaling import FITTED, HELD_OUT, Point, added_up, fitted, timed
from benchmarks.wire import KINDS, WIDTHS, computed
from neuroff.training.team import Alone

RESULTS = Path(__file__).parents[2] / "docs" / "results"


def test_factors_that_made_the_times_are_found_again() -> None:
    points = [point for point in FITTED if point.path == "spiking"]
    factors = (0.002, 0.0005, 3e-11, 5e-9)
    took = {point: added_up(factors, point.work()) for point in points}
    assert fitted(points, Point.work, took, lambda point: 0.0) == pytest.approx(factors, rel=1e-6)
    known = {point: took[point] + 0.1 * point.exchange()[0] for point in points}
    more = fitted(points, Point.exchange, known, lambda point: took[point])
    assert more == pytest.approx((0.1, 0.0), abs=1e-9)


def test_work_is_what_the_shapes_say() -> None:
    updates, layers, products, neurons = Point(1000, 20, 2, 3).work()
    assert (updates, layers) == (10, 20)
    assert products == 1000 * 2 * (784 * 20 + 3 * 20 * 20)
    assert neurons == 1000 * 3 * 40
    assert Point(1000, 20, 2, 3, 2).work()[2:] == (products / 2, neurons / 2)
    assert not set(FITTED) & set(HELD_OUT)


def test_an_epoch_is_timed() -> None:
    assert 0 < timed(Point(200, 20, 1, 1), 1, Alone()) < 10


def test_bytes_are_those_of_the_tensors() -> None:
    sent = computed("acff", (784, 500, 500))
    assert sent["updates"] == 4 * (784 * 500 + 500 + 500 * 500 + 500)
    assert sent["gamma"] == 8
    assert computed("backpropagation")["updates"] - computed("ff")["updates"] == 4 * (500 * 10 + 10)


def test_stored_bytes_are_the_computed_ones_twice_on_the_wire() -> None:
    stored = json.loads((RESULTS / "wire.json").read_text())
    assert tuple(stored["widths"]) == WIDTHS
    for kind in KINDS:
        found = stored["kinds"][kind]
        assert found["computed_parts"] == computed(kind)
        assert found["payload_bytes"] in (None, found["computed_bytes"])
        # two processes send each other what they have
        assert found["loopback_bytes"] == pytest.approx(2 * found["computed_bytes"], rel=0.01)


def test_the_stored_model_holds_on_points_it_was_not_fitted_to() -> None:
    stored = json.loads((RESULTS / "scaling.json").read_text())
    for part in ("dense", "spiking", "processes"):
        errors = [abs(each["model_seconds"] / each["seconds"] - 1) for each in stored[part]["held_out"]]
        assert max(errors) == stored[part]["largest_error_held_out"]
        assert max(errors) < 0.15, part


def test_the_error_of_probabilities_by_hand() -> None:
    chances = np.array([[0.9, 0.1], [0.9, 0.1], [0.2, 0.8], [0.45, 0.55]])
    labels = np.array([0, 1, 1, 0])
    # bins of .9 (two rows, one right), of .8 (right) and of .55 (wrong)
    assert calibration_error(chances, labels) == pytest.approx((abs(1.8 - 1) + 0.2 + 0.55) / 4)
    assert calibration_error(np.eye(2), np.array([0, 1])) == 0


def test_calibration_runs(capsys: pytest.CaptureFixture[str]) -> None:
    assert calibrate(["--folds", "2", "--tables", "iris", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)["tables"]["iris"]
    assert set(found) == {"FFClassifier", "SpikingFFClassifier", "MLPClassifier", "LogisticRegression"}
    for each in found.values():
        assert each["accuracy"] > 0.85
        assert 0 <= each["error"] <= 1
