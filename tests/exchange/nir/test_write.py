from __future__ import annotations

import itertools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from numpy.typing import NDArray

from neuroff.core.network import Network
from neuroff.errors import ExportError, RunError
from neuroff.exchange.graph.fold import with_spiking_input
from neuroff.exchange.graph.from_network import from_network
from neuroff.exchange.graph.graph import Graph, Node, Numeric
from neuroff.exchange.graph.neurons import (
    CubaLIFNode,
    CubaLINode,
    Fires,
    IFNode,
    INode,
    LIFNode,
    LINode,
    Silent,
)
from neuroff.exchange.graph.nodes import AffineNode, DelayNode, InputNode, OutputNode, ScaleNode
from neuroff.exchange.nir.flavour import ENDLESS, Flavour, nir_neurons, set_right, step_s
from neuroff.exchange.nir.write import write_nir
from tests.graphs import KINDS, SILENT, random_graph, read_out
from tests.narrow import as_a
from tests.samples import configured, lively_network

FLAVOURS = ("nir", "snntorch", "norse", "sinabs", "spikingjelly")
TWO = np.array([1.0, 1.0])
BETA = np.array([0.75, 0.75])


def written(graph: Graph, path: Path, flavour: Flavour = "nir") -> Any:
    write_nir(graph, path, flavour)
    return h5py.File(path)


@pytest.mark.parametrize("kind", KINDS)
def test_the_published_reader_reads_it(tmp_path: Path, kind: str) -> None:
    nir = pytest.importorskip("nir")
    graph = random_graph(kind, "zero", numeric="float32")
    write_nir(graph, tmp_path / "graph.nir")
    found = nir.read(tmp_path / "graph.nir")
    assert found.edges == list(graph.edges)
    assert found.nodes.keys() == graph.nodes.keys()
    assert np.array_equal(found.nodes["affine2"].weight, as_a(AffineNode, graph.nodes["affine2"]).weight)
    assert found.nodes["affine2"].weight.dtype == np.float32
    assert type(found.nodes["neurons1"]).__name__ == {"if": "IF", "lif": "LIF", "cuba": "CubaLIF"}[kind]
    assert found.nodes["input"].output_type["output"].tolist() == [12]


@pytest.mark.parametrize("kind", SILENT)
def test_the_published_reader_reads_what_does_not_fire_and_resets_to_any_value(
    tmp_path: Path, kind: str
) -> None:
    nir = pytest.importorskip("nir")
    graph = read_out(random_graph("lif", "value"), kind, rests=kind != "i")
    write_nir(graph, tmp_path / "graph.nir")
    found = nir.read(tmp_path / "graph.nir")
    value = as_a(LIFNode, graph.nodes["neurons1"]).value
    assert value is not None
    assert np.array_equal(found.nodes["neurons1"].v_reset, value)
    silent = found.nodes["silent"]
    assert type(silent).__name__ == {"i": "I", "li": "LI", "cubali": "CubaLI"}[kind]
    if kind != "i":
        assert np.array_equal(silent.v_leak, as_a(Silent, graph.nodes["silent"]).rest)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("ends", SILENT)
def test_the_published_writer_writes_the_same(tmp_path: Path, kind: str, ends: str) -> None:
    """The layout, against the file that the package nir makes of the same graph."""
    nir = pytest.importorskip("nir")
    write_nir(read_out(random_graph(kind, "value"), ends), tmp_path / "ours.nir")
    nir.write(tmp_path / "theirs.nir", nir.read(tmp_path / "ours.nir"))

    def content(path: Path) -> tuple[dict[str, Any], dict[str, Any]]:
        found = {}
        with h5py.File(path) as file:
            file.visititems(
                lambda name, item: found.update({name: item[()]} if hasattr(item, "dtype") else {})
            )
            kinds = {name: file[name].dtype for name in found}
        return found, kinds

    (ours, our_types), (theirs, their_types) = (
        content(tmp_path / "ours.nir"),
        content(tmp_path / "theirs.nir"),
    )
    own = {name for name in ours if name.startswith("neuroff/")}  # which no other reader looks at
    assert ours.keys() - own == theirs.keys()
    assert {name: kind for name, kind in our_types.items() if name not in own} == their_types
    for name, value in theirs.items():
        assert np.array_equal(ours[name], value), name


def test_numbers_of_the_equations() -> None:
    lif = LIFNode(TWO, "zero", "exceeded", beta=BETA)
    kind, numbers = nir_neurons("n", lif, "nir", 1e-3, "float32")
    assert kind == "LIF"
    assert {key: value[0] for key, value in numbers.items()} == {
        "tau": 0.004,
        "r": 4.0,
        "v_threshold": 1.0,
        "v_reset": 0.0,
        "v_leak": 0.0,
    }
    cuba = CubaLIFNode(TWO, "zero", "exceeded", alpha=np.array([0.5, 0.5]), beta=BETA)
    kind, numbers = nir_neurons("n", cuba, "nir", 1e-3, "float32")
    assert (kind, numbers["tau_syn"][0], numbers["w_in"][0], numbers["r"][0]) == ("CubaLIF", 0.002, 2.0, 4.0)
    kind, numbers = nir_neurons("n", IFNode(TWO, "zero", "exceeded"), "nir", 1e-3, "float32")
    assert (kind, numbers["r"][0]) == ("IF", 1000.0)


@pytest.mark.parametrize("numeric", ["float32", "float64"])
@pytest.mark.parametrize("flavour", FLAVOURS)
def test_who_fires_above_the_threshold_gets_the_number_below(flavour: Flavour, numeric: Numeric) -> None:
    def threshold(fires: Fires) -> Any:
        node = LIFNode(np.array([0.3, 0.3]), "zero", fires, beta=BETA)
        number = nir_neurons("n", node, flavour, 1e-3, numeric)[1]["v_threshold"][0]
        return np.dtype(numeric).type(number)

    theta = np.dtype(numeric).type(0.3)
    if flavour in ("sinabs", "spikingjelly"):
        assert threshold("reached") == theta
        assert threshold("exceeded") == np.nextafter(theta, np.inf, dtype=numeric)
    else:
        assert threshold("reached") == np.nextafter(theta, 0, dtype=numeric)
        assert threshold("exceeded") == theta


def test_flavours_differ_where_libraries_do() -> None:
    lif, neuron = LIFNode(TWO, "subtract", beta=BETA), IFNode(TWO, "subtract")

    def told(node: IFNode | LIFNode, flavour: Flavour) -> tuple[str, dict[str, NDArray[np.floating[Any]]]]:
        return nir_neurons("n", node, flavour, step_s(random_graph(), flavour), "float32")

    assert told(lif, "snntorch")[1]["tau"][0] == 4e-4
    assert told(lif, "norse")[0] == "CubaLIF"
    assert told(lif, "norse")[1]["tau_syn"][0] == 1e-3
    assert told(lif, "sinabs")[1]["tau"][0] == pytest.approx(-1 / np.log(0.75))
    assert told(lif, "sinabs")[1]["r"][0] == 1.0
    assert told(neuron, "snntorch")[0] == "LIF"
    assert told(neuron, "snntorch")[1]["r"][0] == ENDLESS
    assert 1.0 - 1.0 / ENDLESS == np.exp(-1.0 / ENDLESS) == 1.0
    no_leak = LIFNode(TWO, "subtract", beta=TWO)
    assert told(no_leak, "sinabs")[1]["tau"][0] == ENDLESS
    memoryless = LIFNode(TWO, "subtract", beta=0.0 * TWO)
    assert told(memoryless, "sinabs")[1]["tau"][0] == 0.0
    assert told(memoryless, "spikingjelly")[0] == "CubaLIF"


def chain(*nodes: Node) -> Graph:
    named: dict[str, Node] = {
        "input": InputNode(2),
        **{f"n{i}": n for i, n in enumerate(nodes)},
        "output": OutputNode(2),
    }
    return Graph(named, tuple(itertools.pairwise(named)), 5, 2.0, "float64")


def test_scales_and_delays_in_the_equations(tmp_path: Path) -> None:
    graph = chain(ScaleNode(np.array([2.0, 3.0])), DelayNode(np.array([0, 3])))
    with written(graph, tmp_path / "graph.nir") as file:
        assert file["node/nodes/n0/scale"][()].tolist() == [2.0, 3.0]
        assert file["node/nodes/n1/delay"][()].tolist() == [0.0, 0.006]


def network(*settings: str) -> Network:
    return lively_network(configured(*settings, path="spiking"))


ZERO = IFNode(TWO, "zero")
VARIOUS = np.array([1.0, 2.0])


@pytest.mark.parametrize(
    ("graph", "flavour", "message"),
    [
        (lambda: random_graph(), "nir", "node 'neurons1': reset by subtraction; .*such as --flavour sinabs"),
        (lambda: from_network(network("reset=zero")), "nir", "node 'gain1': divisive normalisation"),
        (lambda: from_network(network(), "regular"), "sinabs", "node 'input': a gain per sample"),
        (lambda: with_spiking_input(from_network(network())), "nir", "node 'input': a gain per sample"),
        (lambda: chain(ScaleNode(TWO), ZERO), "norse", "node 'n0': a ScaleNode, which norse does not import"),
        (lambda: chain(DelayNode(np.array([1, 2])), ZERO), "snntorch", "node 'n0': a DelayNode"),
        (
            lambda: chain(IFNode(TWO, "zero", refractory=2)),
            "norse",
            "node 'n0': 2 refractory steps; .*neuron.refractory=0",
        ),
        (lambda: chain(IFNode(VARIOUS, "zero")), "snntorch", "node 'n0': v_threshold differs"),
        (lambda: chain(LIFNode(TWO, beta=0.4 * VARIOUS)), "spikingjelly", "node 'n0': r differs"),
        (
            lambda: chain(CubaLIFNode(TWO, alpha=0 * TWO, beta=BETA)),
            "sinabs",
            "node 'n0': alpha = 0",
        ),
        (lambda: chain(IFNode(TWO, "value", value=-TWO)), "norse", "node 'n0': a reset to a value other th"),
        (lambda: chain(IFNode(TWO, "value", value=-TWO)), "snntorch", "takes every v_reset for zero"),
        (lambda: chain(IFNode(TWO, "value", value=-TWO)), "sinabs", "knows no v_reset"),
        (lambda: chain(IFNode(TWO, "value", value=-TWO)), "spikingjelly", "start at v_reset too"),
        (lambda: chain(LINode(0 * TWO, beta=BETA)), "norse", r"node 'n0': neurons that do not fire \(LI\)"),
        (lambda: chain(INode(0 * TWO)), "snntorch", "--flavour nir | sinabs"),
        (lambda: chain(INode(0 * TWO)), "spikingjelly", "importer knows no such node"),
        (lambda: chain(CubaLINode(0 * TWO, alpha=BETA, beta=BETA)), "sinabs", r"do not fire \(CubaLI\)"),
        (lambda: chain(LINode(TWO, beta=BETA)), "sinabs", "rest at other than zero"),
        (lambda: chain(INode(TWO)), "nir", "rest at other than zero"),
        (lambda: chain(ZERO), "brian", "flavour = 'brian'"),
    ],
)
def test_what_a_file_cannot_express_is_refused_by_name(
    tmp_path: Path, graph: Callable[..., Any], flavour: Flavour, message: str
) -> None:
    with pytest.raises(ExportError, match=message):
        write_nir(graph(), tmp_path / "graph.nir", flavour)
    assert not list(tmp_path.iterdir())


def test_a_folder_that_is_none(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(RunError, match="cannot write"):
        write_nir(random_graph("if", "zero"), tmp_path / "file" / "graph.nir")


def test_numbers_of_what_does_not_fire() -> None:
    leaky = LINode(np.array([0.5, -0.5]), beta=BETA)
    kind, numbers = nir_neurons("n", leaky, "nir", 1e-3, "float64")
    assert kind == "LI"
    assert {key: value[0] for key, value in numbers.items()} == {"tau": 0.004, "r": 4.0, "v_leak": 0.5}
    assert nir_neurons("n", INode(0 * TWO), "nir", 1e-3, "float64")[1].keys() == {"r"}
    cuba = CubaLINode(TWO, alpha=np.array([0.5, 0.5]), beta=BETA)
    kind, numbers = nir_neurons("n", cuba, "nir", 1e-3, "float64")
    assert (kind, numbers["tau_syn"][0], numbers["tau_mem"][0], numbers["v_leak"][0]) == (
        *("CubaLI", 0.002, 0.004, 1.0),
    )
    kind, numbers = nir_neurons("n", INode(0 * TWO), "sinabs", 1.0, "float64")
    assert (kind, numbers["tau"][0], numbers["r"][0], numbers["v_leak"][0]) == ("LI", ENDLESS, 1.0, 0.0)


def test_the_same_graph_gives_the_same_bytes(tmp_path: Path) -> None:
    for name in "ab":
        write_nir(random_graph("cuba", "zero"), tmp_path / name)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


@pytest.mark.parametrize("flavour", FLAVOURS)
def test_what_a_file_cannot_say_is_told(flavour: Flavour) -> None:
    """Each reader's importer loses it: `neuroff.interop.simulators` has what is done about it."""
    to_zero, subtracting = (random_graph("lif", reset) for reset in ("zero", "subtract"))
    told = set_right(subtracting, flavour, "a.nir")
    words = {
        "snntorch": "resets to zero",
        "norse": "reset_method=norse.torch.functional.reset.reset_subtract",
        "spikingjelly": "v_reset = None on every neuron",
        "sinabs": "spike_fn = SingleSpike after",
    }
    if flavour == "nir":  # refused
        assert (told, set_right(to_zero, flavour, "a.nir")) == ((), ())
        return
    (line,) = told
    assert words[flavour] in line
    assert f"libraries.load('{flavour}', 'a.nir')" in line
    assert bool(set_right(to_zero, flavour, "a.nir")) == (flavour == "sinabs")
