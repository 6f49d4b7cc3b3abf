from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from neuroff.core.neurons import LIF
from neuroff.core.neurons.step import ResetName
from neuroff.core.neurons.surrogate import SurrogateName
from neuroff.errors import ConfigError, ShapeError
from neuroff.interop.snntorch import from_leaky, run_leaky, to_leaky
from neuroff.interop.spike import SurrogateSpike
from tests.interop.drives import STEPS, random_current
from tests.oracles import lif_through_time

snntorch = pytest.importorskip("snntorch", reason="snntorch is not installed (neuroff[interop])")


@pytest.fixture(autouse=True)
def no_neurons_left_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give snnTorch's list of all neurons ever made back as it was."""
    monkeypatch.setattr(snntorch.SpikingNeuron, "instances", [])


def highest_current(lif: LIF) -> float:
    """A current that never lifts a potential to 2θ, where Leaky's subtraction is another one."""
    return float((2.0 - lif.beta) * lif.threshold if lif.reset == "subtract" else 3.0 * lif.threshold)


def step_by_hand(leaky: Any, current: torch.Tensor) -> torch.Tensor:
    """The loop of snnTorch's tutorials, without neuroff."""
    potential, spikes = torch.zeros_like(current[0]), []
    for arriving in current:
        fired, potential = leaky(arriving, potential)
        spikes.append(fired)
    return torch.stack(spikes)


@pytest.mark.parametrize("reset", ["subtract", "zero"])
@pytest.mark.parametrize("threshold", [0.25, 1.0, 1.5])
@pytest.mark.parametrize("beta", [0.0, 0.5, 0.9, 0.99, 1.0])
def test_spike_for_spike(beta: float, threshold: float, reset: ResetName) -> None:
    lif = LIF(STEPS, beta, threshold, reset)
    current = random_current(1, highest_current(lif))
    ours = lif.respond(current).output
    assert 0.02 < ours.mean() < 0.98
    assert torch.equal(run_leaky(to_leaky(lif), current), ours)


@pytest.mark.parametrize("reset", ["subtract", "zero"])
@pytest.mark.parametrize("threshold", [0.25, 1.0, 1.5])
@pytest.mark.parametrize("beta", [0.0, 0.5, 0.9, 0.99])
def test_a_leaky_of_snntorchs_own_making_is_read_spike_for_spike(
    beta: float, threshold: float, reset: ResetName
) -> None:
    leaky = snntorch.Leaky(
        beta=torch.tensor(beta, dtype=torch.float64),
        threshold=threshold,
        spike_grad=snntorch.surrogate.fast_sigmoid(2),
        reset_mechanism=reset,
        reset_delay=False,
    )
    lif = from_leaky(leaky, STEPS, surrogate="fast_sigmoid", steepness=2.0)
    assert lif == LIF(STEPS, beta, threshold, reset, "fast_sigmoid", 2.0)
    current = random_current(2, highest_current(lif))
    theirs = step_by_hand(leaky, current)
    assert theirs.any()
    assert torch.equal(theirs.double(), lif.respond(current).output)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    beta=st.floats(0.0, 1.0),
    threshold=st.floats(0.05, 20.0),
    reset=st.sampled_from(["subtract", "zero"]),
    seed=st.integers(0, 2**31),
)
def test_spike_for_spike_whatever_the_numbers(
    beta: float, threshold: float, reset: ResetName, seed: int
) -> None:
    lif = LIF(STEPS, beta, threshold, reset)
    current = random_current(seed, highest_current(lif))
    assert torch.equal(run_leaky(to_leaky(lif), current), lif.respond(current).output)


@pytest.mark.parametrize("reset", ["subtract", "zero"])
def test_a_potential_on_the_threshold_fires_on_both_sides(reset: ResetName) -> None:
    lif = LIF(8, 0.5, 1.0, reset)
    current = torch.tensor([0.5, 0.75, 1.0, 0.0, 1.0, 0.5, 0.25, 0.5], dtype=torch.float64)[:, None, None]
    ours = lif.respond(current).output
    assert ours.flatten().tolist()[:3] == [0.0, 1.0, 1.0]
    assert torch.equal(run_leaky(to_leaky(lif), current), ours)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_spikes_have_the_type_of_the_current(dtype: torch.dtype) -> None:
    spikes = run_leaky(to_leaky(LIF()), random_current(3, 1.0, dtype))
    assert spikes.dtype == dtype
    assert set(spikes.unique().tolist()) == {0.0, 1.0}


@pytest.mark.parametrize("surrogate", ["fast_sigmoid", "atan", "triangle", "boxcar"])
@pytest.mark.parametrize(("beta", "reset"), [(0.9, "zero"), (0.5, "zero"), (1.0, "subtract")])
def test_gradients_through_time_are_neuroffs(beta: float, reset: ResetName, surrogate: SurrogateName) -> None:
    lif = LIF(STEPS, beta, 1.0, reset, surrogate, 1.5)
    weighting = random_current(5, 1.0)
    gradients = []
    runs: tuple[Callable[[torch.Tensor], torch.Tensor], ...] = (
        lambda current: run_leaky(to_leaky(lif), current),
        lambda current: lif_through_time(current, lif),
    )
    for run in runs:
        current = random_current(4, 1.0).requires_grad_()
        (gradient,) = torch.autograd.grad((run(current) * weighting).sum(), current)
        gradients.append(gradient)
    assert gradients[0].abs().max() > 0
    torch.testing.assert_close(gradients[0], gradients[1], rtol=1e-12, atol=1e-12)


def test_a_potential_of_twice_the_threshold_is_refused_where_leaky_resets_twice() -> None:
    lif = LIF(3, 0.9, 1.0, "subtract")
    current = torch.tensor([2.5, 0.0, 0.0], dtype=torch.float64)[:, None, None]
    stock = step_by_hand(to_leaky(lif), current)
    assert not torch.equal(stock, lif.respond(current).output)
    with pytest.raises(ConfigError, match=r"at least 2θ at step 0.*reset='zero'"):
        run_leaky(to_leaky(lif), current)
    for fine in (dataclasses.replace(lif, reset="zero"), dataclasses.replace(lif, beta=1.0)):
        assert torch.equal(run_leaky(to_leaky(fine), current), fine.respond(current).output)


@pytest.mark.parametrize("reset", ["subtract", "zero"])
@pytest.mark.parametrize("surrogate", ["fast_sigmoid", "boxcar"])
def test_there_and_back(surrogate: SurrogateName, reset: ResetName) -> None:
    lif = LIF(7, 0.37, 0.3, reset, surrogate, 3.5)
    assert from_leaky(to_leaky(lif), 7) == lif
    assert from_leaky(to_leaky(lif), 9, surrogate="atan", steepness=1.0) == LIF(
        9, 0.37, 0.3, reset, "atan", 1.0
    )


def leaky(**changes: Any) -> Any:
    return snntorch.Leaky(
        **({"beta": 0.9, "spike_grad": SurrogateSpike("atan", 1.0), "reset_delay": False} | changes)
    )


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"reset_mechanism": "none"}, "reset_mechanism='none'"),
        ({"reset_delay": True}, "reset_delay=True with reset_mechanism='subtract'"),
        ({"state_quant": torch.round}, "state_quant"),
        ({"graded_spikes_factor": 2.0}, "graded_spikes_factor = 2"),
        ({"beta": torch.rand(5)}, "beta holds 5 numbers"),
        ({"threshold": torch.ones(3)}, "threshold holds 3 numbers"),
        ({"beta": 1.25}, r"beta = 1\.25"),
        ({"threshold": -1.0}, "threshold = -1"),
        ({"spike_grad": None}, "does not tell its surrogate"),
    ],
)
def test_what_neuroff_has_not_is_refused_by_name(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        from_leaky(leaky(**changes), 10)


@pytest.mark.filterwarnings("ignore:Inhibition is an unstable feature")
def test_inhibition_is_refused() -> None:
    with pytest.raises(ConfigError, match="inhibition"):
        from_leaky(leaky(inhibition=True), 10)


def test_other_neurons_are_refused() -> None:
    with pytest.raises(ConfigError, match=r"a Synaptic.*expected a snntorch\.Leaky"):
        from_leaky(snntorch.Synaptic(alpha=0.5, beta=0.9), 10)


@pytest.mark.parametrize("steps", [0, -3])
def test_steps_are_checked(steps: int) -> None:
    with pytest.raises(ConfigError, match=f"steps = {steps}"):
        from_leaky(leaky(), steps)


@pytest.mark.parametrize(
    "values", [{"beta": 1.5}, {"beta": -0.1}, {"beta": float("nan")}, {"threshold": 0.0}]
)
def test_a_population_out_of_range_is_refused(values: dict[str, Any]) -> None:
    with pytest.raises(ConfigError, match=next(iter(values))):
        to_leaky(dataclasses.replace(LIF(), **values))


def test_a_neuron_is_left_as_it_was() -> None:
    neuron = to_leaky(LIF())
    neuron.mem = torch.full((2, 2), 0.25)
    first = run_leaky(neuron, random_current(6, 1.0))
    assert torch.equal(neuron.mem, torch.full((2, 2), 0.25))
    assert torch.equal(run_leaky(neuron, random_current(6, 1.0)), first)


def test_a_neuron_that_keeps_its_potential_is_refused() -> None:
    with pytest.raises(ConfigError, match="init_hidden=True"):
        run_leaky(leaky(init_hidden=True), random_current(7, 1.0))


@pytest.mark.parametrize(
    "current", [torch.zeros(2, 3), torch.zeros(0, 2, 3), torch.zeros(2, 2, 3, dtype=torch.int64)]
)
def test_currents_of_another_shape_are_refused(current: torch.Tensor) -> None:
    with pytest.raises(ShapeError, match=r"\(T, B, N\)"):
        run_leaky(to_leaky(LIF()), current)
