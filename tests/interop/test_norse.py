from __future__ import annotations

import dataclasses
import importlib.util
from collections.abc import Callable
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from neuroff.core.neurons import LIF
from neuroff.core.neurons.step import ResetName
from neuroff.core.neurons.surrogate import SurrogateName
from neuroff.errors import ConfigError, ShapeError
from neuroff.interop.library import load_library
from neuroff.interop.norse import NorseCell, NorseModel, from_norse_cell, run_norse_cell, to_norse_cell
from tests.interop.drives import STEPS, random_current
from tests.oracles import lif_through_time

pytestmark = pytest.mark.skipif(
    importlib.util.find_spec("norse") is None, reason="norse is not installed (neuroff[interop])"
)

NEURON = LIF(STEPS, 0.9, 1.0, "zero", "fast_sigmoid", 1.0)


def norse(name: str) -> Any:
    return load_library(f"norse.torch.functional.{name}")


def number(value: float) -> torch.Tensor:
    return torch.tensor(value, dtype=torch.float64)


@pytest.mark.parametrize(("model", "reset"), [("LIFBox", "zero"), ("LIFBox", "subtract"), ("LIF", "zero")])
@pytest.mark.parametrize("threshold", [0.3, 1.0, 1.5])
@pytest.mark.parametrize("beta", [0.0, 0.5, 0.9, 0.99])
def test_spike_for_spike(beta: float, threshold: float, model: NorseModel, reset: ResetName) -> None:
    lif = dataclasses.replace(NEURON, beta=beta, threshold=threshold, reset=reset)
    current = random_current(1, 3.0 * threshold)
    ours = lif.respond(current).output
    assert 0.02 < ours.mean() < 0.98
    assert torch.equal(run_norse_cell(to_norse_cell(lif, model=model), current), ours)


@settings(max_examples=60, deadline=None)
@given(
    beta=st.floats(0.0, 0.999),
    threshold=st.floats(0.05, 20.0),
    kind=st.sampled_from([("LIFBox", "zero"), ("LIFBox", "subtract"), ("LIF", "zero")]),
    dt_s=st.sampled_from([1e-4, 1e-3, 0.37]),
    seed=st.integers(0, 2**31),
)
def test_spike_for_spike_whatever_the_numbers(
    beta: float, threshold: float, kind: tuple[NorseModel, ResetName], dt_s: float, seed: int
) -> None:
    model, reset = kind
    lif = dataclasses.replace(NEURON, beta=beta, threshold=threshold, reset=reset)
    current = random_current(seed, 3.0 * threshold)
    assert torch.equal(run_norse_cell(to_norse_cell(lif, dt_s, model), current), lif.respond(current).output)


@pytest.mark.parametrize("reset", ["zero", "subtract"])
@pytest.mark.parametrize("tau_mem_s", [0.002, 0.01, 0.1])
def test_parameters_of_norses_own_making_are_read_spike_for_spike(tau_mem_s: float, reset: str) -> None:
    box = norse("lif_box")
    resets = {"zero": norse("reset").reset_value, "subtract": norse("reset").reset_subtract}
    parameters = box.LIFBoxParameters(
        tau_mem_inv=number(1.0 / tau_mem_s), v_th=number(0.8), reset_method=resets[reset]
    )
    cell = NorseCell(parameters, 1e-3)
    lif = from_norse_cell(cell, STEPS)
    assert lif.beta == pytest.approx(1.0 - 1e-3 / tau_mem_s, abs=1e-15)
    assert (lif.threshold, lif.reset) == (0.8, reset)

    current = random_current(2, 2.0) * cell.input_gain
    state, spikes = box.LIFBoxFeedForwardState(v=torch.zeros_like(current[0])), []
    for arriving in current:
        fired, state = box.lif_box_feed_forward_step(arriving, state, parameters, 1e-3)
        spikes.append(fired)
    theirs = torch.stack(spikes)
    assert theirs.any()
    assert torch.equal(theirs, lif.respond(current / cell.input_gain).output)
    assert torch.equal(theirs, run_norse_cell(cell, current / cell.input_gain))


def test_norses_module_takes_the_cell() -> None:
    module = load_library("norse.torch.module.lif_box").LIFBoxCell
    cell, current, state, spikes = to_norse_cell(NEURON), random_current(3, 2.0), None, []
    neuron = module(cell.parameters, dt=cell.dt_s)
    for arriving in current * cell.input_gain:
        fired, state = neuron(arriving, state)
        spikes.append(fired)
    assert torch.equal(torch.stack(spikes), NEURON.respond(current).output)


@pytest.mark.parametrize("surrogate", ["fast_sigmoid", "triangle"])
@pytest.mark.parametrize("reset", ["zero", "subtract"])
def test_gradients_through_time_are_neuroffs(reset: ResetName, surrogate: SurrogateName) -> None:
    lif = dataclasses.replace(NEURON, reset=reset, surrogate=surrogate)
    weighting = random_current(5, 1.0)
    gradients = []
    runs: tuple[Callable[[torch.Tensor], torch.Tensor], ...] = (
        lambda current: run_norse_cell(to_norse_cell(lif), current),
        lambda current: lif_through_time(current, lif),
    )
    for run in runs:
        current = random_current(4, 1.0).requires_grad_()
        (gradient,) = torch.autograd.grad((run(current) * weighting).sum(), current)
        gradients.append(gradient)
    assert gradients[0].abs().max() > 0
    torch.testing.assert_close(gradients[0], gradients[1], rtol=1e-10, atol=1e-10)


def test_a_constant_float32_current_keeps_its_type() -> None:
    spikes = run_norse_cell(to_norse_cell(NEURON), random_current(6, 2.0, torch.float32))
    assert spikes.dtype == torch.float32
    assert set(spikes.unique().tolist()) == {0.0, 1.0}


@pytest.mark.parametrize(("model", "reset"), [("LIFBox", "zero"), ("LIFBox", "subtract"), ("LIF", "zero")])
@pytest.mark.parametrize("surrogate", ["fast_sigmoid", "triangle"])
def test_there_and_back(surrogate: SurrogateName, model: NorseModel, reset: ResetName) -> None:
    lif = LIF(7, 0.75, 0.3, reset, surrogate, 1.0)
    back = from_norse_cell(to_norse_cell(lif, 2e-3, model), 7)
    assert back.beta == pytest.approx(0.75, abs=1e-15)
    assert dataclasses.replace(back, beta=0.75) == lif


@pytest.mark.parametrize(
    ("changes", "model", "message"),
    [
        ({"beta": 1.0}, "LIFBox", "beta = 1, a neuron that does not leak"),
        ({"beta": 1.5}, "LIFBox", r"beta = 1\.5"),
        ({"threshold": -1.0}, "LIFBox", "threshold = -1"),
        ({"reset": "subtract"}, "LIF", "reset 'subtract'.*model='LIFBox'"),
        ({"surrogate": "atan"}, "LIFBox", "surrogate 'atan' of steepness 1"),
        ({"surrogate": "boxcar"}, "LIF", "surrogate 'boxcar'"),
        ({"surrogate": "triangle", "steepness": 2.0}, "LIFBox", "surrogate 'triangle' of steepness 2"),
    ],
)
def test_what_norse_has_not_is_refused_by_name(
    changes: dict[str, Any], model: NorseModel, message: str
) -> None:
    with pytest.raises(ConfigError, match=message):
        to_norse_cell(dataclasses.replace(NEURON, **changes), model=model)


@pytest.mark.parametrize("dt_s", [0.0, -1e-3, float("inf"), float("nan")])
def test_time_steps_are_checked(dt_s: float) -> None:
    with pytest.raises(ConfigError, match="dt_s"):
        to_norse_cell(NEURON, dt_s)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"v_leak": -65.0}, "v_leak = -65"),
        ({"v_reset": -0.5}, r"v_reset = -0\.5"),
        ({"tau_mem_inv": 1500.0}, r"dt_s · tau_mem_inv = 1\.5"),
        ({"tau_mem_inv": 0.0}, r"dt_s · tau_mem_inv = 0"),
        ({"v_th": [1.0, 2.0]}, "v_th holds 2 numbers"),
        ({"method": "heaviside"}, "method 'heaviside'"),
        ({"method": "tanh"}, "method 'tanh' with alpha = 100"),
        ({"method": "triangle", "alpha": 0.3}, r"method 'triangle' with alpha = 0\.3"),
        ({"reset_method": lambda spikes, potential, value, threshold: potential}, "reset_method"),
    ],
)
def test_what_neuroff_has_not_is_refused_by_name(changes: dict[str, Any], message: str) -> None:
    changes = {k: torch.tensor(v) if isinstance(v, float | list) else v for k, v in changes.items()}
    with pytest.raises(ConfigError, match=message):
        from_norse_cell(NorseCell(norse("lif_box").LIFBoxParameters(**changes)), 10)


@pytest.mark.parametrize("beta", [0.0, 0.5, 0.9])
@pytest.mark.parametrize("alpha", [0.3, 0.8])
def test_current_based_neurons_spike_for_spike(alpha: float, beta: float) -> None:
    lif = dataclasses.replace(NEURON, alpha=alpha, beta=beta)
    cell = to_norse_cell(lif, model="LIF")
    current = random_current(8, 1.0)
    ours = lif.respond(current.clone()).output
    assert 0.02 < ours.mean() < 0.98
    assert torch.equal(run_norse_cell(cell, current), ours)
    back = from_norse_cell(cell, STEPS)
    assert back.alpha == pytest.approx(alpha, abs=1e-12)
    assert back.beta == pytest.approx(beta, abs=1e-12)


def test_norses_own_synaptic_filter_is_read() -> None:
    lif = from_norse_cell(NorseCell(norse("lif").LIFParameters(method="super", alpha=number(1.0))), STEPS)
    assert lif.alpha == pytest.approx(0.8)


def test_a_box_has_no_synaptic_filter() -> None:
    with pytest.raises(ConfigError, match=r"alpha = 0\.5"):
        to_norse_cell(dataclasses.replace(NEURON, alpha=0.5))


def test_learned_numbers_go_over_as_they_are() -> None:
    learned = dataclasses.replace(NEURON, beta=number(0.75), threshold=number(0.5))
    fixed = dataclasses.replace(NEURON, beta=0.75, threshold=0.5)
    current = random_current(9, 1.0)
    assert torch.equal(run_norse_cell(to_norse_cell(learned), current), fixed.respond(current.clone()).output)


def test_refractory_steps_are_refused() -> None:
    with pytest.raises(ConfigError, match="refractory = 2"):
        to_norse_cell(dataclasses.replace(NEURON, refractory=2))


def test_a_head_start_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"start = 0\.5"):
        to_norse_cell(dataclasses.replace(NEURON, start=0.5))


def test_a_surrogate_can_be_given_where_norses_has_no_counterpart() -> None:
    cell = NorseCell(norse("lif_box").LIFBoxParameters(method="tanh"))
    lif = from_norse_cell(cell, 10, surrogate="atan", steepness=2.0)
    assert (lif.surrogate, lif.steepness) == ("atan", 2.0)


def test_other_parameters_are_refused() -> None:
    cell = NorseCell(norse("iaf").IAFParameters())
    with pytest.raises(ConfigError, match="IAFParameters"):
        from_norse_cell(cell, 10)
    with pytest.raises(ConfigError, match="IAFParameters"):
        run_norse_cell(cell, random_current(1, 1.0))


@pytest.mark.parametrize(
    "current", [torch.zeros(2, 3), torch.zeros(0, 2, 3), torch.zeros(2, 2, 3, dtype=torch.int64)]
)
def test_currents_of_another_shape_are_refused(current: torch.Tensor) -> None:
    with pytest.raises(ShapeError, match=r"\(T, B, N\)"):
        run_norse_cell(to_norse_cell(NEURON), current)
