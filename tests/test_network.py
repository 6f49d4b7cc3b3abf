from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from neuroff.assemble import build_loss, build_network
from neuroff.dense import ReLU
from neuroff.errors import ShapeError
from neuroff.network import Layer, Network, image_drive, initial_layers, label_scores, propagate
from neuroff.rules import LayerGradient
from neuroff.training.step import LayerStatistics, learn_chunk
from tests.oracles import goodness_of, lif_through_time, normalised, overlaid
from tests.samples import configured, few, few_inputs, stream_of

CLASSES = 4
RULES = ("goodness", "collaborative", "last")


def network_of(config, gamma_spread=True):
    """A network whose layers differ in γ, so that a wrong one would show."""
    layers = initial_layers((12, *config.network.widths), config.seed, 0.0, torch.float64)
    # Stronger weights than at the start of training, so that spiking layers fire.
    gammas = [0.3 + 0.4 * index if gamma_spread else 0.0 for index in range(len(layers))]
    scale = 3.0 if config.path == "spiking" else 1.0
    layers = tuple(
        Layer(scale * layer.weight, layer.bias.abs(), torch.tensor(gamma, dtype=torch.float64))
        for layer, gamma in zip(layers, gammas, strict=True)
    )
    return build_network(config, 12, CLASSES, layers=layers)


def explicit_goodness(config, network, inputs, label):
    """Goodness of every layer when every image is overlaid with one label: nothing factored."""
    amplitude = inputs.encoder.amplitude
    pixels = inputs.pixels.double() / 255
    images = overlaid(pixels, torch.full((len(inputs),), label), CLASSES, amplitude)
    target = network.target_length(12)
    if config.path == "spiking" and config.neuron.encoding == "regular":
        gain = target / (images.norm(dim=1) + network.epsilon)
        steps = torch.arange(config.neuron.steps + 1, dtype=torch.float64)[:, None, None]
        counts = torch.floor(steps * images + 0.5)
        incoming = (counts[1:] - counts[:-1]) * gain[:, None]
    else:
        incoming = normalised(images, images, target, network.epsilon)
        if config.path == "spiking":
            incoming = incoming.expand(config.neuron.steps, -1, -1)
    found = []
    for layer in network.layers:
        driven = incoming @ layer.weight.T + layer.bias
        if config.path == "dense":
            output = activity = driven.clamp(min=0)
        else:
            output = lif_through_time(driven, network.population)
            activity = output.mean(0)
        found.append(goodness_of(activity, config.network.goodness, config.network.goodness_scale))
        incoming = normalised(output, activity, network.target_length(activity.shape[1]), network.epsilon)
    return found


def explicit_scores(config, network, inputs, rule, depth=None):
    rows = []
    for label in range(CLASSES):
        goodness = explicit_goodness(config, network, inputs, label)[:depth]
        collaborative = []
        for index, own in enumerate(goodness):
            everyone = config.collaboration.partners == "all"
            heard = [g for j, g in enumerate(goodness) if j < index or (everyone and j != index)]
            share = 1 / len(heard) if heard and config.collaboration.weight == "mean" else 1.0
            centre = build_loss(config).theta if config.collaboration.threshold == "centred" else 0.0
            partner = sum((share * (g - centre) for g in heard), torch.zeros_like(own))
            collaborative.append(own + network.layers[index].gamma * partner)
        rows.append(
            {"goodness": sum(goodness), "collaborative": sum(collaborative), "last": collaborative[-1]}[rule]
        )
    return torch.stack(rows)


@st.composite
def dense_configs(draw):
    widths = ",".join(str(draw(st.integers(1, 7))) for _ in range(draw(st.integers(1, 3))))
    return configured(
        f"widths={widths}",
        f"goodness={draw(st.sampled_from(['mean_squares', 'sum_squares', 'negative_squares']))}",
        f"normalisation={draw(st.sampled_from(['unit', 'rms']))}",
        f"collaboration.threshold={draw(st.sampled_from(['literal', 'centred']))}",
        f"partners={draw(st.sampled_from(['trained', 'all']))}",
        f"collaboration.weight={draw(st.sampled_from(['mean', 'one']))}",
        f"amplitude={draw(st.sampled_from(['one', 'max']))}",
        variant="fcff",
        seed=draw(st.integers(0, 1000)),
    )


@few
@given(dense_configs(), st.sampled_from(RULES), st.integers(1, 3))
def test_dense_label_scores_equal_one_overlaid_pass_per_label(config, rule, depth):
    inputs, network = few_inputs(config), network_of(config)
    for layers in (None, min(depth, len(network.layers))):
        found = label_scores(network, inputs.signal(slice(None)), rule, layers)
        assert found.shape == (CLASSES, len(inputs))
        expected = explicit_scores(config, network, inputs, rule, layers)
        torch.testing.assert_close(found, expected, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("partners", ["trained", "all"])
@pytest.mark.parametrize("encoding", ["constant", "regular"])
@pytest.mark.parametrize("reset", ["subtract", "zero"])
def test_spiking_label_scores_equal_one_overlaid_pass_per_label(rule, partners, encoding, reset):
    config = configured(
        f"encoding={encoding}",
        f"reset={reset}",
        f"partners={partners}",
        "goodness_scale=20",
        "widths=8,7,5",
        "neuron.steps=6",
        path="spiking",
        variant="fcff",
    )
    inputs, network = few_inputs(config), network_of(config)
    found = label_scores(network, inputs.signal(slice(None)), rule)
    expected = explicit_scores(config, network, inputs, rule)
    assert bool((explicit_goodness(config, network, inputs, 0)[-1] > 0).any())
    torch.testing.assert_close(found, expected, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("path", ["dense", "spiking"])
def test_presentations_are_layer_by_layer_and_only_as_deep_as_asked(path):
    config = configured("widths=6,5,4", path=path)
    inputs, network = few_inputs(config), network_of(config)
    signal = inputs.signal(slice(None))
    labels = torch.stack((inputs.labels, (inputs.labels + 1) % CLASSES))
    whole = list(propagate(network, signal, labels))
    assert [shown.index for shown in whole] == [0, 1, 2]
    assert [shown.response.activity.shape for shown in whole] == [(12, 6), (12, 5), (12, 4)]
    assert all(shown.goodness.shape == (2, 6) for shown in whole)
    assert [shown.pre is None for shown in whole] == [True, False, False]
    part = list(propagate(network, signal, labels, depth=2))
    assert [torch.equal(a.goodness, b.goodness) for a, b in zip(part, whole[:2], strict=True)] == [True, True]
    base = image_drive(network, signal)
    kept = base.clone()
    again = list(propagate(network, signal, labels, first_drive=base))
    assert torch.equal(base, kept)
    assert all(torch.equal(a.goodness, b.goodness) for a, b in zip(again, whole, strict=True))


@pytest.mark.parametrize("path", ["dense", "spiking"])
def test_only_traced_layers_keep_a_trace(path):
    config = configured(path=path)
    inputs, network = few_inputs(config), network_of(config)
    shown = list(propagate(network, inputs.signal(slice(None)), inputs.labels[None], traced=frozenset({1})))
    assert [presentation.response.trace is None for presentation in shown] == [True, path == "dense"]


@pytest.mark.parametrize("path", ["dense", "spiking"])
def test_wrong_pixel_count_is_a_shape_error(path):
    config = configured(path=path)
    signal = few_inputs(config, shape=(3, 5)).signal(slice(None))
    network = network_of(config)
    message = (
        r"image_drive: images of 15 values reach a first layer of 12 inputs; expected images \(…, B, 12\)"
    )
    with pytest.raises(ShapeError, match=message):
        label_scores(network, signal)


class Quantiser:
    """Rounds to quarters and keeps what it was given; it has no derivative."""

    def __init__(self):
        self.seen = []

    def __call__(self, values):
        self.seen.append(values.clone())
        return torch.round(values * 4) / 4


def test_a_black_box_changes_only_what_the_next_layer_receives():
    config = configured("widths=6,5,4", "normalisation=rms")
    inputs, plain = few_inputs(config), network_of(config)
    signal, quantiser = inputs.signal(slice(None)), Quantiser()
    boxed = build_network(config, 12, CLASSES, layers=plain.layers, black_boxes={0: quantiser})
    without = list(propagate(plain, signal, inputs.labels[None]))
    with_box = list(propagate(boxed, signal, inputs.labels[None]))
    assert torch.equal(with_box[0].goodness, without[0].goodness)
    assert torch.equal(with_box[0].response.activity, without[0].response.activity)
    assert len(quantiser.seen) == 1
    assert torch.equal(quantiser.seen[0], without[0].response.output)
    rounded = torch.round(without[0].response.output * 4) / 4
    assert torch.equal(with_box[1].pre.values, rounded)
    assert not torch.equal(with_box[1].pre.values, without[1].pre.values)
    # The next layer is normalised by what it receives.
    gained = with_box[1].pre.values * with_box[1].pre.gain[:, None]
    expected = normalised(rounded, rounded, math.sqrt(6), config.network.epsilon)
    torch.testing.assert_close(gained, expected, rtol=1e-12, atol=0)
    assert not torch.equal(with_box[1].goodness, without[1].goodness)


def test_a_black_box_between_spiking_layers_may_drop_spikes():
    config = configured("widths=8,5", "neuron.steps=6", path="spiking")
    inputs, plain = few_inputs(config), network_of(config)

    def half(spikes):
        return spikes * (torch.arange(8) % 2 == 0)

    boxed = build_network(config, 12, CLASSES, layers=plain.layers, black_boxes={0: half})
    signal = inputs.signal(slice(None))
    without = list(propagate(plain, signal, inputs.labels[None]))
    shown = list(propagate(boxed, signal, inputs.labels[None]))
    assert torch.equal(shown[0].response.output, without[0].response.output)
    assert torch.equal(shown[1].pre.values, half(without[0].response.output))
    kept = shown[1].pre.values.mean(0)
    gain = math.sqrt(8) / (kept.norm(dim=1) + config.network.epsilon)
    torch.testing.assert_close(shown[1].pre.gain, gain, rtol=1e-12, atol=0)


def gradients_of(config, network, inputs, layers, order=None):
    """Gradients of the given layers over all images at once."""
    loss = build_loss(config)
    gradients = {
        i: LayerGradient.zeros_like(network.layers[i].weight, network.layers[i].bias) for i in layers
    }
    statistics = {i: LayerStatistics.empty(torch.device("cpu")) for i in layers}
    labels = torch.stack((inputs.labels, (inputs.labels + 1) % CLASSES))
    rows = slice(None) if order is None else order
    signal = inputs.signal(slice(None)).rows(rows)
    learn_chunk(network, loss, signal, labels[:, rows], gradients, statistics, images=len(inputs))
    return gradients


def with_layer(network, index, layer):
    layers = list(network.layers)
    layers[index] = layer
    return Network(
        tuple(layers),
        network.population,
        network.goodness,
        network.bus,
        network.classes,
        network.normalisation,
        network.epsilon,
        network.precision,
    )


def same(one, other):
    return all(torch.equal(getattr(one, name), getattr(other, name)) for name in ("weight", "bias", "gamma"))


def redrawn(layer, seed, scale=1.0):
    return Layer(
        scale * torch.randn(layer.weight.shape, generator=stream_of(seed), dtype=torch.float64),
        scale * torch.rand(layer.bias.shape, generator=stream_of(seed + 1), dtype=torch.float64),
        layer.gamma,
    )


paths = pytest.mark.parametrize("path", ["dense", "spiking"])


@paths
def test_in_ff_no_other_layers_weights_enter_a_gradient(path):
    config = configured("widths=6,5,4", "partners=all", path=path, variant="ff")
    inputs, network = few_inputs(config), network_of(config, gamma_spread=False)
    changed = with_layer(network, 1, redrawn(network.layers[1], 5))
    before = gradients_of(config, network, inputs, (0, 1, 2))
    after = gradients_of(config, changed, inputs, (0, 1, 2))
    assert same(before[0], after[0])
    # Layers above receive other inputs, of course.
    assert not same(before[1], after[1])
    assert not same(before[2], after[2])


@paths
def test_trained_partners_are_not_later_layers(path):
    config = configured("partners=trained", path=path, variant="fcff")
    inputs, network = few_inputs(config), network_of(config)
    changed = with_layer(network, 1, redrawn(network.layers[1], 5))
    assert same(
        gradients_of(config, network, inputs, (0,))[0], gradients_of(config, changed, inputs, (0,))[0]
    )


@paths
def test_partners_reach_a_gradient_only_through_their_goodness(path):
    config = configured("widths=6,5", "partners=all", "gamma=0.8", path=path, variant="fcff")
    inputs, network = few_inputs(config), network_of(config)
    second = network.layers[1]
    before = gradients_of(config, network, inputs, (0,))[0]
    # Other weights with another goodness: the scalar is heard.
    other = with_layer(network, 1, redrawn(second, 5))
    assert not same(before, gradients_of(config, other, inputs, (0,))[0])
    # Its neurons in another order: other weights everywhere, the same goodness up to rounding.
    order = torch.tensor([3, 0, 4, 1, 2])
    moved = with_layer(network, 1, Layer(second.weight[order], second.bias[order], second.gamma))
    after = gradients_of(config, moved, inputs, (0,))[0]
    torch.testing.assert_close(after.weight, before.weight, rtol=1e-12, atol=1e-15)
    torch.testing.assert_close(after.gamma, before.gamma, rtol=1e-12, atol=1e-15)
    # Two layers that stay silent: goodness zero for both, and the same bits.
    silent = [
        with_layer(
            network,
            1,
            Layer(redrawn(second, seed, 0.01).weight, torch.full((5,), -9.0).double(), second.gamma),
        )
        for seed in (5, 6)
    ]
    one, two = (gradients_of(config, each, inputs, (0,))[0] for each in silent)
    assert same(one, two)
    assert not same(one, before)


@paths
def test_weights_of_a_layer_do_not_enter_the_gradient_below_it_when_both_learn(path):
    """Interleaved: layer 1's gradient is the same whether or not layer 2 learns."""
    config = configured(path=path, variant="ff")
    inputs, network = few_inputs(config), network_of(config, gamma_spread=False)
    alone, together = (
        gradients_of(config, network, inputs, (0,)),
        gradients_of(config, network, inputs, (0, 1)),
    )
    assert same(alone[0], together[0])


@paths
@few
@given(seed=st.integers(0, 2**30))
def test_the_order_of_a_batch_changes_rounding_only(path, seed):
    config = configured("partners=all", path=path, variant="fcff")
    inputs, network = few_inputs(config), network_of(config)
    order = torch.randperm(len(inputs), generator=stream_of(seed))
    before = gradients_of(config, network, inputs, (0, 1))
    after = gradients_of(config, network, inputs, (0, 1), order)
    for index in (0, 1):
        for name in ("weight", "bias", "gamma"):
            torch.testing.assert_close(
                getattr(after[index], name), getattr(before[index], name), rtol=1e-11, atol=1e-14
            )


def test_initial_layers_are_uniform_within_their_bound_and_their_own_streams():
    first, second = initial_layers((400, 300, 300), 0, 0.25, torch.float64)
    for layer, inputs in ((first, 400), (second, 300)):
        bound = 1 / math.sqrt(inputs)
        assert layer.weight.shape == (300, inputs)
        assert layer.bias.shape == (300,)
        assert float(layer.gamma) == 0.25
        assert float(layer.weight.abs().max()) <= bound
        assert float(layer.weight.std()) == pytest.approx(bound / math.sqrt(3), rel=0.01)
        assert abs(float(layer.weight.mean())) < 0.01 * bound
        assert float(layer.bias.abs().max()) > 0.9 * bound
    # A second layer does not change the first, and other seeds change both.
    (alone,) = initial_layers((400, 300), 0, 0.25, torch.float64)
    assert torch.equal(alone.weight, first.weight)
    assert not torch.equal(initial_layers((400, 300), 1, 0.25, torch.float64)[0].weight, first.weight)


def test_widths_and_target_length():
    layers = initial_layers((12, 6, 5), 0, 0.0, torch.float32)
    assert Network(layers, ReLU()).widths == (12, 6, 5)
    assert Network(layers, ReLU(), normalisation="unit").target_length(9) == 1.0
    assert Network(layers, ReLU(), normalisation="rms").target_length(9) == 3.0


def test_layers_learn_on_both_sides_of_a_black_box():
    """Below it nothing changes; above it the gradient is that of the rounded input."""
    config = configured("normalisation=rms", variant="ff")
    inputs, plain = few_inputs(config), network_of(config, gamma_spread=False)
    boxed = build_network(config, 12, CLASSES, layers=plain.layers, black_boxes={0: Quantiser()})
    without, found = (gradients_of(config, each, inputs, (0, 1)) for each in (plain, boxed))
    assert same(without[0], found[0])
    assert not same(without[1], found[1])

    weight, bias = (getattr(plain.layers[1], name).clone().requires_grad_() for name in ("weight", "bias"))
    goodness = []
    for shift in (0, 1):
        labels = (inputs.labels + shift) % CLASSES
        images = overlaid(inputs.pixels.double() / 255, labels, CLASSES, 1.0)
        images = normalised(images, images, math.sqrt(12), config.network.epsilon)
        first = torch.relu(images @ plain.layers[0].weight.T + plain.layers[0].bias)
        rounded = torch.round(first * 4) / 4
        received = normalised(rounded, rounded, math.sqrt(6), config.network.epsilon)
        goodness.append(torch.relu(received @ weight.T + bias).pow(2).mean(1))
    theta = config.training.theta
    terms = torch.cat([theta - goodness[0], goodness[1] - theta])
    expected = torch.autograd.grad(torch.nn.functional.softplus(terms).mean(), (weight, bias))
    torch.testing.assert_close(found[1].weight, expected[0], rtol=1e-10, atol=1e-14)
    torch.testing.assert_close(found[1].bias, expected[1], rtol=1e-10, atol=1e-14)
