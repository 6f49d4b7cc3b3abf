"""The same spikes into neuroff's reference and another library: the same out, every neuron and step."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import h5py
import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from neuroff.core.neurons.step import ResetName
from neuroff.core.signal import Signal
from neuroff.errors import ConfigError, MissingDependencyError
from neuroff.exchange.graph.fold import fold_gains, with_spiking_input
from neuroff.exchange.graph.from_network import from_network
from neuroff.exchange.graph.graph import Graph, Node, as_numeric
from neuroff.exchange.graph.neurons import CubaLIFNode, Fires, IFNode, LIFNode, Neurons
from neuroff.exchange.graph.nodes import AffineNode
from neuroff.exchange.graph.presenting import all_presented, as_spikes, presented
from neuroff.exchange.graph.reference import run
from neuroff.exchange.nir.flavour import OVER_ROWS
from neuroff.exchange.nir.write import write_nir
from neuroff.interop.simulators.libraries import Library, load
from neuroff.interop.simulators.simulator import LEAVING, Simulator
from tests.graphs import KINDS, RESETS, planar_graph, random_graph, random_spikes, read_out, row_graph
from tests.narrow import as_a
from tests.samples import configured, few_inputs, lively_network

REQUIRED = ("snntorch", "norse")
LIBRARIES = (*REQUIRED, "sinabs", "spikingjelly")


@pytest.fixture(params=LIBRARIES)
def library(request: pytest.FixtureRequest) -> Library:
    return needed(request.param)


def needed(name: Library) -> Library:
    for module in ("nir", name):
        if importlib.util.find_spec(module) is None:
            pytest.skip(f"{module} is not installed")
    return name


def require_parity(
    library: Library, graph: Graph, spikes: torch.Tensor, path: Path, *, double: bool = True
) -> tuple[Simulator, dict[str, torch.Tensor]]:
    graph = as_numeric(graph, "float64" if double else "float32")
    arriving = spikes.to(torch.float64 if double else torch.float32)
    write_nir(graph, path, library)
    simulator = load(library, path, double=double)
    expected = run(graph, Signal(arriving))
    for _ in range(2):  # every call from rest
        found = simulator.simulate(arriving)
        assert found.keys() == {*expected, LEAVING}
        last = list(expected.values())[-1]
        assert torch.equal(found[LEAVING], last)  # the output is the last population's
        for name, ours in expected.items():
            assert torch.equal(found[name], ours), (name, int((found[name] != ours).sum()))
    return simulator, expected


@pytest.mark.parametrize("double", [True, False])
@pytest.mark.parametrize("reset", RESETS)
@pytest.mark.parametrize("kind", KINDS)
def test_random_graphs(tmp_path: Path, library: Library, kind: str, reset: ResetName, double: bool) -> None:
    graph = random_graph(kind, reset, numeric="float32")
    _, spikes = require_parity(library, graph, random_spikes(1), tmp_path / "graph.nir", double=double)
    assert all(0.05 < sent.mean() < 0.95 for sent in spikes.values())


@pytest.mark.parametrize("name", LIBRARIES)
@settings(max_examples=12, deadline=None)
@given(
    kind=st.sampled_from(KINDS),
    reset=st.sampled_from(RESETS),
    fires=st.sampled_from(["reached", "exceeded"]),
    beta=st.sampled_from([0.0, 0.2, 0.5, 0.9, 0.97, 0.999, 1.0]),
    seed=st.integers(0, 2**31),
)
def test_random_graphs_whatever_the_numbers(
    tmp_path_factory: pytest.TempPathFactory,
    name: Library,
    kind: str,
    reset: ResetName,
    fires: Fires,
    beta: float,
    seed: int,
) -> None:
    library = needed(name)
    graph = random_graph(kind, reset, seed, fires=fires, beta=beta)
    require_parity(library, graph, random_spikes(seed), tmp_path_factory.mktemp("nir") / "graph.nir")


@settings(max_examples=12, deadline=None)
@given(
    kind=st.sampled_from(KINDS),
    ends=st.sampled_from(["i", "li"]),
    reset=st.sampled_from(RESETS),
    seed=st.integers(0, 2**31),
)
def test_sinabs_runs_what_does_not_fire(
    tmp_path_factory: pytest.TempPathFactory, kind: str, ends: str, reset: ResetName, seed: int
) -> None:
    graph = as_numeric(read_out(random_graph(kind, reset, seed, "float32"), ends, seed), "float64")
    path, arriving = tmp_path_factory.mktemp("nir") / "graph.nir", random_spikes(seed)
    write_nir(graph, path, needed("sinabs"))
    simulator, expected = load("sinabs", path, double=True), run(graph, Signal(arriving))
    for _ in range(2):  # every call from rest
        found = simulator.simulate(arriving)
        assert found.keys() == {*expected, LEAVING}
        assert all(torch.equal(found[name], expected[name]) for name in ("neurons1", "neurons2"))
        assert torch.equal(found[LEAVING], found["silent"])
        torch.testing.assert_close(found["silent"], expected["silent"], rtol=1e-12, atol=1e-12)
        assert found["silent"].std() > 0.1
    assert not any(what.startswith("silent") for what in simulator.corrected)


@pytest.mark.parametrize("fires", ["reached", "exceeded"])
@pytest.mark.parametrize("reset", RESETS)
def test_potentials_on_the_threshold(
    tmp_path: Path, library: Library, reset: ResetName, fires: Fires
) -> None:
    """Whole weights and thresholds: potentials meet the threshold to the bit all the time."""
    graph = random_graph("if", reset, fires=fires)
    stream = np.random.default_rng(0)
    changed: dict[str, Node] = {}
    for name, node in graph.nodes.items():
        if isinstance(node, Neurons):
            changed[name] = IFNode(np.full(node.inputs, 3.0), reset, fires)
        elif isinstance(node, AffineNode):
            weight = stream.integers(-1, 3, node.weight.shape).astype(float)
            changed[name] = AffineNode(weight, np.zeros(node.outputs))
    whole = graph.with_nodes(changed)
    require_parity(library, whole, random_spikes(2), tmp_path / "graph.nir")
    require_parity(library, whole, random_spikes(2), tmp_path / "graph.nir", double=False)


def test_strong_currents(tmp_path: Path, library: Library) -> None:
    """Potentials of several thresholds: one spike a step, one reset a spike."""
    graph = random_graph("lif", "subtract")
    weak = {
        name: LIFNode(node.threshold / 10, "subtract", beta=node.beta) for name, node in graph.named(LIFNode)
    }
    _, spikes = require_parity(library, graph.with_nodes(weak), random_spikes(3), tmp_path / "graph.nir")
    assert spikes["neurons1"].mean() > 0.4


def test_resets_that_differ_between_populations(tmp_path: Path, library: Library) -> None:
    graph = random_graph("cuba", "subtract")
    node = as_a(CubaLIFNode, graph.nodes["neurons2"])
    other = CubaLIFNode(node.threshold, "zero", alpha=node.alpha, beta=node.beta)
    require_parity(library, graph.with_nodes({"neurons2": other}), random_spikes(4), tmp_path / "graph.nir")


@pytest.mark.parametrize("changes", [(), ("reset=zero",), ("neuron.model=cuba",), ("neuron.model=if",)])
def test_a_folded_network_under_all_labels(
    tmp_path: Path, library: Library, changes: tuple[str, ...]
) -> None:
    config = configured("neuron.steps=9", *changes, path="spiking")
    inputs = as_spikes(few_inputs(config, 20))
    images = inputs.stimulus(slice(0, 20))
    unfolded = with_spiking_input(from_network(lively_network(config)))
    graph = fold_gains(unfolded, presented(inputs.encoder.asking, images, inputs.labels[None])).graph
    _, spikes = require_parity(
        library, graph, all_presented(inputs.encoder.asking, images), tmp_path / "graph.nir"
    )
    assert all(sent.mean() > 0.02 for sent in spikes.values())


def test_only_what_is_wrong_is_corrected(tmp_path: Path, library: Library) -> None:
    def corrections(kind: str, reset: ResetName) -> tuple[str, ...]:
        graph = random_graph(kind, reset)
        return require_parity(library, graph, random_spikes(1), tmp_path / "graph.nir")[0].corrected

    zero, subtract = corrections("lif", "zero"), corrections("lif", "subtract")
    if library == "sinabs":
        assert len(zero) == 4
        assert len(subtract) == 2
    else:
        assert zero == ()
        assert len(subtract) == 2


def test_a_file_for_another_library(tmp_path: Path, library: Library) -> None:
    write_nir(random_graph("lif", "zero"), tmp_path / "graph.nir")
    with pytest.raises(ConfigError, match=f"a file for nir; expected one for {library}.*--flavour {library}"):
        load(library, tmp_path / "graph.nir")


def test_a_library_that_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_nir(random_graph("lif", "zero"), tmp_path / "graph.nir")
    monkeypatch.setitem(__import__("sys").modules, "snntorch.import_nir", None)
    with pytest.raises(MissingDependencyError, match="snntorch cannot be imported"):
        load("snntorch", tmp_path / "graph.nir")
    with pytest.raises(ConfigError, match="brian"):
        load("brian", tmp_path / "graph.nir")  # type: ignore[arg-type]


@pytest.mark.parametrize("reset", RESETS)
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("groups", [1, 2])
def test_convolutions_and_pools(
    tmp_path: Path, library: Library, kind: str, reset: ResetName, groups: int
) -> None:
    graph = planar_graph(kind, reset, seed=3, groups=groups)
    spikes = (torch.rand(graph.steps, 3, 60, generator=torch.Generator().manual_seed(1)) < 0.4).float()
    _, found = require_parity(library, graph, spikes, tmp_path / "graph.nir")
    assert all(0.02 < float(each.mean()) < 0.98 for each in found.values())


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("groups", [1, 2])
def test_convolutions_of_rows(tmp_path: Path, library: Library, kind: str, groups: int) -> None:
    """As Conv1d where the importer knows that, else as Conv2d on planes of height one."""
    graph = row_graph(kind, seed=3, groups=groups)
    spikes = (torch.rand(graph.steps, 3, 60, generator=torch.Generator().manual_seed(1)) < 0.4).float()
    _, found = require_parity(library, graph, spikes, tmp_path / "graph.nir")
    assert all(0.02 < float(each.mean()) < 0.98 for each in found.values())
    with h5py.File(tmp_path / "graph.nir") as file:
        written = file["node/nodes/affine2/type"][()].decode()
    assert written == ("Conv1d" if library in OVER_ROWS else "Conv2d")
