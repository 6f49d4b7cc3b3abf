from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch

import neuroff
from neuroff.config.inputs import prepare
from neuroff.config.overrides import apply_settings
from neuroff.config.presets import preset
from neuroff.core.inputs import Inputs
from neuroff.core.network import Network
from neuroff.core.neurons import LIF
from neuroff.data import DataSet
from neuroff.errors import ConfigError, ShapeError
from neuroff.interop import BorrowedPopulation, norse_population, snntorch_population
from neuroff.interop.library import load_library
from neuroff.interop.norse import to_norse_cell
from neuroff.interop.snntorch import to_leaky
from neuroff.interop.spike import SurrogateSpike
from neuroff.training.evaluate import accuracy
from tests.interop.drives import STEPS, random_current
from tests.narrow import as_a, bias_of, weight_of
from tests.oracles import lif_through_time
from tests.samples import train_by

snntorch = pytest.importorskip("snntorch", reason="snntorch is not installed (neuroff[interop])")
pytest.importorskip("norse", reason="norse is not installed (neuroff[interop])")

SMALL = ("widths=100,100", "epochs=6", "batch_size=50", "neuron.steps=6", "evaluate_every=0")


@pytest.fixture(autouse=True)
def no_neurons_left_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(snntorch.SpikingNeuron, "instances", [])


def box(**changes: Callable[..., Any]) -> Any:
    parameters = load_library("norse.torch.functional.lif_box").LIFBoxParameters(**changes)
    return load_library("norse.torch.module.lif_box").LIFBoxCell(parameters)


def same_as(lif: LIF) -> dict[str, BorrowedPopulation]:
    """The same neuron, borrowed from each library."""
    cell = to_norse_cell(lif)
    module = load_library("norse.torch.module.lif_box").LIFBoxCell(cell.parameters, dt=cell.dt_s)
    return {
        "snntorch": snntorch_population(to_leaky(lif), lif.steps),
        "norse": norse_population(module, lif.steps, cell.input_gain),
    }


@pytest.mark.parametrize("library", ["snntorch", "norse"])
@pytest.mark.parametrize("constant", [True, False])
@pytest.mark.parametrize("beta", [0.5, 0.9])
def test_a_borrowed_neuron_answers_and_learns_as_ours(library: str, constant: bool, beta: float) -> None:
    lif = LIF(STEPS, beta, 1.0, "zero", "fast_sigmoid", 1.0)
    theirs = same_as(lif)[library]
    drive = random_current(1, 1.5)[0] if constant else random_current(1, 1.5)
    weighting = random_current(2, 1.0)[0]
    wanted, found = lif.respond_traced(drive.clone()), theirs.respond_traced(drive.clone())
    assert torch.equal(wanted.output, found.output)
    assert torch.equal(wanted.activity, found.activity)
    assert torch.equal(theirs.respond(drive.clone()).output, found.output)
    expected = lif.sensitivity(wanted, weighting.clone())
    gradient = theirs.sensitivity(found, weighting.clone())
    assert gradient.shape == drive.shape
    assert expected.abs().max() > 0
    torch.testing.assert_close(gradient, expected, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize(
    "make",
    [
        lambda: snntorch.Leaky(beta=0.9),
        lambda: snntorch.Leaky(beta=0.9, reset_delay=False, learn_beta=True, learn_threshold=True),
        lambda: snntorch.Lapicque(beta=0.9),
        lambda: snntorch.Synaptic(alpha=0.5, beta=0.8),
        lambda: snntorch.Alpha(alpha=0.8, beta=0.5),
        lambda: snntorch.Leaky(beta=torch.full((17,), 0.8)),
    ],
)
def test_neurons_of_snntorch_serve_as_they_are(make: Callable[..., Any]) -> None:
    neuron = make()
    before = {name: value.clone() for name, value in neuron.state_dict().items()}
    population = snntorch_population(neuron, STEPS)
    current = random_current(3, 8.0, torch.float32)
    response = population.respond_traced(current)
    states = [torch.zeros_like(current[0]) for _ in range(len(neuron(current[0])) - 1)]
    by_hand = []
    for arriving in current:
        fired, *states = neuron(arriving, *states)
        by_hand.append(fired.detach())
    assert torch.equal(response.output, torch.stack(by_hand))
    assert response.output.any()
    assert population.sensitivity(response, torch.ones(3, 17)).abs().max() > 0
    assert not response.output.requires_grad
    for name, value in neuron.state_dict().items():
        assert torch.equal(value, before[name])
    assert all(parameter.grad is None for parameter in neuron.parameters())


@pytest.mark.parametrize("name", ["lif.LIFCell", "lif_box.LIFBoxCell", "lif_adex.LIFAdExCell", "iaf.IAFCell"])
def test_cells_of_norse_serve_as_they_are(name: str) -> None:
    file, _, kind = name.partition(".")
    cell = getattr(load_library(f"norse.torch.module.{file}"), kind)()
    population = norse_population(cell, STEPS, 5.0)
    current = random_current(4, 1.5, torch.float32)
    response = population.respond_traced(current.clone())
    state, by_hand = None, []
    for arriving in 5.0 * current:
        fired, state = cell(arriving, state)
        by_hand.append(fired.detach())
    assert torch.equal(response.output, torch.stack(by_hand))
    assert response.output.any()
    assert torch.equal(population.respond(current.clone()).output, response.output)
    assert population.sensitivity(response, torch.ones(3, 17)).abs().max() > 0


def test_a_neuron_is_left_as_it_was() -> None:
    neuron = snntorch.Leaky(beta=0.9)
    neuron.mem = torch.full((2, 2), 0.25)
    snntorch_population(neuron, 4).respond(torch.rand(3, 5))
    assert torch.equal(neuron.mem, torch.full((2, 2), 0.25))


def test_any_differentiable_function_of_currents_serves() -> None:
    lif = LIF(STEPS, 0.9, 1.0, "subtract", "atan", 2.0)
    population = BorrowedPopulation(lambda current: lif_through_time(current, lif), STEPS)
    current, weighting = random_current(5, 1.5), random_current(6, 1.0)[0]
    expected = lif.sensitivity(lif.respond_traced(current.clone()), weighting.clone())
    gradient = population.sensitivity(population.respond_traced(current.clone()), weighting.clone())
    torch.testing.assert_close(gradient, expected, rtol=1e-9, atol=1e-12)


def trained(
    digits: DataSet, population: BorrowedPopulation | dict[int, BorrowedPopulation] | None, *settings: str
) -> tuple[Network, float]:
    """Train as always, with other neurons in every layer or in some."""
    config = apply_settings(preset("demo", path="spiking", dataset="digits"), [*SMALL, *settings])
    split = prepare(digits, config)
    network = train_by(config, split, population=population).network
    return network, accuracy(network, split.test)


@pytest.mark.parametrize("library", ["snntorch", "norse"])
def test_training_with_the_same_neuron_gives_the_same_weights(library: str, few_digits: DataSet) -> None:
    settings = ("precision=float64", "reset=zero", "steepness=1.0", "epochs=1", "neuron.steps=5")
    ours, _ = trained(few_digits, None, *settings)
    assert isinstance(ours.population, LIF)
    theirs, _ = trained(few_digits, same_as(ours.population)[library], *settings)
    for one, other in zip(ours.layers, theirs.layers, strict=True):
        torch.testing.assert_close(weight_of(one), weight_of(other), rtol=1e-8, atol=1e-10)
        torch.testing.assert_close(bias_of(one), bias_of(other), rtol=1e-8, atol=1e-10)


@pytest.mark.parametrize("borrowed", [0, 1])
def test_one_layer_may_have_borrowed_neurons_and_the_other_ours(borrowed: int, few_digits: DataSet) -> None:
    settings = ("precision=float64", "reset=zero", "steepness=1.0", "epochs=1", "neuron.steps=5")
    ours, _ = trained(few_digits, None, *settings)
    mixed, share = trained(few_digits, {borrowed: same_as(as_a(LIF, ours.population))["snntorch"]}, *settings)
    assert isinstance(mixed.population_of(borrowed), BorrowedPopulation)
    assert isinstance(mixed.population_of(1 - borrowed), LIF)
    for one, other in zip(ours.layers, mixed.layers, strict=True):
        torch.testing.assert_close(weight_of(one), weight_of(other), rtol=1e-8, atol=1e-10)
    assert 0 <= share <= 1
    assert neuroff.count_activity(mixed, few_inputs_of(few_digits)).firing_rate[borrowed] > 0


def few_inputs_of(digits: DataSet) -> Inputs:
    config = apply_settings(preset("demo", path="spiking", dataset="digits"), [*SMALL, "precision=float64"])
    return prepare(digits, config).test.head(5)


@pytest.mark.parametrize(
    ("settings", "population", "message"),
    [
        ((), {2: LIF(6)}, "neurons for layer 2"),
        ((), LIF(7), "that take 7 steps"),
        (("neuron.learned=threshold",), LIF(6), "neuron.learned"),
        (("path=dense",), LIF(6), "path=spiking"),
    ],
)
def test_neurons_that_do_not_fit_the_configuration_are_refused(
    settings: tuple[str, ...], population: LIF | dict[int, LIF], message: str
) -> None:
    config = apply_settings(preset("demo", path="spiking", dataset="digits"), [*SMALL, *settings])
    with pytest.raises(ConfigError, match=message):
        neuroff.build_network(config, 784, 10, population=population)


def test_rules_that_need_neurons_step_by_step_say_so(few_digits: DataSet) -> None:
    population = snntorch_population(snntorch.Leaky(beta=0.9), 6)
    with pytest.raises(ConfigError, match="BorrowedPopulation"):
        trained(few_digits, population, "neuron.rule=online_step", "network.gain=online", "epochs=1")


@pytest.fixture(scope="module")
def our_accuracy(digits: DataSet) -> float:
    _, share = trained(digits, None)
    assert share > 0.85
    return share


def test_digits_are_learnt_as_well_with_a_neuron_of_snntorchs_own(
    digits: DataSet, our_accuracy: float
) -> None:
    leaky = snntorch.Leaky(beta=0.9, spike_grad=snntorch.surrogate.fast_sigmoid(slope=2))
    _, theirs = trained(digits, snntorch_population(leaky, 6))
    assert abs(our_accuracy - theirs) < 0.06


def test_digits_are_learnt_as_well_with_a_cell_of_norses_own(digits: DataSet, our_accuracy: float) -> None:
    cell = box(reset_method=load_library("norse.torch.functional.reset").reset_subtract)
    _, theirs = trained(digits, norse_population(cell, 6, 10.0))
    assert abs(our_accuracy - theirs) < 0.08


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: snntorch.RLeaky(beta=0.9, linear_features=3), "a RLeaky"),
        (lambda: torch.nn.ReLU(), "a ReLU"),
        (lambda: snntorch.Leaky(beta=0.9, init_hidden=True), "init_hidden=True"),
    ],
)
def test_other_modules_are_refused_by_snntorchs_side(make: Callable[..., Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        snntorch_population(make(), 4)


def test_other_modules_are_refused_by_norses_side() -> None:
    with pytest.raises(ConfigError, match=r"a ReLU.*feed-forward cell of Norse"):
        norse_population(torch.nn.ReLU(), 4)


@pytest.mark.parametrize("gain", [float("inf"), float("nan")])
def test_gains_are_checked(gain: float) -> None:
    with pytest.raises(ConfigError, match="input_gain"):
        norse_population(box(), 4, gain)


def test_steps_are_checked() -> None:
    with pytest.raises(ConfigError, match="steps = 0"):
        snntorch_population(snntorch.Leaky(beta=0.9), 0)


def test_a_neuron_without_a_derivative_does_not_learn() -> None:
    population = BorrowedPopulation(lambda current: (current > 1.0).float(), 3)
    response = population.respond_traced(torch.rand(2, 4))
    with pytest.raises(ConfigError, match="no derivative"):
        population.sensitivity(response, torch.ones(2, 4))


def test_a_response_without_a_trace_does_not_teach() -> None:
    population = BorrowedPopulation(SurrogateSpike("atan", 1.0), 3)
    with pytest.raises(ValueError, match="respond_traced"):
        population.sensitivity(population.respond(torch.rand(2, 4)), torch.ones(2, 4))


def test_a_neuron_of_another_width_is_refused() -> None:
    population = BorrowedPopulation(lambda current: current[..., :1], 3)
    with pytest.raises(ShapeError, match="one neuron per current"):
        population.respond(torch.rand(2, 4))


def test_adaptive_neurons_learn_by_class_groups(digits: DataSet) -> None:
    cell = load_library("norse.torch.module.lif_adex").LIFAdExCell()
    small = ["widths=60,60", "epochs=4", "batch_size=50", "neuron.steps=6", "learning_rate=0.003"]
    config = apply_settings(preset("groups", path="spiking", dataset="digits"), small)
    split = prepare(digits, config)
    trained = train_by(config, split, population=norse_population(cell, 6, 10.0)).network
    assert accuracy(trained, split.test) > 0.75
