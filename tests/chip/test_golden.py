from __future__ import annotations

import pytest
import torch

from neuroff.chip.numbers import STATE_LIMIT
from tests.chip.golden import Case, golden, traced

LAVA = golden("lava_traces.json")
NENGO = golden("nengo_traces.json")
QUIET = ("current wraps", "drawn 0", "drawn 7")  # their thresholds are out of reach


def by_name(cases: list[Case]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("case", cases, ids=[case.name for case in cases])


def assert_same(case: Case, samples: int) -> None:
    for index, (found, expected) in enumerate(zip(traced(case, samples), case.expected, strict=True)):
        for name in ("current", "voltage", "spikes"):
            values = getattr(found, name)
            assert values.dtype == torch.int32
            wanted = expected[name][:, None].expand(-1, samples, -1)
            differing = (values != wanted).nonzero().tolist()
            assert not differing, f"layer {index}, {name}, first at (step, sample, neuron) {differing[0]}"


@by_name(LAVA)
def test_lava_bit_for_bit(case: Case) -> None:
    assert_same(case, samples=2)


@by_name(NENGO)
def test_nengo_loihi_bit_for_bit(case: Case) -> None:
    assert_same(case, samples=1)


def test_the_golden_traces_reach_every_corner() -> None:
    """Traces in which nothing happens would prove nothing."""
    named = {case.name: case for case in LAVA}
    assert len(named) == len(LAVA) >= 50
    assert len(NENGO) >= 15
    for case in [*LAVA, *NENGO]:
        fired = [bool(layer["spikes"].any()) for layer in case.expected]
        assert all(fired) or case.name in QUIET, case.name
    jumps = named["current wraps"].expected[0]["current"].diff(dim=0)
    assert int(jumps.max()) > STATE_LIMIT
    assert int(jumps.min()) < -STATE_LIMIT
    voltage = named["voltage saturates"].expected[0]["voltage"]
    assert int(voltage.min()) == 1 - STATE_LIMIT
    periods = {layer["neurons"]["refractory"] for case in [*LAVA, *NENGO] for layer in case.content["layers"]}
    assert periods >= {1, 2, 3, 64}
