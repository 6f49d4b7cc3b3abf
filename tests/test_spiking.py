from __future__ import annotations

import math

import pytest
import torch
from hypothesis import assume, given
from hypothesis import strategies as st

from neuroff.errors import ConfigError
from neuroff.spiking import LIF
from tests.oracles import lif_through_time
from tests.samples import few, stream_of

RESETS = ("subtract", "zero")


@st.composite
def populations(draw, steps=None):
    return LIF(
        draw(st.integers(1, 9)) if steps is None else steps,
        draw(st.sampled_from([0.0, 0.5, 0.9, 1.0])),
        draw(st.sampled_from([0.3, 1.0])),
        draw(st.sampled_from(RESETS)),
        draw(st.sampled_from(["fast_sigmoid", "atan", "triangle", "boxcar"])),
        draw(st.sampled_from([0.5, 2.0])),
    )


def currents(seed, *shape, scale=1.0, dtype=torch.float64):
    return scale * torch.randn(*shape, generator=stream_of(seed), dtype=dtype)


def trace_of(lif, values):
    """Potentials before the reset, and spikes, of one neuron under the given currents."""
    state = torch.zeros(1, 1, dtype=torch.float64)
    potentials, spikes = [], []
    for value in values:
        moved = lif.step(torch.full((1, 1), value, dtype=torch.float64), state)
        state = moved.state
        potentials.append(moved.potential.item())
        spikes.append(moved.spikes.item())
    return potentials, spikes


def spikes_of(lif, values):
    drive = torch.tensor(values, dtype=torch.float64)[:, None, None]
    return lif.respond(drive).output[:, 0, 0].tolist()


def test_hand_computed_trace_with_reset_by_subtraction():
    potentials, spikes = trace_of(LIF(6, 0.5, 1.0, "subtract"), [0.75, 0.75, 0.75, 2.5, 0.0, -1.0])
    assert potentials == [0.75, 1.125, 0.8125, 2.90625, 0.953125, -0.5234375]
    assert spikes == [0, 1, 0, 1, 0, 0]


def test_hand_computed_trace_with_reset_to_zero():
    potentials, spikes = trace_of(LIF(6, 0.5, 1.0, "zero"), [0.75, 0.75, 0.75, 2.5, 0.0, -1.0])
    assert potentials == [0.75, 1.125, 0.75, 2.875, 0.0, -1.0]
    assert spikes == [0, 1, 0, 1, 0, 0]


def test_integrate_and_fire_keeps_everything_and_fires_at_the_threshold_exactly():
    lif = LIF(8, 1.0, 1.0, "subtract")
    potentials, spikes = trace_of(lif, [0.25] * 8)
    assert potentials == [0.25, 0.5, 0.75, 1.0, 0.25, 0.5, 0.75, 1.0]
    assert spikes == [0, 0, 0, 1, 0, 0, 0, 1]
    assert spikes_of(lif, [0.25] * 8) == spikes


@pytest.mark.parametrize("reset", RESETS)
def test_no_memory_fires_wherever_the_current_reaches_the_threshold(reset):
    values = [1.0, 0.999, 3.0, -5.0, 1.0, 0.0]
    assert spikes_of(LIF(6, 0.0, 1.0, reset), values) == [1, 0, 1, 0, 1, 0]


@few
@given(populations(), st.integers(0, 2**30))
def test_a_step_follows_its_equations(lif, seed):
    current, state = currents(seed, 4, 5), currents(seed + 1, 4, 5)
    kept = current.clone(), state.clone()
    moved = lif.step(current, state)
    assert torch.equal(current, kept[0])
    assert torch.equal(state, kept[1])
    torch.testing.assert_close(moved.potential, lif.beta * state + current, rtol=1e-14, atol=1e-15)
    fired = moved.potential >= lif.threshold
    assert torch.equal(moved.spikes, fired.double())
    after = moved.potential - lif.threshold if lif.reset == "subtract" else torch.zeros_like(current)
    torch.testing.assert_close(moved.state, torch.where(fired, after, moved.potential), rtol=0, atol=1e-15)
    # The reset is of those that fired alone, to the bit.
    assert torch.equal(moved.state[~fired], moved.potential[~fired])
    if lif.reset == "zero":
        assert not bool(moved.state[fired].any())


@few
@given(populations(), st.integers(0, 2**30), st.sampled_from([torch.float32, torch.float64]))
def test_constant_drive_is_the_same_drive_at_every_step(lif, seed, dtype):
    drive = currents(seed, 3, 6, dtype=dtype)
    constant = lif.respond(drive.clone())
    repeated = lif.respond(drive.expand(lif.steps, -1, -1).clone())
    assert torch.equal(constant.output, repeated.output)
    assert torch.equal(constant.activity, repeated.activity)
    assert constant.output.shape == (lif.steps, 3, 6)


@few
@given(populations(), st.integers(0, 2**30), st.booleans())
def test_responses_are_spikes_and_their_rates(lif, seed, temporal):
    shape = (lif.steps, 3, 6) if temporal else (3, 6)
    drive = currents(seed, *shape)
    kept = drive.clone()
    plain, traced = lif.respond(drive), lif.respond_traced(drive)
    assert torch.equal(drive, kept)
    assert set(plain.output.unique().tolist()) <= {0.0, 1.0}
    torch.testing.assert_close(plain.activity, plain.output.sum(0) / lif.steps, rtol=1e-15, atol=0)
    assert plain.trace is None
    assert torch.equal(plain.output, traced.output)
    assert torch.equal(plain.activity, traced.activity)
    assert traced.trace.shape == shape
    oracle = lif_through_time(drive.expand(lif.steps, 3, 6), lif)
    assert torch.equal(plain.output, oracle)


@few
@given(populations(), st.integers(0, 2**30), st.booleans())
def test_samples_do_not_meet(lif, seed, temporal):
    drive = currents(seed, *((lif.steps, 5, 4) if temporal else (5, 4)))
    order = torch.randperm(5, generator=stream_of(seed))
    together, moved = lif.respond_traced(drive), lif.respond_traced(drive[..., order, :].clone())
    assert torch.equal(moved.output, together.output[:, order])
    gradient = currents(seed + 1, 5, 4)
    assert torch.equal(
        lif.sensitivity(moved, gradient[order]), lif.sensitivity(together, gradient)[..., order, :]
    )


@few
@given(st.floats(0.05, 0.99), st.floats(0.02, 3.0), st.sampled_from([0.5, 1.0]))
def test_rate_under_constant_current_approaches_the_analytic_rate(beta, current, threshold):
    """Reset to zero: v_n = I (1 − βⁿ)/(1 − β) reaches θ after ⌈ln(1 − θ(1 − β)/I) / ln β⌉ steps."""
    share = threshold * (1 - beta) / current
    assume(abs(share - 1) > 1e-6)
    drive = torch.full((1, 1), current, dtype=torch.float64)

    def rate(steps):
        return LIF(steps, beta, threshold, "zero").respond(drive).activity.item()

    if share > 1:
        assert rate(300) == 0
        return
    needed = math.log1p(-share) / math.log(beta)
    assume(abs(needed - round(needed)) > 1e-6)
    period = math.ceil(needed)
    assume(period < 100)
    for steps in (period, 100, 300):
        assert rate(steps) == pytest.approx((steps // period) / steps, abs=1e-12)
    assert rate(300) == pytest.approx(1 / period, abs=1 / 300)


@few
@given(st.integers(1, 64), st.integers(1, 60))
def test_rate_of_the_perfect_integrator_is_current_over_threshold(sixty_fourths, steps):
    drive = torch.full((1, 1), sixty_fourths / 64, dtype=torch.float64)
    spikes = LIF(steps, 1.0, 1.0, "subtract").respond(drive).output.sum().item()
    assert spikes == steps * sixty_fourths // 64


@few
@given(populations(), st.integers(0, 2**30))
def test_sensitivity_of_a_constant_drive_is_the_sum_over_time(lif, seed):
    drive, gradient = currents(seed, 4, 5), currents(seed + 1, 4, 5)
    summed = lif.sensitivity(lif.respond_traced(drive), gradient.clone())
    over_time = lif.sensitivity(lif.respond_traced(drive.expand(lif.steps, -1, -1).clone()), gradient.clone())
    assert over_time.shape == (lif.steps, 4, 5)
    torch.testing.assert_close(summed, over_time.sum(0), rtol=1e-12, atol=1e-14)


@few
@given(populations(), st.integers(0, 2**30))
def test_sensitivity_equals_autograd_through_time(lif, seed):
    drive = currents(seed, lif.steps, 3, 4).requires_grad_()
    gradient = currents(seed + 1, 3, 4)
    (expected,) = torch.autograd.grad((lif_through_time(drive, lif).mean(0) * gradient).sum(), drive)
    found = lif.sensitivity(lif.respond_traced(drive.detach()), gradient)
    torch.testing.assert_close(found, expected, rtol=1e-11, atol=1e-13)


def test_sensitivity_needs_a_trace():
    lif = LIF(3)
    with pytest.raises(ValueError, match="respond_traced"):
        lif.sensitivity(lif.respond(torch.ones(1, 1)), torch.ones(1, 1))


def test_a_constant_drive_keeps_one_number_per_neuron():
    assert LIF(1000).respond_traced(torch.ones(2, 3)).trace.shape == (2, 3)


@pytest.mark.parametrize("wrong", [{"reset": "soft"}, {"surrogate": "relu"}])
def test_unknown_choices_are_refused_at_construction(wrong):
    with pytest.raises(ConfigError, match="unknown choice"):
        LIF(**wrong)
