"""What may enter a layer's gradient: its own input, its own neurons, and scalars of its partners."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from neuroff.config import Config
from neuroff.config.build import build_losses, build_network
from neuroff.core.asking import Question
from neuroff.core.inputs import Inputs
from neuroff.core.network import Layer, Network, propagate
from neuroff.core.rules import LayerGradient
from neuroff.core.synapses import Dense
from neuroff.training.step import LayerStatistics, learn_chunk
from tests.narrow import bias_of, present, weight_of
from tests.oracles import normalised, overlaid
from tests.samples import CLASSES, configured, few, few_inputs, lively_network, stream_of


class Quantiser:
    """Rounds to quarters and keeps what it was given; it has no derivative."""

    def __init__(self) -> None:
        self.seen: list[torch.Tensor] = []

    def __call__(self, values: torch.Tensor) -> torch.Tensor:
        self.seen.append(values.clone())
        return torch.round(values * 4) / 4


def test_a_black_box_changes_only_what_the_next_layer_receives() -> None:
    config = configured("widths=6,5,4", "normalisation=rms")
    inputs, plain = few_inputs(config), lively_network(config)
    signal, quantiser = inputs.stimulus(slice(None)), Quantiser()
    boxed = build_network(config, 12, CLASSES, layers=plain.layers, black_boxes={0: quantiser})
    without = list(propagate(plain, signal, inputs.labels[None]))
    with_box = list(propagate(boxed, signal, inputs.labels[None]))
    assert torch.equal(with_box[0].goodness, without[0].goodness)
    assert torch.equal(with_box[0].response.activity, without[0].response.activity)
    assert len(quantiser.seen) == 1
    assert torch.equal(quantiser.seen[0], without[0].response.output)
    rounded = torch.round(without[0].response.output * 4) / 4
    assert torch.equal(present(with_box[1].pre).values, rounded)
    assert not torch.equal(present(with_box[1].pre).values, present(without[1].pre).values)
    # The next layer is normalised by what it receives.
    gained = present(with_box[1].pre).values * present(present(with_box[1].pre).gain)[:, None]
    expected = normalised(rounded, rounded, math.sqrt(6), config.network.epsilon)
    torch.testing.assert_close(gained, expected, rtol=1e-12, atol=0)
    assert not torch.equal(with_box[1].goodness, without[1].goodness)


def test_a_black_box_between_spiking_layers_may_drop_spikes() -> None:
    config = configured("widths=8,5", "neuron.steps=6", path="spiking")
    inputs, plain = few_inputs(config), lively_network(config)

    def half(spikes: torch.Tensor) -> torch.Tensor:
        return spikes * (torch.arange(8) % 2 == 0)

    boxed = build_network(config, 12, CLASSES, layers=plain.layers, black_boxes={0: half})
    signal = inputs.stimulus(slice(None))
    without = list(propagate(plain, signal, inputs.labels[None]))
    shown = list(propagate(boxed, signal, inputs.labels[None]))
    assert torch.equal(shown[0].response.output, without[0].response.output)
    assert torch.equal(present(shown[1].pre).values, half(without[0].response.output))
    kept = present(shown[1].pre).values.mean(0)
    gain = math.sqrt(8) / (kept.norm(dim=1) + config.network.epsilon)
    torch.testing.assert_close(present(shown[1].pre).gain, gain, rtol=1e-12, atol=0)


def gradients_of(
    config: Config,
    network: Network,
    inputs: Inputs,
    layers: tuple[int, ...],
    order: torch.Tensor | None = None,
) -> dict[int, LayerGradient]:
    """Gradients of the given layers over all images at once."""
    losses = build_losses(config)
    gradients = {i: LayerGradient.of(network.layers[i]) for i in layers}
    statistics = {i: LayerStatistics.empty(torch.device("cpu")) for i in layers}
    labels = torch.stack((inputs.labels, (inputs.labels + 1) % CLASSES))
    rows = slice(None) if order is None else order
    signal = inputs.stimulus(slice(None)).rows(rows)
    learn_chunk(network, losses, signal, Question(labels[:, rows]), gradients, statistics, images=len(inputs))
    return gradients


def with_layer(network: Network, index: int, layer: Layer) -> Network:
    layers = list(network.layers)
    layers[index] = layer
    return replace(network, layers=tuple(layers))


def same(one: LayerGradient, other: LayerGradient) -> bool:
    return all(
        torch.equal(one.synapses[name], other.synapses[name]) for name in ("weight", "bias")
    ) and torch.equal(one.gamma, other.gamma)


def redrawn(layer: Layer, seed: int, scale: float = 1.0) -> Layer:
    weight = scale * torch.randn(weight_of(layer).shape, generator=stream_of(seed), dtype=torch.float64)
    bias = scale * torch.rand(bias_of(layer).shape, generator=stream_of(seed + 1), dtype=torch.float64)
    return layer.with_synapses(Dense(weight, bias))


paths = pytest.mark.parametrize("path", ["dense", "spiking"])


@paths
def test_in_ff_no_other_layers_weights_enter_a_gradient(path: str) -> None:
    config = configured("widths=6,5,4", "partners=all", path=path, variant="ff")
    inputs, network = few_inputs(config), lively_network(config, gammas=(0.0,) * 3)
    changed = with_layer(network, 1, redrawn(network.layers[1], 5))
    before = gradients_of(config, network, inputs, (0, 1, 2))
    after = gradients_of(config, changed, inputs, (0, 1, 2))
    assert same(before[0], after[0])
    # Layers above receive other inputs, of course.
    assert not same(before[1], after[1])
    assert not same(before[2], after[2])


@paths
def test_trained_partners_are_not_later_layers(path: str) -> None:
    config = configured("partners=trained", path=path, variant="fcff")
    inputs, network = few_inputs(config), lively_network(config)
    changed = with_layer(network, 1, redrawn(network.layers[1], 5))
    assert same(
        gradients_of(config, network, inputs, (0,))[0], gradients_of(config, changed, inputs, (0,))[0]
    )


@paths
def test_partners_reach_a_gradient_only_through_their_goodness(path: str) -> None:
    config = configured("widths=6,5", "partners=all", "gamma=0.8", path=path, variant="fcff")
    inputs, network = few_inputs(config), lively_network(config)
    second = network.layers[1]
    before = gradients_of(config, network, inputs, (0,))[0]
    # Other weights with another goodness: the scalar is heard.
    other = with_layer(network, 1, redrawn(second, 5))
    assert not same(before, gradients_of(config, other, inputs, (0,))[0])
    # Its neurons in another order: other weights everywhere, the same goodness up to rounding.
    order = torch.tensor([3, 0, 4, 1, 2])
    moved = with_layer(network, 1, second.mapped(lambda w: w[order], lambda b: b[order]))
    after = gradients_of(config, moved, inputs, (0,))[0]
    torch.testing.assert_close(after.synapses["weight"], before.synapses["weight"], rtol=1e-12, atol=1e-15)
    torch.testing.assert_close(after.gamma, before.gamma, rtol=1e-12, atol=1e-15)
    # Two layers that stay silent: goodness zero for both, and the same bits.
    silent = [
        with_layer(
            network,
            1,
            second.with_synapses(
                Dense(weight_of(redrawn(second, seed, 0.01)), torch.full((5,), -9.0).double())
            ),
        )
        for seed in (5, 6)
    ]
    one, two = (gradients_of(config, each, inputs, (0,))[0] for each in silent)
    assert same(one, two)
    assert not same(one, before)


@paths
def test_weights_of_a_layer_do_not_enter_the_gradient_below_it_when_both_learn(path: str) -> None:
    """Interleaved: layer 1's gradient is the same whether or not layer 2 learns."""
    config = configured(path=path, variant="ff")
    inputs, network = few_inputs(config), lively_network(config, gammas=(0.0,) * 3)
    alone, together = (
        gradients_of(config, network, inputs, (0,)),
        gradients_of(config, network, inputs, (0, 1)),
    )
    assert same(alone[0], together[0])


@paths
@few
@given(seed=st.integers(0, 2**30))
def test_the_order_of_a_batch_changes_rounding_only(path: str, seed: int) -> None:
    config = configured("partners=all", path=path, variant="fcff")
    inputs, network = few_inputs(config), lively_network(config)
    order = torch.randperm(len(inputs), generator=stream_of(seed))
    before = gradients_of(config, network, inputs, (0, 1))
    after = gradients_of(config, network, inputs, (0, 1), order)
    for index in (0, 1):
        found, wanted = ({**each[index].synapses, "gamma": each[index].gamma} for each in (after, before))
        torch.testing.assert_close(found, wanted, rtol=1e-11, atol=1e-14)


def test_layers_learn_on_both_sides_of_a_black_box() -> None:
    """Below it nothing changes; above it the gradient is that of the rounded input."""
    config = configured("normalisation=rms", variant="ff")
    inputs, plain = few_inputs(config), lively_network(config, gammas=(0.0,) * 3)
    boxed = build_network(config, 12, CLASSES, layers=plain.layers, black_boxes={0: Quantiser()})
    without, found = (gradients_of(config, each, inputs, (0, 1)) for each in (plain, boxed))
    assert same(without[0], found[0])
    assert not same(without[1], found[1])

    weight, bias = (each.clone().requires_grad_() for each in plain.layers[1].synapses.affine())
    goodness = []
    for shift in (0, 1):
        labels = (inputs.labels + shift) % CLASSES
        images = overlaid(inputs.pixels[:].double() / 255, labels, CLASSES, 1.0)
        images = normalised(images, images, math.sqrt(12), config.network.epsilon)
        first = torch.relu(images @ weight_of(plain.layers[0]).T + bias_of(plain.layers[0]))
        rounded = torch.round(first * 4) / 4
        received = normalised(rounded, rounded, math.sqrt(6), config.network.epsilon)
        goodness.append(torch.relu(received @ weight.T + bias).pow(2).mean(1))
    theta = config.training.theta
    terms = torch.cat([theta - goodness[0], goodness[1] - theta])
    expected = torch.autograd.grad(torch.nn.functional.softplus(terms).mean(), (weight, bias))
    torch.testing.assert_close(found[1].synapses["weight"], expected[0], rtol=1e-10, atol=1e-14)
    torch.testing.assert_close(found[1].synapses["bias"], expected[1], rtol=1e-10, atol=1e-14)
