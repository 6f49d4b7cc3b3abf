from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from neuroff.config.inputs import prepare
from neuroff.config.overrides import apply_settings
from neuroff.config.presets import preset
from neuroff.convert import (
    Deviation,
    Twin,
    balance,
    deviations,
    log_slope,
    to_spikes,
    twin_accuracy,
    twin_goodness,
    twin_scores,
)
from neuroff.core.inputs import Split
from neuroff.core.network import Network, propagate
from neuroff.core.neurons.relu import ReLU
from neuroff.core.scores import class_scores
from neuroff.data import DataSet
from neuroff.errors import ConfigError, ShapeError
from neuroff.training.evaluate import accuracy
from tests.convert.conftest import trained
from tests.narrow import weight_of
from tests.samples import configured, few, few_inputs, lively_network


def test_goodness_and_activity_approach_the_dense_ones_as_one_over_steps(
    measured: tuple[Deviation, ...],
) -> None:
    steps = [found.steps for found in measured]
    for layer in range(2):
        assert log_slope(steps, [found.goodness[layer] for found in measured]) == pytest.approx(-1, abs=0.1)
        assert log_slope(steps, [found.activity[layer] for found in measured]) == pytest.approx(-1, abs=0.1)
    assert max(measured[-1].goodness) < 2e-3


def test_predictions_become_the_dense_ones(
    dense: tuple[Network, Split],
    measured: tuple[Deviation, ...],
) -> None:
    network, split = dense
    # An image whose two best labels have nearly the same score may fall to either.
    assert measured[-1].agreement >= 39 / 40
    assert measured[-1].agreement > measured[0].agreement
    assert abs(measured[-1].accuracy - accuracy(network, split.test.head(40))) <= 1 / 40


def test_spikes_grow_with_steps(
    measured: tuple[Deviation, ...],
) -> None:
    rates = [found.spikes / found.steps for found in measured]
    assert max(rates) < 1.05 * min(rates)
    assert 0 < max(rates) < 140


def test_a_later_start_is_closer(
    dense: tuple[Network, Split],
    twin: Twin,
    measured: tuple[Deviation, ...],
) -> None:
    network, split = dense
    late = to_spikes(network, split.train.head(300), initial=0.0)
    assert late.scales == twin.scales
    (rounded_down,) = deviations(network, late, split.test.head(40), (32,))
    assert min(rounded_down.goodness) > 2 * max(measured[1].goodness)


def test_scores_of_the_twin_are_of_the_dense_scale_under_every_rule(digits: DataSet) -> None:
    network, split = trained(digits, "dense", "variant=acff", "gamma=0.4", "epochs=2")
    twin = to_spikes(network, split.train.head(200), steps=400)
    signal = split.test.head(10).stimulus(slice(0, 10))
    for rule in ("goodness", "collaborative", "last"):
        wanted, found = class_scores(network, signal, rule), twin_scores(twin, signal, rule)
        assert (wanted - found).abs().mean() < 5e-3 * wanted.abs().mean()


@pytest.mark.parametrize("goodness", ["linear", "sum_squares"])
@pytest.mark.parametrize("gain", ["constant", "online", "presentation"])
def test_every_goodness_and_gain_of_the_dense_network_is_approached(gain: str, goodness: str) -> None:
    config = configured(f"gain={gain}", "constant_gain=0.8", f"goodness={goodness}", "widths=12,10")
    network, inputs = lively_network(config), few_inputs(config)
    signal = inputs.stimulus(slice(0, 6))
    wanted = class_scores(network, signal)
    errors, steps = [], (32, 128, 512)
    for count in steps:
        found = twin_scores(to_spikes(network, inputs, steps=count), signal)
        errors.append(float((wanted - found).abs().mean() / wanted.abs().mean()))
    assert errors[-1] < 0.01
    assert log_slope(steps, errors) < -0.7


def test_accuracy_is_the_share_of_correct_predictions(
    dense: tuple[Network, Split],
    twin: Twin,
    measured: tuple[Deviation, ...],
) -> None:
    _, split = dense
    assert twin_accuracy(twin.at(16), split.test.head(40)) == measured[0].accuracy


def test_the_dense_network_stays_as_it_was(dense: tuple[Network, Split], twin: Twin) -> None:
    network, _ = dense
    before = weight_of(network.layers[0]).clone()
    assert torch.allclose(weight_of(twin.network.layers[0]) * twin.scales[0], before)
    assert torch.equal(weight_of(network.layers[0]), before)
    assert {float(value) for value in twin.network.population.respond(torch.rand(2, 3)).output.unique()} <= {
        0.0,
        1.0,
    }


def test_balance_is_the_greatest_activity_under_any_label(dense: tuple[Network, Split]) -> None:
    network, split = dense
    images = split.train.head(50)
    signal = images.stimulus(slice(0, 50))
    shown = list(propagate(network, signal, network.asking.everything(signal.samples)))
    assert balance(network, images) == pytest.approx([float(s.response.activity.max()) for s in shown])
    lower = balance(network, images, 0.5)
    for scale, presentation in zip(lower, shown, strict=True):
        saturated = (presentation.response.activity.amax(1) > scale).double().mean()
        assert float(saturated) == pytest.approx(0.5, abs=0.01)


def test_a_silent_layer_is_converted(dense: tuple[Network, Split]) -> None:
    network, split = dense
    first, second = network.layers
    silent = replace(
        network,
        layers=(first, second.mapped(torch.zeros_like, torch.zeros_like)),
    )
    twin = to_spikes(silent, split.train.head(20), steps=8)
    assert twin.scales[1] == 1.0
    signal = split.test.head(3).stimulus(slice(0, 3))
    assert not twin_goodness(twin, signal, silent.asking.everything(signal.samples))[1].any()


def test_spikes_as_input_approach_too(digits: DataSet) -> None:
    settings = ("input_scale=raw", "amplitude=one")
    network, split = trained(digits, "dense", *settings, "epochs=2")
    twin = to_spikes(network, split.train.head(200))
    errors, steps = [], (16, 64, 256)
    for count in steps:
        config = preset("demo", path="spiking", dataset="digits")
        config = apply_settings(config, [*settings, "encoding=regular", f"neuron.steps={count}"])
        events = prepare(digits, config).test.head(10).stimulus(slice(0, 10))
        wanted = class_scores(network, split.test.stimulus(slice(0, 10)))
        found = twin_scores(twin.at(count), events)
        errors.append(float((wanted - found).abs().mean() / wanted.abs().mean()))
    assert log_slope(steps, errors) == pytest.approx(-1, abs=0.2)


@pytest.mark.parametrize("change", ["spiking", "boxed"])
def test_what_cannot_be_converted_is_refused(change: str) -> None:
    config = configured(path="spiking" if change == "spiking" else "dense")
    network = lively_network(config)
    if change == "boxed":
        network = replace(network, black_boxes={0: torch.sin})
    with pytest.raises(ConfigError, match=r"dense network|black boxes"):
        to_spikes(network, few_inputs(config))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"steps": 0}, "steps = 0"),
        ({"quantile": 0.0}, "quantile = 0"),
        ({"quantile": 1.5}, r"quantile = 1\.5"),
        ({"initial": 1.0}, "initial = 1"),
        ({"initial": -0.1}, r"initial = -0\.1"),
    ],
)
def test_numbers_out_of_range_are_refused(options: dict[str, Any], message: str) -> None:
    config = configured()
    with pytest.raises(ConfigError, match=message):
        to_spikes(lively_network(config), few_inputs(config), **options)


def test_no_images_are_refused(dense: tuple[Network, Split], twin: Twin) -> None:
    network, split = dense
    none = split.test.head(0)
    for call in (
        lambda: balance(network, none),
        lambda: twin_accuracy(twin, none),
        lambda: deviations(network, twin, none),
    ):
        with pytest.raises(ShapeError, match="at least one"):
            call()


def test_a_twin_of_another_network_is_refused(dense: tuple[Network, Split], twin: Twin) -> None:
    config = configured()
    with pytest.raises(ConfigError, match="widths"):
        deviations(lively_network(config), twin, few_inputs(config))


def test_only_a_twin_has_a_twin_at_other_steps(twin: Twin) -> None:
    other = replace(twin, network=replace(twin.network, population=ReLU()))
    with pytest.raises(ConfigError, match="ReLU"):
        other.at(3)


@given(slope=st.floats(-3, 3), factor=st.floats(0.01, 100))
@few
def test_the_slope_of_a_power_law_is_its_exponent(slope: float, factor: float) -> None:
    steps = (4, 8, 16, 64)
    assert log_slope(steps, [factor * step**slope for step in steps]) == pytest.approx(slope, abs=1e-9)


@pytest.mark.parametrize(
    ("steps", "errors"), [((4,), (1.0,)), ((4, 4), (1.0, 2.0)), ((4, 8), (1.0, 0.0)), ((4, 8), (1.0,))]
)
def test_a_slope_needs_two_points(steps: tuple[int, ...], errors: tuple[float, ...]) -> None:
    with pytest.raises(ConfigError, match="at least two"):
        log_slope(steps, errors)
