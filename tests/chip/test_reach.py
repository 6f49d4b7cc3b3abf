"""Potentials of neurons that never fire stay within their bound, whatever arrives."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from neuroff.chip.layer import ChipLayer
from neuroff.chip.network import ChipNetwork, run, trace
from neuroff.chip.neurons import ChipNeurons
from neuroff.chip.numbers import STATE_LIMIT
from neuroff.chip.reach import MAX_REACH, layer_reach, require_unreached
from neuroff.chip.synapses import ChipSynapses
from neuroff.errors import ExportError
from tests.chips import integers

AXONS, NEURONS, STEPS = 6, 4, 20


def layer(seed: int, exponent: int, current_decay: int, voltage_decay: int, bias: int = 40) -> ChipLayer:
    stream = np.random.default_rng(seed)
    mantissa = integers(stream, -bias, bias, NEURONS)
    exponents = torch.full_like(mantissa, 3)
    neurons = ChipNeurons(mantissa, exponents, current_decay, voltage_decay, 0, most=0)
    return ChipLayer(ChipSynapses(integers(stream, -256, 255, NEURONS, AXONS), exponent), neurons)


def worst(network: ChipNetwork, shown: torch.Tensor) -> int:
    (course,) = trace(network, [None, *shown.to(torch.int32)], shown.shape[1])
    return max(int(course.voltage.abs().max()), int(course.current.abs().max()))


@given(
    st.integers(0, 10**6),
    st.integers(-8, 2),
    st.sampled_from([4095, 4000, 2000, 300]),
    st.sampled_from([4095, 4000, 1000, 100, 0]),
    st.integers(0, 4095),
)
@settings(max_examples=80, deadline=None)
def test_no_spikes_lead_beyond_it(seed: int, exponent: int, current: int, voltage: int, bias: int) -> None:
    """Random spikes, and for every neuron those that its positive or its negative weights alone meet."""
    made = layer(seed, exponent, current, voltage, bias)
    bound = layer_reach(made, STEPS + 1, 1)
    stream, weight = np.random.default_rng(seed), made.synapses.weight
    one_sided = torch.cat([weight > 0, weight < 0]).expand(STEPS, -1, -1)
    drawn = torch.from_numpy(stream.random((STEPS, 20, AXONS)) < 0.5)
    reached = worst(ChipNetwork((made,)), torch.cat([one_sided, drawn], 1))
    if bound < STATE_LIMIT:
        assert reached <= bound
    if bound < STATE_LIMIT and bias == 0:
        assert reached > 0.4 * bound - 2**10  # one layer's rounding, and a current beside the potential


def test_where_a_threshold_stands_for_never_it_is_not_reached() -> None:
    weak, strong = (layer(0, exponent, 4095, 0) for exponent in (0, 6))
    assert layer_reach(weak, STEPS, 1) <= MAX_REACH < layer_reach(strong, STEPS, 1)
    require_unreached(weak, STEPS, "layer 1")
    with pytest.raises(ExportError, match=r"layer 1: .*may reach every threshold.*--to loihi \| c"):
        require_unreached(strong, STEPS, "layer 1")
    fires = replace(strong.neurons, threshold_mantissa=5, most=1)
    require_unreached(replace(strong, neurons=fires), STEPS, "layer 1")


def test_what_never_fires_is_what_has_a_threshold_out_of_reach() -> None:
    never = layer(3, 0, 3000, 500)
    high = replace(never, neurons=replace(never.neurons, threshold_mantissa=2**17 - 1, most=1))
    events = [torch.from_numpy(np.random.default_rng(1).random((8, AXONS)) < 0.5).to(torch.int32)] * 15
    courses = [list(run(ChipNetwork((each,)), events, 8)) for each in (never, high)]
    for one, two in zip(*courses, strict=True):
        assert torch.equal(one.state.neurons[0].voltage, two.state.neurons[0].voltage)
        assert not one.spikes[0].any()
    assert int(courses[0][-1].state.neurons[0].voltage.abs().max()) > 10**4


@pytest.mark.parametrize(
    "given", [{"threshold_mantissa": 1}, {"taken_mantissa": 1}, {"refractory": 2}, {"most": -1}]
)
def test_what_never_fires_has_nothing_of_what_does(given: dict[str, int]) -> None:
    with pytest.raises(ExportError, match=r"never fire|most = -1"):
        replace(layer(0, 0, 0, 0).neurons, **given)  # type: ignore[arg-type]
