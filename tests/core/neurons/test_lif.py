from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import pytest
import torch
from hypothesis import assume, given
from hypothesis import strategies as st

from neuroff.core.neurons import LIF, NeuronState, keep_in_range
from neuroff.core.neurons.parameters import NeuronParameter
from neuroff.core.neurons.step import ResetName
from neuroff.core.readout import activity_of
from neuroff.errors import ConfigError
from tests.narrow import present
from tests.oracles import activity_through_time, lif_through_time
from tests.samples import few, stream_of

RESETS = ("subtract", "zero")


@st.composite
def populations(draw: st.DrawFn, steps: int | None = None) -> LIF:
    return LIF(
        draw(st.integers(1, 9)) if steps is None else steps,
        draw(st.sampled_from([0.0, 0.5, 0.9, 1.0])),
        draw(st.sampled_from([0.3, 1.0])),
        draw(st.sampled_from(RESETS)),
        draw(st.sampled_from(["fast_sigmoid", "atan", "triangle", "boxcar"])),
        draw(st.sampled_from([0.5, 2.0])),
        alpha=draw(st.sampled_from([0.0, 0.6, 1.0])),
        refractory=draw(st.sampled_from([0, 0, 1, 3])),
        trace_decay=draw(st.sampled_from([1.0, 0.7])),
    )


def currents(seed: int, *shape: int, scale: float = 1.0, dtype: torch.dtype = torch.float64) -> torch.Tensor:
    return scale * torch.randn(*shape, generator=stream_of(seed), dtype=dtype)


def trace_of(lif: LIF, values: list[float]) -> tuple[list[float], list[float]]:
    """Potentials before the reset, and spikes, of one neuron under the given currents."""
    state = lif.rest(torch.zeros(1, 1, dtype=torch.float64))
    potentials, spikes = [], []
    for value in values:
        moved = lif.step(torch.full((1, 1), value, dtype=torch.float64), state)
        state = moved.state
        potentials.append(moved.potential.item())
        spikes.append(moved.spikes.item())
    return potentials, spikes


def spikes_of(lif: LIF, values: list[float]) -> list[float]:
    drive = torch.tensor(values, dtype=torch.float64)[:, None, None]
    return lif.respond(drive).output[:, 0, 0].tolist()


def test_hand_computed_trace_with_reset_by_subtraction() -> None:
    potentials, spikes = trace_of(LIF(6, 0.5, 1.0, "subtract"), [0.75, 0.75, 0.75, 2.5, 0.0, -1.0])
    assert potentials == [0.75, 1.125, 0.8125, 2.90625, 0.953125, -0.5234375]
    assert spikes == [0, 1, 0, 1, 0, 0]


def test_hand_computed_trace_with_reset_to_zero() -> None:
    potentials, spikes = trace_of(LIF(6, 0.5, 1.0, "zero"), [0.75, 0.75, 0.75, 2.5, 0.0, -1.0])
    assert potentials == [0.75, 1.125, 0.75, 2.875, 0.0, -1.0]
    assert spikes == [0, 1, 0, 1, 0, 0]


def test_integrate_and_fire_keeps_everything_and_fires_at_the_threshold_exactly() -> None:
    lif = LIF(8, 1.0, 1.0, "subtract")
    potentials, spikes = trace_of(lif, [0.25] * 8)
    assert potentials == [0.25, 0.5, 0.75, 1.0, 0.25, 0.5, 0.75, 1.0]
    assert spikes == [0, 0, 0, 1, 0, 0, 0, 1]
    assert spikes_of(lif, [0.25] * 8) == spikes


@pytest.mark.parametrize("reset", RESETS)
def test_no_memory_fires_wherever_the_current_reaches_the_threshold(reset: ResetName) -> None:
    values = [1.0, 0.999, 3.0, -5.0, 1.0, 0.0]
    assert spikes_of(LIF(6, 0.0, 1.0, reset), values) == [1, 0, 1, 0, 1, 0]


def test_hand_computed_trace_of_a_current_based_neuron() -> None:
    """i: 1, ½, ¼, 1⅛, …; the current outlives its step, and a spike does not touch it."""
    lif = LIF(5, 0.5, 1.25, "subtract", alpha=0.5)
    potentials, spikes = trace_of(lif, [1.0, 0.0, 0.0, 1.0, 0.0])
    assert potentials == [1.0, 1.0, 0.75, 1.5, 0.6875]
    assert spikes == [0, 0, 0, 1, 0]


@pytest.mark.parametrize(("reset", "held"), [("subtract", 0.5), ("zero", 0.0)])
def test_hand_computed_trace_with_refractory_steps(reset: ResetName, held: float) -> None:
    """Two steps after a spike the potential stands still, whatever arrives; then it goes on from there."""
    potentials, spikes = trace_of(LIF(6, 0.5, 1.0, reset, refractory=2), [1.5, 9.0, 9.0, 0.5, 2.0, 2.0])
    assert potentials == [
        1.5,
        held,
        held,
        held / 2 + 0.5,
        (held / 2 + 0.5) / 2 + 2,
        (held / 2 + 0.5) / 2 + 2 - (1 if reset == "subtract" else (held / 2 + 0.5) / 2 + 2),
    ]
    assert spikes == [1, 0, 0, 0, 1, 0]


def test_a_neuron_that_waits_does_not_fire_even_above_its_threshold() -> None:
    _, spikes = trace_of(LIF(5, 1.0, 1.0, "subtract", refractory=1), [5.0, 0.0, 0.0, 0.0, 0.0])
    assert spikes == [1, 0, 1, 0, 1]


@few
@given(populations(), st.integers(0, 2**30))
def test_a_step_follows_its_equations(lif: LIF, seed: int) -> None:
    drive, potential, current = (currents(seed + k, 4, 5) for k in range(3))
    waiting = torch.randint(0, lif.refractory + 1, (4, 5), generator=stream_of(seed)).double()
    state = NeuronState(potential, current if lif.alpha else None, waiting if lif.refractory else None)
    kept = [None if part is None else part.clone() for part in (drive, *state)]
    moved = lif.step(drive, state)
    for part, before in zip((drive, *state), kept, strict=True):
        assert part is before is None or torch.equal(present(part), present(before))
    arriving = drive + lif.alpha * current
    waits = waiting > 0
    expected = torch.where(waits, potential, lif.beta * potential + arriving)
    torch.testing.assert_close(moved.potential, expected, rtol=1e-14, atol=1e-15)
    fired = (moved.potential >= lif.threshold) & ~waits
    assert torch.equal(moved.spikes, fired.double())
    after = moved.potential - lif.threshold if lif.reset == "subtract" else torch.zeros_like(current)
    found = moved.state.potential
    torch.testing.assert_close(found, torch.where(fired, after, moved.potential), rtol=0, atol=1e-15)
    # The reset is of those that fired alone, to the bit.
    assert torch.equal(found[~fired], moved.potential[~fired])
    if lif.reset == "zero":
        assert not bool(found[fired].any())
    if lif.alpha:
        torch.testing.assert_close(moved.state.current, arriving, rtol=1e-14, atol=1e-15)
    else:
        assert moved.state.current is None
    if lif.refractory:
        left = torch.where(fired, torch.tensor(float(lif.refractory)).double(), (waiting - 1).clamp(min=0))
        assert torch.equal(present(moved.state.waiting), left)
    else:
        assert moved.state.waiting is None


@few
@given(populations(), st.integers(0, 2**30), st.sampled_from([torch.float32, torch.float64]), st.booleans())
def test_steps_in_a_row_are_a_presentation_to_the_bit(
    lif: LIF, seed: int, dtype: torch.dtype, constant: bool
) -> None:
    """Streaming: one step at a time, the state in the caller's hands, even over a pause."""
    drive = currents(seed, *((3, 6) if constant else (lif.steps, 3, 6)), dtype=dtype)
    whole = lif.respond_traced(drive.clone())
    state, spikes = lif.rest(drive if constant else drive[0]), []
    for t in range(lif.steps):
        moved = lif.step(drive if constant else drive[t], state)
        copies: list[Any] = [None if part is None else part.clone() for part in moved.state]
        state = NeuronState(*copies)
        spikes.append(moved.spikes)
        if not constant and lif.trace_decay == 1:
            assert torch.equal(lif.slope(moved), present(whole.trace)[t])
    assert torch.equal(torch.stack(spikes), whole.output)
    assert torch.equal(activity_of(torch.stack(spikes), lif.trace_decay), whole.activity)


@few
@given(populations(), st.integers(0, 2**30))
def test_special_cases_are_the_same_neuron_to_the_bit(lif: LIF, seed: int) -> None:
    """α = 0 through the synaptic current is LIF; a refractory time of none is none."""
    drive = currents(seed, lif.steps, 3, 4)
    plain = replace(lif, alpha=0.0, refractory=0)
    filtered = replace(plain, alpha=torch.zeros((), dtype=torch.float64))
    assert filtered.filters
    assert not plain.filters
    gradient = currents(seed + 1, 3, 4)
    one, other = plain.respond_traced(drive), filtered.respond_traced(drive)
    assert torch.equal(one.output, other.output)
    assert torch.equal(plain.sensitivity(one, gradient.clone()), filtered.sensitivity(other, gradient))


@few
@given(populations(), st.integers(0, 2**30), st.sampled_from([torch.float32, torch.float64]))
def test_constant_drive_is_the_same_drive_at_every_step(lif: LIF, seed: int, dtype: torch.dtype) -> None:
    drive = currents(seed, 3, 6, dtype=dtype)
    constant = lif.respond(drive.clone())
    repeated = lif.respond(drive.expand(lif.steps, -1, -1).clone())
    assert torch.equal(constant.output, repeated.output)
    assert torch.equal(constant.activity, repeated.activity)
    assert constant.output.shape == (lif.steps, 3, 6)


@few
@given(populations(), st.integers(0, 2**30), st.booleans())
def test_responses_are_spikes_and_their_rates(lif: LIF, seed: int, temporal: bool) -> None:
    shape = (lif.steps, 3, 6) if temporal else (3, 6)
    drive = currents(seed, *shape)
    kept = drive.clone()
    plain, traced = lif.respond(drive), lif.respond_traced(drive)
    assert torch.equal(drive, kept)
    assert set(plain.output.unique().tolist()) <= {0.0, 1.0}
    expected = activity_through_time(plain.output, lif.trace_decay)
    torch.testing.assert_close(plain.activity, expected, rtol=1e-14, atol=1e-15)
    assert plain.trace is None
    assert torch.equal(plain.output, traced.output)
    assert torch.equal(plain.activity, traced.activity)
    assert present(traced.trace).shape == shape
    oracle = lif_through_time(drive.expand(lif.steps, 3, 6), lif)
    assert torch.equal(plain.output, oracle)


@few
@given(populations(), st.integers(0, 2**30), st.booleans())
def test_samples_do_not_meet(lif: LIF, seed: int, temporal: bool) -> None:
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
def test_rate_under_constant_current_approaches_the_analytic_rate(
    beta: float, current: float, threshold: float
) -> None:
    """Reset to zero: v_n = I (1 − βⁿ)/(1 − β) reaches θ after ⌈ln(1 − θ(1 − β)/I) / ln β⌉ steps."""
    share = threshold * (1 - beta) / current
    assume(abs(share - 1) > 1e-6)
    drive = torch.full((1, 1), current, dtype=torch.float64)

    def rate(steps: int) -> float:
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
def test_rate_of_the_perfect_integrator_is_current_over_threshold(sixty_fourths: int, steps: int) -> None:
    drive = torch.full((1, 1), sixty_fourths / 64, dtype=torch.float64)
    spikes = LIF(steps, 1.0, 1.0, "subtract").respond(drive).output.sum().item()
    assert spikes == steps * sixty_fourths // 64


@few
@given(populations(), st.integers(0, 2**30))
def test_sensitivity_of_a_constant_drive_is_the_sum_over_time(lif: LIF, seed: int) -> None:
    drive, gradient = currents(seed, 4, 5), currents(seed + 1, 4, 5)
    summed = lif.sensitivity(lif.respond_traced(drive), gradient.clone())
    over_time = lif.sensitivity(lif.respond_traced(drive.expand(lif.steps, -1, -1).clone()), gradient.clone())
    assert over_time.shape == (lif.steps, 4, 5)
    torch.testing.assert_close(summed, over_time.sum(0), rtol=1e-12, atol=1e-14)


@few
@given(populations(), st.integers(0, 2**30))
def test_sensitivity_equals_autograd_through_time(lif: LIF, seed: int) -> None:
    drive = currents(seed, lif.steps, 3, 4).requires_grad_()
    gradient = currents(seed + 1, 3, 4)
    activity = activity_through_time(lif_through_time(drive, lif), lif.trace_decay)
    (expected,) = torch.autograd.grad((activity * gradient).sum(), drive)
    found = lif.sensitivity(lif.respond_traced(drive.detach()), gradient)
    torch.testing.assert_close(found, expected, rtol=1e-11, atol=1e-13)


@st.composite
def learned_populations(draw: st.DrawFn) -> tuple[LIF, tuple[str, ...]]:
    lif = draw(populations())
    names = draw(st.lists(st.sampled_from(["beta", "alpha", "threshold"]), min_size=1, unique=True))
    tensors: dict[str, Any] = {name: torch.tensor(getattr(lif, name), dtype=torch.float64) for name in names}
    return replace(lif, **tensors), tuple(name for name in ("beta", "alpha", "threshold") if name in names)


@few
@given(learned_populations(), st.integers(0, 2**30), st.booleans())
def test_influence_of_learned_numbers_equals_autograd_through_time(
    made: tuple[LIF, tuple[str, ...]], seed: int, constant: bool
) -> None:
    lif, names = made
    assert lif.learned == names
    drive = currents(seed, *((3, 4) if constant else (lif.steps, 3, 4)))
    gradient = currents(seed + 1, 3, 4)
    response = lif.respond_traced(drive)
    variables = {name: getattr(lif, name).clone().requires_grad_() for name in names}
    varied = replace(lif, **variables)
    spikes = lif_through_time(drive.expand(lif.steps, 3, 4), varied)
    assert torch.equal(response.output, spikes.detach())
    activity = activity_through_time(spikes, lif.trace_decay)
    expected = torch.autograd.grad((activity * gradient).sum(), tuple(variables.values()), allow_unused=True)
    assert tuple(response.influence) == names
    for name, reference in zip(names, expected, strict=True):
        found = (response.influence[name] * gradient).sum()
        reference = torch.zeros(()).double() if reference is None else reference
        torch.testing.assert_close(found, reference, rtol=1e-10, atol=1e-12)


@few
@given(learned_populations(), st.integers(0, 2**30), st.booleans())
def test_learned_numbers_drive_the_neuron_as_fixed_ones_do(
    made: tuple[LIF, tuple[str, ...]], seed: int, constant: bool
) -> None:
    lif, names = made
    numbers: dict[str, Any] = {name: float(getattr(lif, name)) for name in names}
    fixed = replace(lif, **numbers)
    drive, gradient = currents(seed, *((3, 4) if constant else (lif.steps, 3, 4))), currents(seed + 1, 3, 4)
    one, other = lif.respond_traced(drive), fixed.respond_traced(drive)
    assert torch.equal(one.output, other.output)
    assert not other.influence
    torch.testing.assert_close(
        lif.sensitivity(one, gradient.clone()), fixed.sensitivity(other, gradient), rtol=1e-12, atol=1e-14
    )


def test_learned_numbers_are_kept_where_the_neuron_makes_sense() -> None:
    cases: tuple[tuple[NeuronParameter, float, float], ...] = (
        ("beta", 1.2, 1.0),
        ("beta", -0.1, 0.0),
        ("alpha", 1.5, 1.0),
        ("threshold", -3.0, 1e-3),
        ("threshold", 7.0, 7.0),
    )
    for name, outside, inside in cases:
        value = torch.tensor(outside, dtype=torch.float64)
        keep_in_range(name, value)
        assert float(value) == inside


def test_sensitivity_needs_a_trace() -> None:
    lif = LIF(3)
    with pytest.raises(ValueError, match="respond_traced"):
        lif.sensitivity(lif.respond(torch.ones(1, 1)), torch.ones(1, 1))


def test_a_constant_drive_keeps_one_number_per_neuron() -> None:
    assert present(LIF(1000).respond_traced(torch.ones(2, 3)).trace).shape == (2, 3)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"reset": "soft"}, "unknown choice"),
        ({"surrogate": "relu"}, "unknown choice"),
        ({"refractory": -1}, "refractory = -1; expected a number at least 0"),
        ({"steps": True}, "steps = True; expected a whole number of at least 1"),
        ({"steps": 0}, "steps = 0; expected a number at least 1"),
        ({"steps": 2.5}, "steps = 2.5; expected a whole number"),
        ({"beta": math.nan}, "beta = nan; expected a number"),
        ({"threshold": "x"}, "threshold = x; expected a number"),
        ({"threshold": True}, "threshold = True; expected a number"),
        ({"trace_decay": 0.0}, "trace_decay = 0.0; expected a number above 0 and at most 1"),
        ({"trace_decay": 1.5}, "trace_decay"),
    ],
)
def test_wrong_choices_are_refused_at_construction(wrong: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        LIF(**wrong)
