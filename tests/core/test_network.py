from __future__ import annotations

import math
from dataclasses import replace

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from neuroff.config import Config
from neuroff.config.build import build_bus, goodness_threshold
from neuroff.config.overrides import apply_settings
from neuroff.core.inputs import Inputs
from neuroff.core.network import Network, Presentation, image_drive, initial_layers, propagate
from neuroff.core.neurons import LIF
from neuroff.core.neurons.relu import ReLU
from neuroff.core.scores import PredictionRule, class_scores
from neuroff.errors import ShapeError
from tests.narrow import as_a, bias_of, present, weight_of
from tests.oracles import goodness_of, lif_through_time, normalised, overlaid
from tests.samples import CLASSES, configured, few, few_inputs, lively_network

RULES = ("goodness", "collaborative", "last")


def explicit_goodness(config: Config, network: Network, inputs: Inputs, label: int) -> list[torch.Tensor]:
    """Goodness of every layer when every image is overlaid with one label: nothing factored."""
    amplitude = inputs.encoder.amplitude
    pixels = inputs.pixels[:].double() / 255
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
        driven = incoming @ weight_of(layer).T + bias_of(layer)
        if config.path == "dense":
            output = activity = driven.clamp(min=0)
        else:
            output = lif_through_time(driven, as_a(LIF, network.population))
            activity = output.mean(0)
        found.append(goodness_of(activity, config.network.goodness, config.network.goodness_scale))
        incoming = normalised(output, activity, network.target_length(activity.shape[1]), network.epsilon)
    return found


def explicit_scores(
    config: Config, network: Network, inputs: Inputs, rule: str, depth: int | None = None
) -> torch.Tensor:
    rows = []
    for label in range(CLASSES):
        goodness = explicit_goodness(config, network, inputs, label)[:depth]
        collaborative: list[torch.Tensor] = []
        nothing = torch.zeros_like(goodness[0])
        for index, own in enumerate(goodness):
            everyone = config.collaboration.partners == "all"
            heard = [g for j, g in enumerate(goodness) if j < index or (everyone and j != index)]
            share = 1 / len(heard) if heard and config.collaboration.weight == "mean" else 1.0
            centre = goodness_threshold(config) if config.collaboration.threshold == "centred" else 0.0
            partner = sum((share * (g - centre) for g in heard), torch.zeros_like(own))
            collaborative.append(own + network.layers[index].gamma * partner)
        rows.append(
            {
                "goodness": sum(goodness, nothing),
                "collaborative": sum(collaborative, nothing),
                "last": collaborative[-1],
            }[rule]
        )
    return torch.stack(rows)


@st.composite
def dense_configs(draw: st.DrawFn) -> Config:
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
def test_dense_class_scores_equal_one_overlaid_pass_per_label(
    config: Config, rule: PredictionRule, depth: int
) -> None:
    inputs, network = few_inputs(config), lively_network(config)
    for layers in (None, min(depth, len(network.layers))):
        found = class_scores(network, inputs.stimulus(slice(None)), rule, layers)
        assert found.shape == (CLASSES, len(inputs))
        expected = explicit_scores(config, network, inputs, rule, layers)
        torch.testing.assert_close(found, expected, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("partners", ["trained", "all"])
@pytest.mark.parametrize("encoding", ["constant", "regular"])
@pytest.mark.parametrize("reset", ["subtract", "zero"])
def test_spiking_class_scores_equal_one_overlaid_pass_per_label(
    rule: PredictionRule, partners: str, encoding: str, reset: str
) -> None:
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
    inputs, network = few_inputs(config), lively_network(config)
    found = class_scores(network, inputs.stimulus(slice(None)), rule)
    expected = explicit_scores(config, network, inputs, rule)
    assert bool((explicit_goodness(config, network, inputs, 0)[-1] > 0).any())
    torch.testing.assert_close(found, expected, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("path", ["dense", "spiking"])
def test_presentations_are_layer_by_layer_and_only_as_deep_as_asked(path: str) -> None:
    config = configured("widths=6,5,4", path=path)
    inputs, network = few_inputs(config), lively_network(config)
    signal = inputs.stimulus(slice(None))
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
def test_only_traced_layers_keep_a_trace(path: str) -> None:
    config = configured(path=path)
    inputs, network = few_inputs(config), lively_network(config)
    shown = list(propagate(network, inputs.stimulus(slice(None)), inputs.labels[None], traced=frozenset({1})))
    assert [presentation.response.trace is None for presentation in shown] == [True, path == "dense"]


@pytest.mark.parametrize("path", ["dense", "spiking"])
def test_wrong_pixel_count_is_a_shape_error(path: str) -> None:
    config = configured(path=path)
    signal = few_inputs(config, shape=(3, 5)).stimulus(slice(None))
    network = lively_network(config)
    message = (
        r"image_drive: images of 15 values reach a first layer of 12 inputs; expected images \(…, B, 12\)"
    )
    with pytest.raises(ShapeError, match=message):
        class_scores(network, signal)


def test_initial_layers_are_uniform_within_their_bound_and_their_own_streams() -> None:
    first, second = initial_layers((400, 300, 300), 0, 0.25, torch.float64)
    for layer, inputs in ((first, 400), (second, 300)):
        bound = 1 / math.sqrt(inputs)
        assert weight_of(layer).shape == (300, inputs)
        assert bias_of(layer).shape == (300,)
        assert float(layer.gamma) == 0.25
        assert float(weight_of(layer).abs().max()) <= bound
        assert float(weight_of(layer).std()) == pytest.approx(bound / math.sqrt(3), rel=0.01)
        assert abs(float(weight_of(layer).mean())) < 0.01 * bound
        assert float(bias_of(layer).abs().max()) > 0.9 * bound
    twins = initial_layers((20, 20, 20), 0, 0.0, torch.float64)
    assert not torch.equal(weight_of(twins[0]), weight_of(twins[1]))
    # A second layer does not change the first, and other seeds change both.
    (alone,) = initial_layers((400, 300), 0, 0.25, torch.float64)
    assert torch.equal(weight_of(alone), weight_of(first))
    assert not torch.equal(weight_of(initial_layers((400, 300), 1, 0.25, torch.float64)[0]), weight_of(first))


def test_widths_and_target_length() -> None:
    layers = initial_layers((12, 6, 5), 0, 0.0, torch.float32)
    assert Network(layers, ReLU()).widths == (12, 6, 5)
    assert Network(layers, ReLU(), normalisation="unit").target_length(9) == 1.0
    assert Network(layers, ReLU(), normalisation="rms").target_length(9) == 3.0


def presented(config: Config, inputs: Inputs, network: Network) -> list[Presentation]:
    labels = torch.stack((inputs.labels, (inputs.labels + 1) % CLASSES))
    return list(propagate(network, inputs.stimulus(slice(None)), labels))


@pytest.mark.parametrize("decay", [1.0, 0.8])
def test_the_online_gain_ends_as_that_of_the_presentation_and_does_not_look_ahead(decay: float) -> None:
    config = configured("gain=online", f"trace_decay={decay}", "neuron.steps=6", path="spiking")
    inputs, network = few_inputs(config), lively_network(config)
    whole, online = (
        presented(config, inputs, replace(network, gain=gain)) for gain in ("presentation", "online")
    )
    # The layer below is the same; above, the gain of every step is that of the spikes up to it.
    assert torch.equal(whole[0].response.output, online[0].response.output)
    gain = present(online[1].pre).gain
    assert present(gain).shape == (6, 12)
    torch.testing.assert_close(present(gain)[-1], present(whole[1].pre).gain, rtol=1e-14, atol=0)
    for steps in range(1, 6):
        shorter = replace(
            network, gain="presentation", population=replace(as_a(LIF, network.population), steps=steps)
        )
        torch.testing.assert_close(
            present(gain)[steps - 1],
            present(presented(config, inputs, shorter)[1].pre).gain,
            rtol=1e-14,
            atol=0,
        )
    assert not torch.equal(whole[1].response.output, online[1].response.output)


def test_without_normalisation_spikes_arrive_as_they_are_or_times_a_constant() -> None:
    config = configured("gain=constant", "neuron.steps=6", path="spiking")
    inputs, network = few_inputs(config), lively_network(config)
    plain = presented(config, inputs, network)
    assert present(plain[1].pre).gain is None
    assert present(plain[1].pre).values is plain[0].response.output
    doubled = presented(config, inputs, replace(network, constant_gain=2.0))
    # A chip has the constant in its weights.
    second = network.layers[1]
    folded = replace(
        network,
        layers=(network.layers[0], second.mapped(lambda weight: 2.0 * weight)),
    )
    assert torch.equal(doubled[1].response.output, presented(config, inputs, folded)[1].response.output)
    assert not torch.equal(doubled[1].response.output, plain[1].response.output)


def test_layers_may_have_neurons_of_their_own() -> None:
    config = configured("betas=0.2,0.95", path="spiking")
    inputs, network = few_inputs(config), lively_network(config)
    assert [as_a(LIF, network.population_of(index)).beta for index in (0, 1)] == [0.2, 0.95]
    shown = presented(config, inputs, network)
    for index, beta in enumerate((0.2, 0.95)):
        alone = replace(network, population=LIF(4, beta, threshold=1.0), populations={})
        assert torch.equal(presented(config, inputs, alone)[0].response.output, shown[0].response.output) == (
            index == 0
        )


@pytest.mark.parametrize("settings", [["bits=2"], ["delay=1"], ["timing=online"]])
def test_messages_change_what_partners_hear_and_nothing_else(settings: list[str]) -> None:
    config = configured("partners=all", "goodness_scale=20", path="spiking", variant="fcff")
    inputs, network = few_inputs(config), lively_network(config)
    changed = build_bus(apply_settings(config, settings))
    plain, other = (presented(config, inputs, replace(network, bus=bus)) for bus in (network.bus, changed))
    for one, two in zip(plain, other, strict=True):
        assert one.message is one.goodness
        assert torch.equal(one.goodness, two.goodness)
        assert not torch.equal(one.message, two.message)
    signal = inputs.stimulus(slice(None))
    scores = [
        class_scores(replace(network, bus=bus), signal, "collaborative") for bus in (network.bus, changed)
    ]
    assert not torch.equal(*scores)
    assert torch.equal(class_scores(network, signal), class_scores(replace(network, bus=changed), signal))
