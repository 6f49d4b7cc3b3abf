from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest
import torch

from benchmarks import nir_parity
from neuroff.core.inputs import Inputs
from neuroff.core.network import Network
from neuroff.core.signal import Signal
from neuroff.exchange.graph.fold import fold_gains, with_spiking_input
from neuroff.exchange.graph.from_network import from_network
from neuroff.exchange.graph.graph import Graph
from neuroff.exchange.graph.neurons import Neurons
from neuroff.exchange.graph.presenting import as_spikes, presented
from neuroff.exchange.graph.reference import run
from tests.samples import configured, few_inputs, lively_network


@pytest.fixture
def small() -> tuple[Network, Graph, Inputs]:
    config = configured("neuron.steps=6", path="spiking")
    network = lively_network(config)
    inputs = as_spikes(few_inputs(config, 12))
    images = inputs.stimulus(slice(0, 12))
    graph = fold_gains(
        with_spiking_input(from_network(network)), presented(network.asking, images, inputs.labels[None])
    ).graph
    return network, graph, inputs


def test_differences_are_counted(small: tuple[Network, Graph, Inputs]) -> None:
    network, graph, inputs = small

    def wrong(spikes: torch.Tensor) -> dict[str, torch.Tensor]:
        sent = dict(run(graph, Signal(spikes)))
        sent["neurons2"] = sent["neurons2"].clone()
        sent["neurons2"][3, 1, 2] = 1.0 - sent["neurons2"][3, 1, 2]
        return sent

    tallies = nir_parity.compare(graph, inputs, network.goodness, {"wrong": wrong}, chunk_size=5)
    assert tallies["neuroff"].differing == 0
    assert tallies["wrong"].differing == 3  # one in each of three chunks
    assert tallies["wrong"].by_node == {"neurons1": 0, "neurons2": 3}
    assert tallies["wrong"].first == "neurons2, step 3, presentation 1, neuron 2"
    assert tallies["wrong"].neuron_steps == 6 * 4 * 12 * (6 + 5)


def test_another_reset(small: tuple[Network, Graph, Inputs]) -> None:
    _, graph, _ = small
    assert {node.reset for _, node in nir_parity.with_reset(graph, "zero").named(Neurons)} == {"zero"}


@pytest.mark.skipif(
    any(importlib.util.find_spec(name) is None for name in ("nir", "snntorch", "norse")),
    reason="snntorch, norse or nir is not installed",
)
def test_installed_libraries_agree(small: tuple[Network, Graph, Inputs], tmp_path: Path) -> None:
    network, graph, inputs = small
    present, missing = nir_parity.loaded(graph, tmp_path, "float64")
    assert present.keys() | missing.keys() == {"snntorch", "norse", "sinabs", "spikingjelly"}
    simulate = {name: simulator.simulate for name, simulator in present.items()}
    tallies = nir_parity.compare(graph, inputs, network.goodness, simulate, chunk_size=12)
    assert tallies["neuroff"].spikes > 0
    assert {tally.differing for tally in tallies.values()} == {0}
    assert {tally.right for tally in tallies.values()} == {tallies["neuroff"].right}
    assert torch.is_tensor(inputs.labels)
