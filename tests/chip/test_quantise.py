from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from neuroff.chip.deploy import (
    deploy,
)
from neuroff.chip.model import ChipModel, for_chip
from neuroff.chip.numbers import STATE_LIMIT
from neuroff.chip.quantise import quantise
from neuroff.chip.scales import LayerScale, best_weight_unit, threshold_mantissa, with_exponent
from neuroff.choices import ChipReset
from neuroff.config.build import build_network
from neuroff.core.network import Layer, propagate
from neuroff.core.neurons import LIF
from neuroff.core.signal import Stimulus
from neuroff.core.synapses import Dense
from neuroff.errors import ConfigError, ExportError
from tests.chip.conftest import Trained
from tests.narrow import as_a, bias_of, weight_of
from tests.samples import all_labels, configured, stream_of


def shown(trained: Trained, count: int = 20) -> tuple[Stimulus, torch.Tensor]:
    inputs = trained.split.test.head(count)
    signal = inputs.stimulus(slice(None), "predict", 0)
    return signal, all_labels(10, signal)


def test_thresholds_make_up_for_the_reset(trained: Trained) -> None:
    """Layers fire as they were trained to; with the trained threshold they would fire less."""
    model = trained.model
    signal, labels = shown(trained, 60)
    wanted = [float(each.response.activity.mean()) for each in propagate(trained.network, signal, labels)]
    found = [float(each.response.activity.mean()) for each in propagate(model.network, signal, labels)]
    assert found == pytest.approx(wanted, rel=0.1)
    populations = {
        index: replace(as_a(LIF, model.network.population_of(index)), threshold=1.0) for index in range(2)
    }
    hard = replace(model.network, populations=populations)
    less = [float(each.response.activity.mean()) for each in propagate(hard, signal, labels)]
    assert all(rate < 0.97 * target for rate, target in zip(less, wanted, strict=True))


def test_a_network_trained_with_the_chips_reset_keeps_its_threshold(trained: Trained) -> None:
    network = replace(
        trained.network, population=replace(as_a(LIF, trained.network.population), reset="zero")
    )
    model = quantise(network, trained.split.train, images=30)
    assert [as_a(LIF, model.network.population_of(index)).threshold for index in range(2)] == [1.0, 1.0]


def test_units_fit_the_numbers(trained: Trained) -> None:
    model = trained.model
    for index, (layer, scale) in enumerate(zip(model.network.layers, model.scales, strict=True)):
        integers = scale.integer_weight(weight_of(layer))
        chip = deploy(model).chip.layers[index]
        assert torch.equal(chip.synapses.weight, integers)
        error = (integers * scale.weight_unit - weight_of(layer)).abs()
        low, high = scale.weight_bounds()
        inside = (weight_of(layer) >= low) & (weight_of(layer) <= high)
        assert float(error[inside].max()) <= scale.weight_unit * 1.001
        threshold = float(as_a(LIF, model.network.population_of(index)).threshold)
        assert abs(chip.neurons.threshold - threshold * scale.state_unit) <= 32
        bias = chip.neurons.bias.double() / scale.state_unit
        assert float((bias - bias_of(layer)).abs().max()) < 1e-4
    assert model.gains[0] == 1.0
    assert 0.2 < model.gains[1] < 20


def test_gains_are_the_medians_of_training_images(trained: Trained) -> None:
    model = trained.model
    assert torch.equal(weight_of(model.network.layers[0]), weight_of(trained.network.layers[0]))
    torch.testing.assert_close(
        weight_of(model.network.layers[1]), weight_of(trained.network.layers[1]) * model.gains[1]
    )
    network = replace(for_chip(trained.network), populations=model.network.populations)
    signal = trained.split.train.head(100).stimulus(slice(None))
    first = next(iter(propagate(network, signal, all_labels(10, signal))))
    lengths = first.response.activity.norm(dim=1) / trained.network.target_length(60)
    assert model.gains[1] == pytest.approx(1 / float(lengths.median()), rel=0.02)


def test_the_trained_network_is_left_alone(trained: Trained) -> None:
    before = [weight_of(layer).clone() for layer in trained.network.layers]
    quantise(trained.network, trained.split.train, bits=3, images=20)
    assert all(
        torch.equal(*pair)
        for pair in zip(before, (weight_of(la) for la in trained.network.layers), strict=True)
    )
    assert as_a(LIF, trained.network.population).reset == "subtract"


def test_fewer_bits_disturb_the_drive_more() -> None:
    weight = torch.randn(20, 30, generator=stream_of(0))
    moment = torch.eye(30)

    def disturbance(unit: float, bits: int) -> float:
        return float((LayerScale(unit, 0, bits).integer_weight(weight) * unit - weight).square().sum())

    chosen = {bits: best_weight_unit(weight, moment, bits) for bits in range(2, 9)}
    errors = [disturbance(unit, bits) for bits, unit in chosen.items()]
    assert errors == sorted(errors, reverse=True)
    for bits, unit in chosen.items():
        assert disturbance(unit, bits) <= disturbance(float(weight.abs().max()) / 200, bits) * 1.001


def test_exponents_leave_room_for_the_drive() -> None:
    layer = Layer(Dense(torch.ones(1, 1), torch.full((1,), 0.1)), torch.tensor(0.0))
    plain = LayerScale(1e-3, 0, 8)
    calm, busy = with_exponent(plain, layer, 1.0, 1.0), with_exponent(plain, layer, 1.0, 100.0)
    assert calm.exponent > busy.exponent
    assert 2 * 100.0 * busy.state_unit < STATE_LIMIT <= 4 * 100.0 * busy.state_unit
    assert threshold_mantissa(calm, 1.0) <= 2**17 - 1
    with pytest.raises(ExportError, match="no weight exponent"):
        with_exponent(replace(plain, weight_unit=1e-12), layer, 1.0, 1.0)


def test_networks_the_chip_cannot_have_are_refused(trained: Trained) -> None:
    dense = configured("widths=6,5")
    with pytest.raises(ExportError, match="neurons that do not spike"):
        quantise(build_network(dense, 64, 10), trained.split.train)
    boxed = replace(trained.network, black_boxes={0: torch.sign})
    with pytest.raises(ExportError, match="a function behind layer 1"):
        quantise(boxed, trained.split.train)
    fading = replace(
        trained.network, population=replace(as_a(LIF, trained.network.population), trace_decay=0.5)
    )
    with pytest.raises(ExportError, match=r"counts spikes\. Train with neuron\.trace_decay=1\."):
        quantise(fading, trained.split.train)
    ahead = replace(trained.network, population=replace(as_a(LIF, trained.network.population), start=0.5))
    with pytest.raises(ExportError, match=r"0\.5 at the start"):
        quantise(ahead, trained.split.train)
    filtering = replace(trained.network, population=replace(as_a(LIF, trained.network.population), alpha=0.5))
    with pytest.raises(
        ExportError, match=r"to last\. --spikes \(in Python spikes=True\), or train with neuron\.model=lif"
    ):
        deploy(quantise(filtering, trained.split.train, images=20))


@pytest.mark.parametrize(
    ("waiting", "reset", "message"),
    [
        (
            1,
            "subtract",
            "layer 1: neuron.refractory=1 beside neuron.reset=subtract; expected neurons that wait after a "
            "spike to reset to zero. --chip-reset rest (in Python chip_reset='rest'), or train with "
            "neuron.reset=zero.",
        ),
        (
            64,
            "rest",
            "layer 1: neuron.refractory=64; expected at most 63 steps after a spike in which a neuron waits. "
            "Train with neuron.refractory=63 or less.",
        ),
    ],
)
def test_neurons_that_wait_as_the_chip_s_cannot_are_refused_by_their_keys(
    trained: Trained, waiting: int, reset: ChipReset, message: str
) -> None:
    population = replace(as_a(LIF, trained.network.population), refractory=waiting)
    with pytest.raises(ExportError) as error:
        quantise(replace(trained.network, population=population), trained.split.train, reset=reset)
    assert str(error.value) == message
    allowed = replace(population, refractory=63)
    found = for_chip(replace(trained.network, population=allowed), "rest")
    assert as_a(LIF, found.population_of(0)).reset == "zero"


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"bits": 1}, ExportError),
        ({"bits": 9}, ExportError),
        ({"payload_bits": 0}, ExportError),
        ({"payload_bits": 17}, ExportError),
        ({"images": 0}, ConfigError),
    ],
)
def test_bad_options_are_refused(
    trained: Trained, options: dict[str, int], error: type[ConfigError] | type[ExportError]
) -> None:
    with pytest.raises(error):
        quantise(trained.network, trained.split.train, **options)  # type: ignore[arg-type]


def test_a_model_is_its_networks_copy(trained: Trained) -> None:
    model: ChipModel = trained.model
    assert {lif.reset for lif in map(model.network.population_of, range(2))} == {"zero"}  # type: ignore[attr-defined]
    assert model.network.gain == "constant"
