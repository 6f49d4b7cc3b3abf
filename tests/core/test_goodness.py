from __future__ import annotations

import math
from typing import get_args

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from neuroff.core.goodness import Goodness, GoodnessName
from neuroff.core.readout import activity_of
from tests.samples import few, stream_of

NAMES = get_args(GoodnessName)
scales = st.sampled_from([0.5, 1.0, 20.0])
seeds = st.integers(0, 2**30)


def activities(seed: int, samples: int = 4, neurons: int = 6) -> torch.Tensor:
    return torch.rand(samples, neurons, generator=stream_of(seed), dtype=torch.float64)


@pytest.mark.parametrize("name", NAMES)
@few
@given(seeds, scales, st.integers(1, 9))
def test_value(name: GoodnessName, seed: int, scale: float, neurons: int) -> None:
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
            "linear": scale * math.fsum(row) / neurons,
        }[name]
        assert value == pytest.approx(expected, rel=1e-13)


@pytest.mark.parametrize("name", NAMES)
@few
@given(seeds, scales)
def test_gradient_equals_autograd(name: GoodnessName, seed: int, scale: float) -> None:
    goodness = Goodness(name, scale)
    activity = activities(seed)
    modulator = torch.randn(4, generator=stream_of(seed + 1), dtype=torch.float64)
    variable = activity.clone().requires_grad_()
    squares = scale * variable.pow(2)
    value = squares.mean(1) if name == "mean_squares" else squares.sum(1)
    if name == "negative_squares":
        value = -value
    if name == "linear":
        value = scale * variable.mean(1)
    (expected,) = torch.autograd.grad((modulator * value).sum(), variable)
    kept = activity.clone()
    torch.testing.assert_close(goodness.gradient(activity, modulator), expected, rtol=1e-13, atol=0)
    assert torch.equal(activity, kept)


@pytest.mark.parametrize("name", NAMES)
def test_a_silent_layer_has_no_goodness(name: GoodnessName) -> None:
    goodness, silent = Goodness(name), torch.zeros(2, 3)
    assert not bool(goodness.value(silent).any())
    # Linear goodness alone moves silent neurons: its gradient does not ask for their activity.
    assert bool(goodness.gradient(silent, torch.ones(2)).any()) == (name == "linear")


@pytest.mark.parametrize("name", NAMES)
@few
@given(seeds, st.integers(1, 12), st.sampled_from([2.0, 20.0, 50.0]))
def test_spiking_goodness_is_the_goodness_of_scaled_dense_activity(
    name: GoodnessName, seed: int, steps: int, scale: float
) -> None:
    """Rates r with scale κ have the goodness of h = √κ r, or κ r where it is linear; so have gradients."""
    rates = torch.randint(0, steps + 1, (4, 6), generator=stream_of(seed)).double() / steps
    factor = scale if name == "linear" else math.sqrt(scale)
    dense = factor * rates
    spiking, plain = Goodness(name, scale), Goodness(name)
    torch.testing.assert_close(spiking.value(rates), plain.value(dense), rtol=1e-13, atol=0)
    modulator = torch.randn(4, generator=stream_of(seed + 1), dtype=torch.float64)
    torch.testing.assert_close(
        spiking.gradient(rates, modulator),
        factor * plain.gradient(dense, modulator),
        rtol=1e-13,
        atol=0,
    )


@few
@given(seed=seeds, steps=st.integers(1, 12), scale=scales, decay=st.sampled_from([0.5, 0.9]))
def test_goodness_from_what_a_chip_counts(seed: int, steps: int, scale: float, decay: float) -> None:
    """The docstring's table: spike counts, one counter for the layer, exponential traces."""
    spikes = torch.randint(0, 2, (steps, 4, 6), generator=stream_of(seed)).double()
    counts = spikes.sum(0)
    rates = activity_of(spikes, 1.0)
    energy = scale / (6 * steps**2) * counts.pow(2).sum(1)
    torch.testing.assert_close(Goodness("mean_squares", scale).value(rates), energy, rtol=1e-13, atol=0)
    counter = scale / (6 * steps) * spikes.sum((0, 2))
    torch.testing.assert_close(Goodness("linear", scale).value(rates), counter, rtol=1e-13, atol=0)
    trace = torch.zeros(4, 6, dtype=torch.float64)
    for now in spikes:
        trace = decay * trace + now
    unit = (1 - decay) / (1 - decay**steps)
    found = Goodness("mean_squares", scale).value(activity_of(spikes, decay))
    torch.testing.assert_close(found, scale / 6 * unit**2 * trace.pow(2).sum(1), rtol=1e-12, atol=0)


def test_the_opposite_goodness_turns_the_sign_of_the_threshold() -> None:
    assert Goodness("mean_squares").threshold(2.0) == 2.0
    assert Goodness("sum_squares", 3.0).threshold(2.0) == 2.0
    assert Goodness("negative_squares").threshold(2.0) == -2.0


@few
@given(seeds, st.floats(0.1, 5.0))
def test_both_signs_draw_the_same_line(seed: int, theta: float) -> None:
    """High squares are positive for one goodness exactly where they are negative for its opposite."""
    activity = activities(seed)
    squares, opposite = Goodness("sum_squares"), Goodness("negative_squares")
    above = squares.value(activity) > squares.threshold(theta)
    assert torch.equal(above, opposite.value(activity) < opposite.threshold(theta))
