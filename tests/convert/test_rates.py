from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import torch

from neuroff.convert import RateNeuron, log_slope, rate_limit, rate_network
from neuroff.core.network import propagate
from neuroff.core.neurons import LIF
from neuroff.core.neurons.step import ResetName
from neuroff.data import DataSet
from neuroff.errors import ConfigError
from neuroff.training.evaluate import accuracy
from tests.convert.conftest import trained
from tests.narrow import as_a
from tests.samples import configured, few_inputs, lively_network, stream_of


@pytest.mark.parametrize("reset", ["subtract", "zero"])
@pytest.mark.parametrize("beta", [0.0, 0.3, 0.9, 0.95, 1.0])
def test_rates_stay_within_a_spike_of_their_limit(beta: float, reset: ResetName) -> None:
    """A long simulation is the other way to the same number: it is off by one spike in T at most."""
    current = torch.rand(1, 200, generator=stream_of(3), dtype=torch.float64) * 2.2 - 0.3
    neuron = LIF(2000, beta, 1.3, reset)
    found = rate_limit(neuron, current)
    simulated = neuron.respond(current.clone()).activity
    assert (found - simulated).abs().max() <= 1 / 2000
    assert 0.05 < float(found.mean()) < 0.95


@pytest.mark.parametrize("reset", ["subtract", "zero"])
@pytest.mark.parametrize(("alpha", "refractory"), [(0.5, 0), (0.0, 2), (0.6, 3)])
@pytest.mark.parametrize("beta", [0.8, 1.0])
def test_synaptic_currents_and_refractory_steps_have_limits_too(
    beta: float, reset: ResetName, alpha: float, refractory: int
) -> None:
    current = torch.rand(1, 100, generator=stream_of(6), dtype=torch.float64) * 0.9 - 0.1
    neuron = LIF(3000, beta, 0.7, reset, alpha=alpha, refractory=refractory)
    simulated = neuron.respond(current.clone()).activity
    assert (rate_limit(neuron, current) - simulated).abs().max() <= (2 + 1 / (1 - alpha)) / 3000
    assert float(simulated.max()) > 0.2


@pytest.mark.parametrize("changes", [{"alpha": 1.0}, {"trace_decay": 0.5}])
def test_what_has_no_rate_limit_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(ConfigError, match=next(iter(changes))):
        rate_limit(LIF(**changes), torch.ones(1))


def test_learned_numbers_have_the_limit_of_fixed_ones() -> None:
    current = torch.rand(20, generator=stream_of(7), dtype=torch.float64)
    learned = LIF(beta=torch.tensor(0.5), threshold=torch.tensor(0.75))
    assert torch.equal(rate_limit(learned, current), rate_limit(LIF(beta=0.5, threshold=0.75), current))


def test_a_rate_limit_has_the_type_and_shape_of_its_current() -> None:
    current = torch.rand(3, 4)
    found = rate_limit(LIF(), current)
    assert (found.dtype, found.shape) == (current.dtype, current.shape)


@pytest.mark.parametrize("reset", ["subtract", "zero"])
@pytest.mark.parametrize("beta", [0.5, 0.9])
def test_at_the_ends_of_the_staircase(beta: float, reset: ResetName) -> None:
    """A current that reaches the threshold only in the limit never fires; one of θ fires at every step."""
    current = torch.tensor([-1.0, 0.0, 1.0 - beta, 1.0, 3.0], dtype=torch.float64)
    assert rate_limit(LIF(beta=beta, reset=reset), current).tolist() == [0.0, 0.0, 0.0, 1.0, 1.0]


@pytest.fixture(scope="module", params=["1.0", "0.9"])
def leak(request: pytest.FixtureRequest, digits: DataSet) -> tuple[float, tuple[int, ...], list[list[float]]]:
    network, split = trained(digits, "spiking", "epochs=2", f"beta={request.param}")
    signal = split.test.head(12).stimulus(slice(0, 12))
    labels = network.asking.everything(signal.samples)
    limit = [shown.goodness for shown in propagate(rate_network(network), signal, labels)]
    steps, errors = (16, 32, 64, 128, 256, 512), []
    for count in steps:
        longer = replace(network, population=replace(as_a(LIF, network.population), steps=count))
        found = [shown.goodness for shown in propagate(longer, signal, labels)]
        pairs = zip(found, limit, strict=True)
        errors.append([float((a - b).abs().mean() / b.abs().mean()) for a, b in pairs])
    return float(request.param), steps, errors


def test_goodness_approaches_its_rate_limit_as_one_over_steps(
    leak: tuple[float, tuple[int, ...], list[list[float]]],
) -> None:
    beta, steps, errors = leak
    first, second = ([error[layer] for error in errors] for layer in range(2))
    assert log_slope(steps, first) == pytest.approx(-1, abs=0.1)
    if beta == 1.0:
        assert log_slope(steps, second) == pytest.approx(-1, abs=0.1)
    else:
        # With leak, the limit of a deeper layer is that of its mean current only nearly.
        assert 1e-3 < second[-1] < 0.06
        assert second[-1] < second[0] / 3


def test_a_rate_network_predicts_and_does_not_learn() -> None:
    config = configured(path="spiking")
    rates = rate_network(lively_network(config))
    assert 0.0 <= accuracy(rates, few_inputs(config)) <= 1.0
    for call in (
        lambda: rates.population.respond_traced(torch.zeros(2, 3)),
        lambda: rates.population.sensitivity(rates.population.respond(torch.zeros(2, 3)), torch.zeros(2, 3)),
    ):
        with pytest.raises(ConfigError, match="no derivative"):
            call()


def test_spikes_enter_a_rate_network_by_their_mean() -> None:
    neuron = RateNeuron(LIF(4, 1.0))
    drive = torch.rand(4, 2, 3, generator=stream_of(5), dtype=torch.float64)
    assert torch.equal(neuron.respond(drive).activity, drive.mean(0))


def test_a_dense_network_has_no_rate_limit() -> None:
    with pytest.raises(ConfigError, match="LIF"):
        rate_network(lively_network(configured()))
