"""Convolutions of a network as nodes that share their weights."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
import torch

import neuroff
from neuroff.config.overrides import apply_settings
from neuroff.core.network import Network
from neuroff.core.signal import Signal
from neuroff.core.synapses import Planes
from neuroff.errors import ExportError
from neuroff.exchange.graph.fold import fold_means, fold_scales
from neuroff.exchange.graph.from_network import from_network
from neuroff.exchange.graph.graph import Graph
from neuroff.exchange.graph.neurons import Neurons
from neuroff.exchange.graph.nodes import AffineNode, InputNode, ScaleNode
from neuroff.exchange.graph.planar import ConvNode, PoolNode
from neuroff.exchange.graph.reference import run, run_whole
from neuroff.exchange.nir.flavour import Flavour
from neuroff.exchange.nir.own_planar import row_node
from neuroff.exchange.nir.read import read_nir
from neuroff.exchange.nir.write import write_nir
from neuroff.foreign.running import run as run_graph
from neuroff.foreign.spikes import values_for
from tests.graphs import planar_graph, row_graph

STACK = "conv 4x3 stride 2, pool 2, conv 6x3, pool 2, dense 20"


@pytest.fixture(scope="module")
def network() -> Network:
    config = apply_settings(
        neuroff.preset("conv", path="spiking", dataset="digits"),
        [f"network.layers={STACK}", "training.epochs=1", "data.train_count=100", "data.input_scale=raw"],
    )
    split = neuroff.prepare(neuroff.load("digits"), config)
    drawn, plan = neuroff.build(config, split)
    return neuroff.train(drawn, split, plan).network


def spikes(width: int, steps: int = 4) -> Signal:
    return Signal((torch.rand(steps, 5, width, generator=torch.Generator().manual_seed(2)) < 0.3).float())


def test_a_network_fires_as_its_graph_does_to_the_bit(network: Network) -> None:
    graph = from_network(network, "constant")
    kinds = [type(node).__name__ for node in graph.nodes.values() if not hasattr(node, "threshold")]
    assert kinds == ["InputNode", "ConvNode", "PoolNode", "ConvNode", "PoolNode", "AffineNode", "OutputNode"]
    images = torch.rand(6, 784, generator=torch.Generator().manual_seed(5))
    found = run(graph, Signal(images))
    signal, shown = Signal(images), []
    for index, layer in enumerate(network.layers):
        drive = layer.synapses.drive(signal, torch.float32)
        signal = Signal(network.population_of(index).respond(drive).output)
        shown.append(signal.values)
    assert all(torch.equal(found[f"neurons{n + 1}"], each) for n, each in enumerate(shown))
    assert all(0 < float(each.mean()) < 1 for each in shown)


@pytest.mark.parametrize("flavour", ["nir", "snntorch", "norse", "sinabs", "spikingjelly"])
def test_a_file_keeps_shared_weights_and_reads_back(
    network: Network, tmp_path: Path, flavour: Flavour
) -> None:
    graph = fold_scales(from_network(network, "bernoulli"))
    graph = graph.with_nodes({"input": InputNode(784)})
    if flavour == "nir":
        graph = graph.with_nodes({name: replace(node, reset="zero") for name, node in graph.named(Neurons)})
    path = tmp_path / "conv.nir"
    write_nir(graph, path, flavour)
    again = read_nir(path)
    assert again.edges == graph.edges
    expected = run_whole(graph, spikes(784))
    found = run_whole(again, spikes(784))
    assert torch.equal(found[1], expected[1])
    assert all(torch.equal(found[0][name], each) for name, each in expected[0].items())
    stored = sum(node.weight.size for _, node in again.named(ConvNode))
    assert stored == 4 * 9 + 6 * 4 * 9
    assert path.stat().st_size < 300_000  # one matrix of the first layer would take 2.4 MB


def test_others_read_what_the_file_says(network: Network, tmp_path: Path) -> None:
    nir = pytest.importorskip("nir")
    graph = fold_scales(from_network(network, "bernoulli"))
    graph = graph.with_nodes({"input": InputNode(784)})
    write_nir(graph, tmp_path / "conv.nir", "spikingjelly")
    read = nir.read(tmp_path / "conv.nir")
    assert {type(node).__name__ for node in read.nodes.values()} == {
        *("Input", "Conv2d", "AvgPool2d", "Flatten", "Affine", "IF", "Output")
    }
    assert list(read.nodes["neurons1"].v_threshold.shape) == [4, 14, 14]


def test_means_become_sums_in_the_weights_that_follow() -> None:
    graph = planar_graph(seed=5)
    summed = fold_means(graph)
    assert [node.mean for _, node in summed.named(PoolNode)] == [False]
    shown = spikes(60, graph.steps)
    assert all(torch.equal(each, run(graph, shown)[name]) for name, each in run(summed, shown).items())


def test_a_gain_passes_a_pool_into_shared_weights() -> None:
    graph = planar_graph(seed=5)
    nodes = dict(graph.nodes)
    nodes["gain1"] = ScaleNode(np.full(120, 0.5))
    edges = [(a, "gain1") if b == "pool2" else (a, b) for a, b in graph.edges] + [("gain1", "pool2")]
    scaled = Graph(nodes, tuple(edges), graph.steps, numeric="float64")
    shown = spikes(60, graph.steps)
    folded = run(fold_scales(scaled), shown)
    assert all(torch.equal(each, folded[name]) for name, each in run(scaled, shown).items())
    uneven = scaled.with_nodes({"gain1": ScaleNode(np.linspace(0.5, 1.0, 120))})
    with pytest.raises(ExportError, match="one gain for axons that share weights"):
        fold_scales(uneven)


def test_nodes_say_what_is_wrong_with_them() -> None:
    planes, bias = Planes(2, 4, 4), np.zeros(3)
    with pytest.raises(ExportError, match=r"weight has shape \(3, 2, 3\)"):
        ConvNode(np.ones((3, 2, 3)), bias, planes)
    with pytest.raises(ExportError, match="on 2 channels in 1 groups"):
        ConvNode(np.ones((3, 1, 3, 3)), bias, planes)
    with pytest.raises(ExportError, match="a window of 5 x 5"):
        ConvNode(np.ones((3, 2, 5, 5)), bias, planes)
    with pytest.raises(ExportError, match="a window of 5 x 1"):
        PoolNode(planes, (5, 1))
    with pytest.raises(ExportError, match="numbers above 0"):
        PoolNode(planes, (0, 1))


def test_planes_behind_one_row_are_refused_in_a_file(tmp_path: Path) -> None:
    graph = planar_graph()
    row = AffineNode(np.eye(60), np.zeros(60))
    nodes = {"input": graph.nodes["input"], "first": row}
    nodes |= {name: node for name, node in graph.nodes.items() if name != "input"}
    edges = (("input", "first"), ("first", "affine1"), *graph.edges[1:])
    mixed = Graph(nodes, edges, graph.steps, numeric="float64")
    with pytest.raises(ExportError, match="the planes of a convolution, of a pool or of the input"):
        write_nir(mixed, tmp_path / "mixed.nir", "snntorch")
    assert not (tmp_path / "mixed.nir").exists()


@pytest.mark.parametrize("groups", [1, 2])
def test_rows_are_read_back_and_by_others(tmp_path: Path, groups: int) -> None:
    """As Conv1d on (C, L), which the nodes of other people's networks run to the same spikes."""
    graph = row_graph("if", "zero", seed=3, groups=groups)
    write_nir(graph, tmp_path / "rows.nir")
    back = read_nir(tmp_path / "rows.nir")
    shown = spikes(60, graph.steps)
    expected = run(graph, shown)
    assert all(torch.equal(each, run(back, shown)[name]) for name, each in expected.items())
    named = dict(back.named(ConvNode))
    assert [node.planes for node in named.values()] == [Planes(3, 1, 20), Planes(4, 1, 10)]
    assert named["affine2"].groups == groups
    assert np.array_equal(named["affine2"].weight, dict(graph.named(ConvNode))["affine2"].weight)
    foreign = neuroff.read_nir(tmp_path / "rows.nir", dt_ms=graph.dt_ms)
    found = run_graph(foreign, values_for(foreign, shown.values.numpy()))
    for name, each in expected.items():
        assert torch.equal(found[name].flatten(2), each.double()), name
    assert {type(node).__name__ for node in foreign.nodes.values()} >= {"Convolution", "Population"}


@pytest.mark.parametrize(
    ("field", "value"),
    [("stride", 0), ("padding", -1), ("dilation", 2), ("groups", 0), ("weight", np.ones((2, 3)))],
)
def test_a_damaged_row_is_refused(field: str, value: Any) -> None:
    numbers = {"input_shape": 20, "stride": 1, "padding": 2, "dilation": 1, "groups": 1}
    fields: dict[str, Any] = {"weight": np.ones((4, 3, 5)), "bias": np.zeros(4)}
    fields |= {name: np.array(number) for name, number in numbers.items()} | {field: np.array(value)}
    with pytest.raises(ExportError, match="expected three axes"):
        row_node(fields, "node 'x'")


def test_the_nir_library_reads_groups_behind_a_pool(tmp_path: Path) -> None:
    nir = pytest.importorskip("nir")  # whose inference of shapes knows no groups
    write_nir(row_graph("if", "zero", seed=3, groups=2), tmp_path / "rows.nir")
    nir.read(tmp_path / "rows.nir")
    graph = planar_graph("if", "zero", seed=3, groups=2)
    for flavour in ("nir", "spikingjelly", "snntorch"):
        path = tmp_path / f"{flavour}.nir"
        write_nir(graph, path, flavour)
        nodes = nir.read(path).nodes
        assert {int(node.groups) for node in nodes.values() if isinstance(node, nir.Conv2d)} == {1}
        back = dict(read_nir(path).named(ConvNode))
        wanted = dict(graph.named(ConvNode))
        assert {name: node.groups for name, node in back.items()} == {
            name: node.groups for name, node in wanted.items()
        }
        assert any(node.groups == 2 for node in wanted.values())
        assert all(np.array_equal(node.weight, wanted[name].weight) for name, node in back.items())


def test_weights_between_groups_are_refused(tmp_path: Path) -> None:
    graph = planar_graph("if", "zero", seed=3, groups=2)
    path = tmp_path / "own.nir"
    write_nir(graph, path)
    name = next(name for name, node in graph.named(ConvNode) if node.groups == 2)
    with h5py.File(path, "r+") as file:
        weight = file["node/nodes"][name]["weight"]
        weight[0, -1] = 1.0
    with pytest.raises(ExportError, match=rf"node '{name}'.*weights between groups"):
        read_nir(path)
    with h5py.File(path, "r+") as file:
        file["neuroff/nodes"][name]["groups"][...] = 5
    with pytest.raises(ExportError, match=r"5 groups of . channels"):
        read_nir(path)
