from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from neuroff.core.neurons import LIF
from neuroff.errors import ConfigError
from tests.samples import few, stream_of


@given(
    drive=st.floats(-0.5, 1.5), steps=st.integers(1, 60), initial=st.floats(0.0, 0.99), threshold=st.just(0.7)
)
@few
def test_an_integrate_and_fire_neuron_counts_what_flowed_in(
    drive: float, steps: int, initial: float, threshold: float
) -> None:
    current = torch.full((1, 1), drive, dtype=torch.float64)
    fired = float(LIF(steps, 1.0, threshold, start=initial * threshold).respond(current).output.sum())
    expected = min(steps, max(0.0, math.floor(initial + steps * drive / threshold)))
    on_the_edge = abs(initial + steps * drive / threshold - round(initial + steps * drive / threshold)) < 1e-9
    assert fired == expected or (on_the_edge and abs(fired - expected) <= 1)


@pytest.mark.parametrize("beta", [1.0, 0.9])
def test_a_start_is_a_current_before_the_first_step(beta: float) -> None:
    """With a leak, the start has leaked once when the first current arrives."""
    current = torch.rand(9, 2, 5, generator=stream_of(0), dtype=torch.float64)
    ours = LIF(9, beta, start=0.5).respond(current.clone()).output
    ahead = current.clone()
    ahead[0] += beta * 0.5
    assert torch.equal(ours, LIF(9, beta).respond(ahead).output)
    assert not torch.equal(ours, LIF(9, beta).respond(current).output)


@pytest.mark.parametrize("start", [0.0, 0.5])
def test_a_constant_current_and_the_same_current_over_time_learn_alike(start: float) -> None:
    population = LIF(7, 1.0, start=start)
    current = torch.rand(3, 5, generator=stream_of(1), dtype=torch.float64)
    weighting = torch.rand(3, 5, generator=stream_of(2), dtype=torch.float64)
    short = population.respond_traced(current.clone())
    long = population.respond_traced(current.expand(7, 3, 5).clone())
    assert torch.equal(short.output, long.output)
    summed = population.sensitivity(long, weighting.clone()).sum(0)
    torch.testing.assert_close(population.sensitivity(short, weighting.clone()), summed)
    assert summed.abs().min() > 0


def test_a_start_is_a_number() -> None:
    with pytest.raises(ConfigError, match="start"):
        LIF(start=math.inf)
