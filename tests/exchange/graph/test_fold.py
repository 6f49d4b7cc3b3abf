from __future__ import annotations

import dataclasses

import numpy as np
import pytest
import torch

from neuroff.core.goodness import Goodness
from neuroff.core.inputs import Inputs
from neuroff.core.network import Network
from neuroff.core.neurons import LIF
from neuroff.core.scores import class_scores
from neuroff.core.signal import Signal, Stimulus
from neuroff.errors import ExportError, ShapeError
from neuroff.exchange.graph.fold import Statistic, fold_gains, fold_scales, with_spiking_input
from neuroff.exchange.graph.from_network import from_network
from neuroff.exchange.graph.graph import Graph
from neuroff.exchange.graph.nodes import AffineNode, NormaliseNode, ScaleNode
from neuroff.exchange.graph.presenting import (
    accuracy,
    all_presented,
    as_spikes,
    goodness_of,
    prediction_chunks,
    presented,
)
from neuroff.exchange.graph.reference import run
from tests.exchange.graph.as_network import to_network
from tests.graphs import random_graph
from tests.narrow import as_a, bias_of, present, weight_of
from tests.samples import CLASSES, configured, few_inputs, lively_network


def spiking_graph(*settings: str) -> tuple[Network, Graph, Inputs]:
    config = configured("neuron.steps=9", *settings, path="spiking")
    network = lively_network(config)
    inputs = as_spikes(few_inputs(config, 20))
    return network, with_spiking_input(from_network(network)), inputs


def calibration(inputs: Inputs) -> Signal:
    return presented(inputs.encoder.asking, inputs.stimulus(slice(0, len(inputs))), inputs.labels[None])


@pytest.mark.parametrize("statistic", ["median", "mean"])
def test_no_gain_is_left(statistic: Statistic) -> None:
    network, graph, inputs = spiking_graph()
    folded = fold_gains(graph, calibration(inputs), statistic)
    assert not list(folded.graph.named(NormaliseNode))
    assert not folded.graph.input.host_gain
    assert folded.graph.input.carries == "spikes"
    gains = inputs.stimulus(slice(0, 20)).image.gain
    expected = present(gains).median() if statistic == "median" else present(gains).mean()
    assert folded.gains["input"] == pytest.approx(float(expected))
    weight = as_a(AffineNode, folded.graph.nodes["affine1"]).weight
    assert np.allclose(weight, weight_of(network.layers[0]).numpy() * folded.gains["input"])
    assert np.array_equal(as_a(AffineNode, folded.graph.nodes["affine1"]).bias, bias_of(network.layers[0]))


def test_one_image_s_own_gains_make_no_difference() -> None:
    _, graph, inputs = spiking_graph()
    inputs = inputs.head(1)
    alone = calibration(inputs)
    folded = fold_gains(graph, alone)
    expected, found = run(graph, alone), run(folded.graph, Signal(alone.values))
    for name, spikes in expected.items():
        assert spikes.mean() > 0.02
        assert torch.equal(found[name], spikes)


def test_online_gains_fold_too() -> None:
    _, graph, inputs = spiking_graph("network.gain=online")
    folded = fold_gains(graph, calibration(inputs))
    assert folded.gains.keys() == {"input", "gain1"}


def test_fixed_gains_fold_exactly() -> None:
    _, graph, inputs = spiking_graph("network.gain=constant", "constant_gain=4")
    folded = fold_gains(graph, calibration(inputs)).graph
    plain = fold_scales(folded)
    assert not list(plain.named(ScaleNode))
    assert np.array_equal(
        as_a(AffineNode, plain.nodes["affine2"]).weight,
        4.0 * as_a(AffineNode, folded.nodes["affine2"]).weight,
    )
    spikes = calibration(inputs).values
    for name, expected in run(folded, Signal(spikes)).items():
        assert torch.equal(run(plain, Signal(spikes))[name], expected)


def test_a_gain_needs_weights_to_take_it() -> None:
    graph = random_graph("if", widths=(12, 9))
    edges = (("input", "affine1"), ("affine1", "neurons1"), ("neurons1", "gain"), ("gain", "output"))
    nodes = {**graph.nodes, "gain": ScaleNode(np.ones(9))}
    with pytest.raises(ExportError, match="node 'gain': leads to 'output'"):
        fold_scales(dataclasses.replace(graph, nodes=nodes, edges=edges))


def test_a_gain_of_the_host_needs_gains() -> None:
    _, graph, inputs = spiking_graph()
    with pytest.raises(ExportError, match="no gains"):
        fold_gains(graph, Signal(calibration(inputs).values))


def test_the_sweep_presents_every_label() -> None:
    config = configured("encoding=regular", "neuron.steps=9", path="spiking")
    inputs = few_inputs(config, 5)
    images = inputs.stimulus(slice(0, 5))
    spikes = all_presented(inputs.encoder.asking, images).view(9, CLASSES, 5, 12)
    for label in range(CLASSES):
        axons = torch.zeros(CLASSES, dtype=torch.float64)
        axons[label] = 1.0
        assert torch.equal(spikes[:, label, :, :CLASSES], axons.expand(9, 5, CLASSES))
        assert torch.equal(spikes[:, label, :, CLASSES:], images.image.values[..., CLASSES:])


@pytest.mark.parametrize("settings", [(), ("trace_decay=0.6",), ("goodness=linear",)])
def test_the_sweep_predicts_as_the_network_of_the_folded_graph(settings: tuple[str, ...]) -> None:
    network, graph, inputs = spiking_graph(*settings)
    folded = fold_gains(graph, calibration(inputs)).graph
    decay = as_a(LIF, network.population).trace_decay
    back = to_network(folded, as_a(Goodness, network.goodness), trace_decay=decay)
    images = inputs.stimulus(slice(0, 20))
    unscaled = Stimulus(Signal(images.image.values), (images.label != 0).double())
    spikes = run(folded, Signal(all_presented(network.asking, images)))
    scores = torch.stack(goodness_of(folded, spikes, network.asking, network.goodness, decay)).sum(0)
    assert torch.allclose(scores.double(), class_scores(back, unscaled), rtol=1e-5)
    right = float((scores.argmax(0) == inputs.labels).double().mean())
    simulate = lambda x: run(folded, Signal(x))  # noqa: E731
    found = accuracy(folded, inputs, network.goodness, simulate, trace_decay=decay, chunk_size=7)
    assert found == pytest.approx(right)


def test_spikes_of_a_network_trained_on_spikes_stay() -> None:
    config = configured("encoding=latency", path="spiking")
    inputs = few_inputs(config)
    assert as_spikes(inputs) is inputs


def test_standardised_pixels_are_no_rates() -> None:
    config = configured("input_scale=standardised", path="spiking")
    with pytest.raises(ExportError, match="no firing rates"):
        as_spikes(few_inputs(config))


def test_constant_images_cannot_be_swept() -> None:
    config = configured(path="spiking")
    with pytest.raises(ShapeError, match="constant values"):
        next(prediction_chunks(few_inputs(config), 3))


def test_spikes_in_are_left_alone() -> None:
    graph = random_graph()
    assert with_spiking_input(graph) is graph
