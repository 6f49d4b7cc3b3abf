"""Extreme sizes, and settings at their ends: a part of `python -m benchmarks.matrix`, which tries all."""

from __future__ import annotations

import pytest

from benchmarks.matrix import tried
from benchmarks.matrix_cases import Case, bounds, cases, ends, numbers, settings, shapes
from neuroff.config import Config

SHAPES = [case for case in shapes() if case.preset == "demo"]
BEYOND = [case for case in settings() if case.refused]


@pytest.mark.parametrize("case", SHAPES, ids=lambda case: case.name)
def test_extreme_sizes_are_right_or_clear(case: Case) -> None:
    found = tried(case)
    assert found["outcome"] in ("right", "clear"), found


@pytest.mark.parametrize("name", ["silent layers, demo, spiking", "one training image, demo, dense"])
def test_layers_that_say_nothing_and_too_few_images_are_told(name: str) -> None:
    found = tried(next(case for case in cases() if case.name == name))
    assert "never fires" in found["words"] or "too few to learn from" in found["words"], found


def test_every_number_beyond_its_end_is_refused() -> None:
    """None of them trains: the configuration says no."""
    assert len(BEYOND) > 150
    for case in BEYOND:
        found = tried(case)
        assert found["outcome"] == "clear", found
        assert case.settings[0].partition("=")[0] in found["words"], found


def test_sizes_that_cannot_be_allocated_are_one_message() -> None:
    for setting in ("network.widths=2147483647", "neuron.steps=100000", "training.batch_size=2147483647"):
        found = tried(Case(setting, (setting,), "spiking", whole=False), seconds=15)
        assert found["outcome"] in ("right", "clear"), found


def test_the_configuration_itself_says_what_is_tried() -> None:
    keys = {key for key, _, _ in numbers()}
    assert {"seed", "network.widths", "neuron.beta", "collaboration.bits", "training.patience"} <= keys
    field = {key: field for key, field, _ in numbers()}["collaboration.bits"]
    assert bounds(field) == {"ge": 1, "le": 24}
    assert {("1", False), ("0", True), ("24", False), ("25", True)} <= set(ends(field, int))
    for key, field, _ in numbers():
        assert bounds(field), f"{key} has no end on either side"
    assert Config().seed == 0


def test_what_is_accepted_though_it_may_not_be_is_a_fault() -> None:
    found = tried(Case("good", ("neuron.beta=0.5",), "spiking", whole=False, refused=True))
    assert (found["outcome"], found["words"][:12]) == ("fault", "was accepted")
