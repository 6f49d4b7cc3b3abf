from __future__ import annotations

import math
from typing import get_args

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from neuroff.goodness import Goodness, GoodnessName
from tests.samples import few, stream_of

NAMES = get_args(GoodnessName)
scales = st.sampled_from([0.5, 1.0, 20.0])
seeds = st.integers(0, 2**30)


def activities(seed, samples=4, neurons=6):
    return torch.rand(samples, neurons, generator=stream_of(seed), dtype=torch.float64)


@pytest.mark.parametrize("name", NAMES)
@few
@given(seeds, scales, st.integers(1, 9))
def test_value(name, seed, scale, neurons):
    activity = activities(seed, neurons=neurons)
    kept = activity.clone()
    found = Goodness(name, scale).value(activity).tolist()
    assert torch.equal(activity, kept)
    for value, row in zip(found, activity.tolist(), strict=True):
        energy = math.fsum(a * a for a in row)
        expected = {
            "mean_squares": scale * energy / neurons,
            "sum_squares": scale * energy,
            "negative_squares": -scale * energy,
        }[name]
        assert value == pytest.approx(expected, rel=1e-13)


@pytest.mark.parametrize("name", NAMES)
@few
@given(seeds, scales)
def test_gradient_equals_autograd(name, seed, scale):
    goodness = Goodness(name, scale)
    activity = activities(seed)
    modulator = torch.randn(4, generator=stream_of(seed + 1), dtype=torch.float64)
    variable = activity.clone().requires_grad_()
    squares = scale * variable.pow(2)
    value = squares.mean(1) if name == "mean_squares" else squares.sum(1)
    if name == "negative_squares":
        value = -value
    (expected,) = torch.autograd.grad((modulator * value).sum(), variable)
    kept = activity.clone()
    torch.testing.assert_close(goodness.gradient(activity, modulator), expected, rtol=1e-13, atol=0)
    assert torch.equal(activity, kept)


@pytest.mark.parametrize("name", NAMES)
def test_a_silent_layer_has_no_goodness_and_no_gradient(name):
    goodness, silent = Goodness(name), torch.zeros(2, 3)
    assert not bool(goodness.value(silent).any())
    assert not bool(goodness.gradient(silent, torch.ones(2)).any())


@pytest.mark.parametrize("name", NAMES)
@few
@given(seeds, st.integers(1, 12), st.sampled_from([2.0, 20.0, 50.0]))
def test_firing_rate_energy_is_the_goodness_of_scaled_dense_activity(name, seed, steps, scale):
    """Rates r with scale κ have the goodness of h = √κ r, and the gradients follow by the chain rule."""
    rates = torch.randint(0, steps + 1, (4, 6), generator=stream_of(seed)).double() / steps
    dense = math.sqrt(scale) * rates
    spiking, plain = Goodness(name, scale), Goodness(name)
    torch.testing.assert_close(spiking.value(rates), plain.value(dense), rtol=1e-13, atol=0)
    modulator = torch.randn(4, generator=stream_of(seed + 1), dtype=torch.float64)
    torch.testing.assert_close(
        spiking.gradient(rates, modulator),
        math.sqrt(scale) * plain.gradient(dense, modulator),
        rtol=1e-13,
        atol=0,
    )


def test_the_opposite_goodness_turns_the_sign_of_the_threshold():
    assert Goodness("mean_squares").threshold(2.0) == 2.0
    assert Goodness("sum_squares", 3.0).threshold(2.0) == 2.0
    assert Goodness("negative_squares").threshold(2.0) == -2.0


@few
@given(seeds, st.floats(0.1, 5.0))
def test_both_signs_draw_the_same_line(seed, theta):
    """High squares are positive for one goodness exactly where they are negative for its opposite."""
    activity = activities(seed)
    squares, opposite = Goodness("sum_squares"), Goodness("negative_squares")
    above = squares.value(activity) > squares.threshold(theta)
    assert torch.equal(above, opposite.value(activity) < opposite.threshold(theta))
