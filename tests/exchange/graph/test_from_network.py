from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch

from neuroff.config import Config
from neuroff.core.encoding import EncodingName
from neuroff.core.goodness import Goodness
from neuroff.core.network import Network, propagate
from neuroff.core.neurons import LIF
from neuroff.core.neurons.step import ResetName
from neuroff.core.signal import Signal, Stimulus
from neuroff.errors import ExportError
from neuroff.exchange.graph.fold import fold_gains, with_spiking_input
from neuroff.exchange.graph.from_network import from_network
from neuroff.exchange.graph.graph import Graph, Numeric
from neuroff.exchange.graph.neurons import CubaLIFNode, IFNode, LIFNode, Neurons
from neuroff.exchange.graph.nodes import AffineNode, NormaliseNode, ScaleNode
from neuroff.exchange.graph.presenting import as_spikes, presented
from neuroff.exchange.graph.reference import run
from tests.exchange.graph.as_network import to_network
from tests.graphs import KINDS, RESETS, random_graph, random_spikes
from tests.narrow import as_a, bias_of, weight_of
from tests.samples import CLASSES, configured, few_inputs, lively_network

NEURONS = {
    "lif": (),
    "zero": ("reset=zero",),
    "if": ("neuron.model=if",),
    "cuba": ("neuron.model=cuba", "neuron.alpha=0.4"),
    "refractory": ("refractory=1",),
    "online": ("network.gain=online",),
    "trace": ("trace_decay=0.7",),
    "constant": ("network.gain=constant", "constant_gain=2.5"),
    "learned": ("neuron.learned=beta,threshold",),
}


def both_ways(
    network: Network, config: Config, graph: Graph
) -> tuple[list[torch.Tensor], list[torch.Tensor]]:
    """Spikes of a network and of a graph under all labels."""
    images = few_inputs(config).stimulus(slice(0, 6))
    labels = torch.arange(CLASSES)[:, None].expand(-1, 6)
    expected = [shown.response.output for shown in propagate(network, images, labels)]
    return expected, list(run(graph, presented(network.asking, images, labels)).values())


@pytest.mark.parametrize("encoding", ["constant", "regular", "bernoulli"])
@pytest.mark.parametrize("name", list(NEURONS))
def test_the_graph_computes_what_the_network_computes(name: str, encoding: EncodingName) -> None:
    config = configured(*NEURONS[name], f"encoding={encoding}", "neuron.steps=9", path="spiking")
    network = lively_network(config)
    graph = from_network(network, encoding)
    expected, found = both_ways(network, config, graph)
    for ours, theirs in zip(expected, found, strict=True):
        assert 0.02 < ours.mean() < 0.98
        assert torch.equal(ours, theirs)


def test_nothing_is_dropped() -> None:
    config = configured(
        "reset=zero", "neuron.beta=0.7", "neuron.threshold=1.3", "refractory=2", path="spiking"
    )
    network = lively_network(config)
    graph = from_network(network, "regular", dt_ms=0.5)
    assert list(graph.nodes) == ["input", "affine1", "neurons1", "gain1", "affine2", "neurons2", "output"]
    assert (graph.steps, graph.dt_ms, graph.numeric, graph.label_axons) == (4, 0.5, "float64", CLASSES)
    assert graph.input.host_gain
    assert graph.input.carries == "spikes"
    population = graph.nodes["neurons2"]
    assert type(population) is LIFNode
    assert set(population.beta) == {0.7}
    assert set(population.threshold) == {1.3}
    assert (population.reset, population.refractory, population.fires) == ("zero", 2, "reached")
    gain = graph.nodes["gain1"]
    assert type(gain) is NormaliseNode
    assert (gain.length, gain.epsilon) == (network.target_length(6), network.epsilon)
    for index, (_, node) in enumerate(graph.named(AffineNode)):
        assert np.array_equal(node.weight, weight_of(network.layers[index]))
        assert np.array_equal(node.bias, bias_of(network.layers[index]))


def test_populations_of_their_own() -> None:
    config = configured(path="spiking")
    network = lively_network(config)
    own = {1: dataclasses.replace(as_a(LIF, network.population), beta=0.5, alpha=0.3, reset="zero")}
    network = dataclasses.replace(network, populations=own)
    graph = from_network(network)
    assert [type(node) for _, node in graph.named(Neurons)] == [LIFNode, CubaLIFNode]
    for ours, theirs in zip(*both_ways(network, config, graph), strict=True):
        assert torch.equal(ours, theirs)


def test_kinds_of_nodes() -> None:
    def node(*settings: str) -> Graph:
        return from_network(lively_network(configured(*settings, path="spiking")))

    assert type(node("neuron.model=if").nodes["neurons1"]) is IFNode
    assert type(node("neuron.model=cuba").nodes["neurons1"]) is CubaLIFNode
    assert type(node("network.gain=constant", "constant_gain=2").nodes["gain1"]) is ScaleNode
    assert "gain1" not in node("network.gain=constant").nodes
    assert (
        as_a(NormaliseNode, node("network.gain=online", "trace_decay=0.5").nodes["gain1"]).timing == "online"
    )


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda n: dataclasses.replace(n, black_boxes={0: torch.relu}), "black box after layer 0"),
        (lambda n: dataclasses.replace(n, precision=torch.bfloat16), "bfloat16"),
        (lambda _: lively_network(configured()), "ReLU"),
        (lambda n: dataclasses.replace(n, population=LIF(start=0.5)), "0.5 at the start"),
    ],
)
def test_networks_that_are_no_graphs(change: Callable[..., Any], message: str) -> None:
    network = lively_network(configured(path="spiking"))
    with pytest.raises(ExportError, match=message):
        from_network(change(network))


@pytest.mark.parametrize("numeric", ["float32", "float64"])
@pytest.mark.parametrize("reset", RESETS)
@pytest.mark.parametrize("kind", KINDS)
def test_a_plain_graph_is_a_network(kind: str, reset: ResetName, numeric: Numeric) -> None:
    graph = dataclasses.replace(random_graph(kind, reset, numeric=numeric), label_axons=3)
    network = to_network(graph, Goodness())
    spikes = random_spikes(5, dtype=getattr(torch, numeric))
    spikes[..., :3] = 0.0
    images = Stimulus(Signal(spikes), torch.ones(spikes.shape[:2], dtype=spikes.dtype))
    labels = torch.tensor([[0, 1, 2, 0, 1, 2]])
    found = run(graph, presented(network.asking, images, labels))
    for shown, (_, expected) in zip(propagate(network, images, labels), found.items(), strict=True):
        assert 0.02 < expected.mean() < 0.98
        assert torch.equal(shown.response.output, expected)


def test_a_folded_network_comes_back() -> None:
    config = configured("neuron.steps=9", path="spiking")
    network = lively_network(config)
    train = as_spikes(few_inputs(config, 20))
    images = train.stimulus(slice(0, 20))
    graph = fold_gains(
        with_spiking_input(from_network(network)), presented(network.asking, images, train.labels[None])
    ).graph
    back = from_network(to_network(graph, as_a(Goodness, network.goodness)), "regular")
    assert list(back.nodes) == list(graph.nodes)
    for name, node in graph.named(AffineNode):
        assert np.array_equal(as_a(AffineNode, back.nodes[name]).weight, node.weight)


@pytest.mark.parametrize(
    ("graph", "message"),
    [
        (lambda: from_network(lively_network(configured(path="spiking"))), "NormaliseNode"),
        (lambda: from_network(lively_network(configured(path="spiking")), "regular"), "from the host"),
        (lambda: random_graph(fires="exceeded"), "above the threshold"),
        (
            lambda: random_graph().with_nodes(
                {"neurons1": LIFNode(np.linspace(0.5, 1, 17), beta=np.full(17, 0.5))}
            ),
            "threshold that differs between neurons",
        ),
        (lambda: random_graph().without("neurons2"), "no neurons at the end"),
        (lambda: random_graph(widths=(12, 9, 9)).without("neurons1"), "a AffineNode"),
    ],
)
def test_graphs_that_are_no_networks(graph: Callable[..., Any], message: str) -> None:
    with pytest.raises(ExportError, match=message):
        to_network(graph(), Goodness())
