"""The online rule of one layer against autograd through time: equal where it is exact, measured elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from neuroff.core.goodness import Goodness
from neuroff.core.neurons import LIF
from neuroff.core.neurons.step import ResetName
from tests.core.synapse_traces import OnlineState, OnlineStep, finish, increment, initial_state, step
from tests.oracles import activity_through_time, lif_through_time
from tests.samples import few, stream_of

SAMPLES, INPUTS, NEURONS = 3, 5, 4


@st.composite
def neurons(draw: st.DrawFn, exact_when_shared: bool = False) -> LIF:
    return LIF(
        draw(st.integers(1, 9)),
        draw(st.sampled_from([0.0, 0.5, 0.9, 1.0])),
        draw(st.sampled_from([0.3, 1.0])),
        "subtract" if exact_when_shared else draw(st.sampled_from(["subtract", "zero"])),
        draw(st.sampled_from(["fast_sigmoid", "atan", "triangle"])),
        alpha=draw(st.sampled_from([0.0, 0.6])),
        refractory=0 if exact_when_shared else draw(st.sampled_from([0, 1, 3])),
        trace_decay=draw(st.sampled_from([1.0, 0.7])),
    )


def problem(
    lif: LIF,
    seed: int,
    samples: int = SAMPLES,
    inputs: int = INPUTS,
    neurons_: int = NEURONS,
    density: float = 0.5,
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]:
    """Input spikes times gains, parameters, and what the loss says of the activity."""
    stream = stream_of(seed)
    spikes = (torch.rand(lif.steps, samples, inputs, generator=stream) < density).double()
    gains = 0.5 + torch.rand(lif.steps, samples, 1, generator=stream).double()
    weight = torch.randn(neurons_, inputs, generator=stream, dtype=torch.float64)
    bias = torch.randn(neurons_, generator=stream, dtype=torch.float64) / 3
    upstream = torch.randn(samples, neurons_, generator=stream, dtype=torch.float64)
    return spikes * gains, weight, bias, upstream


def by_autograd(
    lif: LIF, pre: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor, upstream: torch.Tensor
) -> tuple[tuple[torch.Tensor, torch.Tensor], torch.Tensor]:
    weight, bias = weight.clone().requires_grad_(), bias.clone().requires_grad_()
    spikes = lif_through_time(pre @ weight.T + bias, lif)
    activity = activity_through_time(spikes, lif.trace_decay)
    of_weight, of_bias = torch.autograd.grad((activity * upstream).sum(), (weight, bias))
    return (of_weight, of_bias), spikes.detach()


def presented(
    lif: LIF, pre: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor, **options: Any
) -> Iterator[tuple[OnlineState, OnlineStep]]:
    """Yield the state and the step after every step."""
    state = initial_state(lif, pre.new_zeros(pre.shape[1], weight.shape[0]), weight.shape[1], **options)
    for now in pre:
        state, moved = step(lif, state, now @ weight.T + bias, now)
        yield state, moved


def at_the_end(
    lif: LIF,
    pre: torch.Tensor,
    weight: torch.Tensor,
    bias: torch.Tensor,
    upstream: torch.Tensor,
    eligibility: str,
) -> tuple[torch.Tensor, torch.Tensor]:
    *_, (state, _) = presented(lif, pre, weight, bias, eligibility=eligibility)
    return finish(state, upstream)


def angle(one: torch.Tensor, other: torch.Tensor) -> float:
    """Cosine between two gradients; one where both vanish."""
    norms = float(one.norm() * other.norm())
    return float((one * other).sum()) / norms if norms else float(one.norm() == other.norm())


@few
@given(neurons(), st.integers(0, 2**30))
def test_one_trace_per_synapse_equals_autograd_through_time(lif: LIF, seed: int) -> None:
    pre, weight, bias, upstream = problem(lif, seed)
    expected, _ = by_autograd(lif, pre, weight, bias, upstream)
    found = at_the_end(lif, pre, weight, bias, upstream, "synapse")
    for ours, theirs in zip(found, expected, strict=True):
        torch.testing.assert_close(ours, theirs, rtol=1e-10, atol=1e-12)


@few
@given(neurons(exact_when_shared=True), st.integers(0, 2**30))
def test_shared_traces_equal_autograd_without_resets_to_zero_and_refractory_steps(
    lif: LIF, seed: int
) -> None:
    pre, weight, bias, upstream = problem(lif, seed)
    expected, _ = by_autograd(lif, pre, weight, bias, upstream)
    found = at_the_end(lif, pre, weight, bias, upstream, "shared")
    for ours, theirs in zip(found, expected, strict=True):
        torch.testing.assert_close(ours, theirs, rtol=1e-10, atol=1e-12)


@few
@given(neurons(), st.integers(0, 2**30), st.sampled_from(["synapse", "shared"]))
def test_spikes_and_activity_are_those_of_a_presentation_to_the_bit(
    lif: LIF, seed: int, eligibility: str
) -> None:
    pre, weight, bias, _ = problem(lif, seed)
    drive = torch.stack([now @ weight.T + bias for now in pre])
    whole = lif.respond(drive.clone())
    states, steps = zip(*presented(lif, pre, weight, bias, eligibility=eligibility), strict=True)
    assert torch.equal(torch.stack([moved.spikes for moved in steps]), whole.output)
    torch.testing.assert_close(steps[-1].activity, whole.activity, rtol=1e-15, atol=0)
    # Memory: the same tensors after every step, whatever T is.
    sizes = [[part.numel() for part in (state.current, state.trace, state.tag)] for state in states]
    assert all(size == sizes[0] for size in sizes)


@few
@given(neurons(), st.integers(0, 2**30), st.sampled_from(["synapse", "shared"]))
def test_a_modulator_that_stays_the_same_may_come_at_any_time(lif: LIF, seed: int, eligibility: str) -> None:
    """Increments with the final modulator and the firing rate's share add up to the gradient at the end."""
    lif = replace(lif, trace_decay=1.0)
    pre, weight, bias, upstream = problem(lif, seed)
    expected = at_the_end(lif, pre, weight, bias, upstream, eligibility)
    steps = [moved for _, moved in presented(lif, pre, weight, bias, eligibility=eligibility, tagged=False)]
    found = [
        sum(parts) for parts in zip(*(increment(now, upstream / lif.steps) for now in steps), strict=True)
    ]
    for ours, theirs in zip(found, expected, strict=True):
        torch.testing.assert_close(ours, theirs, rtol=1e-11, atol=1e-13)


def test_finish_needs_tags() -> None:
    lif = LIF(2)
    state = initial_state(lif, torch.zeros(1, 2), 3, tagged=False)
    with pytest.raises(ValueError, match="tags"):
        finish(state, torch.zeros(1, 2))


def layer(
    seed: int, reset: ResetName, refractory: int = 0, steps: int = 10
) -> tuple[LIF, torch.Tensor, torch.Tensor, torch.Tensor]:
    """A layer at rates as in training: 40 inputs of rate ¼, neurons that fire in about every seventh step."""
    lif = LIF(steps, 0.9, 1.0, reset, refractory=refractory)
    pre, weight, bias, _ = problem(lif, seed, samples=20, inputs=40, neurons_=30, density=0.25)
    return lif, pre, weight / 4, bias


@pytest.mark.parametrize(
    ("reset", "refractory", "least"), [("zero", 0, 0.95), ("subtract", 1, 0.99), ("subtract", 3, 0.98)]
)
def test_measured_shared_traces_where_they_are_an_approximation(
    reset: ResetName, refractory: int, least: float
) -> None:
    """They point where the exact gradient points, and are not it."""
    for seed in range(5):
        lif, pre, weight, bias = layer(seed, reset, refractory)
        whole = lif.respond(pre @ weight.T + bias)
        upstream = Goodness().gradient(whole.activity, torch.ones(20, dtype=torch.float64))
        (exact, _), _ = by_autograd(lif, pre, weight, bias, upstream)
        shared, _ = at_the_end(lif, pre, weight, bias, upstream, "shared")
        cosine = angle(exact, shared)
        assert least < cosine < 0.9999


@pytest.mark.parametrize(("steps", "least"), [(5, 0.98), (10, 0.99), (40, 0.998)])
def test_measured_modulators_at_every_step(steps: int, least: float) -> None:
    """With the threshold loss of single samples: closer to the gradient of the end the longer it takes."""
    goodness, theta = Goodness("mean_squares", 20.0), 2.0
    for seed in range(5):
        lif, pre, weight, bias = layer(seed, "subtract", steps=steps)

        def pushed(activity: torch.Tensor) -> torch.Tensor:
            modulator = -torch.sigmoid(theta - goodness.value(activity))
            return goodness.gradient(activity, modulator)

        exact, _ = at_the_end(
            lif, pre, weight, bias, pushed(lif.respond(pre @ weight.T + bias).activity), "shared"
        )
        running = torch.zeros_like(weight)
        for _, now in presented(lif, pre, weight, bias, eligibility="shared", tagged=False):
            running += increment(now, pushed(now.activity) / steps)[0]
        cosine = angle(exact, running)
        assert least < cosine < 0.9999
