from __future__ import annotations

import importlib.util
import json
import sys

import pytest
import torch

from benchmarks import memory, spiking
from benchmarks.images import mnist_or_random
from benchmarks.spiking_problem import Problem, make_problem
from benchmarks.spiking_sides import ENGINES

needs_rivals = pytest.mark.skipif(
    any(importlib.util.find_spec(name) is None for name in ("snntorch", "norse")),
    reason="snntorch or norse is not installed (neuroff[interop])",
)


@pytest.fixture
def small_problem() -> Problem:
    return make_problem(mnist_or_random(12, 1, random=True), 12, "float64")


@needs_rivals
def test_all_engines_have_the_same_gradients(small_problem: Problem) -> None:
    errors = spiking.gradient_errors(small_problem)
    assert errors.keys() == ENGINES.keys() - {"neuroff"}
    assert {"snntorch", "norse", "snntorch-hoisted", "norse-hoisted"} <= errors.keys()
    assert max(errors.values()) < 1e-6  # snnTorch's surrogates compute in float32
    assert max(errors["norse"], errors["norse-hoisted"]) < 1e-11


@needs_rivals
def test_all_engines_learn_alike(small_problem: Problem) -> None:
    engines = {name: make(small_problem) for name, make in ENGINES.items()}
    before = engines["neuroff"].gradients()
    for engine in engines.values():
        engine.step()
    after = {name: engine.gradients() for name, engine in engines.items()}
    assert spiking.largest_error(after["neuroff"], before) > 1e-3
    assert spiking.largest_error(after["snntorch"], after["snntorch-hoisted"]) < 1e-6
    assert spiking.largest_error(after["neuroff"], after["snntorch"]) < 1e-3


@needs_rivals
def test_all_engines_predict_alike() -> None:
    problem = make_problem(mnist_or_random(12, 1, random=True), 12)
    predictions = [make(problem).predict() for make in ENGINES.values()]
    assert all(torch.equal(each, predictions[0]) for each in predictions)


@needs_rivals
def test_a_small_try_has_all_numbers(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spiking, "json_from_own_process", lambda *arguments: {"peak_bytes": 5_000_000})
    assert (
        spiking.main(["--samples", "8", "--repeats", "1", "--random-images", "--threads", "1", "--json"]) == 0
    )
    result = json.loads(capsys.readouterr().out)
    first, second = result["cases"]
    for part in ("step", "predict"):
        for key in ("seconds", "speedup", "speedup_processor"):
            assert first[part][key].keys() == ENGINES.keys()
            assert all(value > 0 for value in first[part][key].values())
    assert all(high > low for high, low in zip(first["rates"], second["rates"], strict=True))
    assert 0 <= result["max_relative_gradient_error"] < 1e-3
    assert result["peak_bytes"] == dict.fromkeys(ENGINES, 5_000_000)
    assert result["data"] == {"source": "random", "images": 8}
    table = spiking.table(result)
    assert "snntorch, products hoisted" in table
    assert "inside the loop over time" in table


def test_memory_of_a_step(capsys: pytest.CaptureFixture[str]) -> None:
    assert memory.main(["spiking-neuroff", "--samples", "40", "--random-images"]) == 0
    assert json.loads(capsys.readouterr().out)["peak_bytes"] >= 0


def test_an_absent_rival_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "snntorch", None)
    assert spiking.main(["--samples", "4", "--repeats", "1", "--random-images"]) == 2
    assert "pip install 'neuroff[interop]'" in capsys.readouterr().err
