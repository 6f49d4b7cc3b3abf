from __future__ import annotations

import dataclasses
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from neuroff.core.goodness import Goodness
from neuroff.core.network import propagate
from neuroff.core.signal import Signal, Stimulus
from neuroff.errors import ExportError
from neuroff.exchange.graph.graph import Graph, Numeric
from neuroff.exchange.graph.neurons import Fires, Reset
from neuroff.exchange.graph.presenting import presented
from neuroff.exchange.graph.reference import run
from neuroff.exchange.nir import read as nir_read
from neuroff.exchange.nir.flavour import Flavour
from neuroff.exchange.nir.read import read_nir
from neuroff.exchange.nir.write import write_nir
from neuroff.hdf5 import reading as hdf5_reading
from tests.exchange.graph.as_network import to_network
from tests.graphs import KINDS, RESETS, SILENT, random_graph, random_spikes, read_out
from tests.samples import few


@pytest.fixture(autouse=True)
def at_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    """Read files in this process: what is tested here is what is read, not where."""
    monkeypatch.setattr(nir_read, "read_hdf5", hdf5_reading.read_tree)


FLAVOURS = ("nir", "snntorch", "norse", "sinabs", "spikingjelly")


def require_same(found: Graph, expected: Graph) -> None:
    assert list(found.nodes) == list(expected.nodes)
    assert (found.edges, found.steps, found.dt_ms) == (expected.edges, expected.steps, expected.dt_ms)
    assert (found.numeric, found.label_axons) == (expected.numeric, expected.label_axons)
    for name, node in expected.nodes.items():
        again = found.nodes[name]
        assert type(again) is type(node)
        for field in dataclasses.fields(node):
            ours, theirs = getattr(again, field.name), getattr(node, field.name)
            assert np.array_equal(ours, theirs), (name, field.name)
            assert getattr(ours, "dtype", None) == getattr(theirs, "dtype", None)


@few
@given(
    kind=st.sampled_from(KINDS),
    reset=st.sampled_from((*RESETS, "value")),
    ends=st.sampled_from((None, *SILENT)),
    flavour=st.sampled_from(FLAVOURS),
    fires=st.sampled_from(["reached", "exceeded"]),
    numeric=st.sampled_from(["float32", "float64"]),
    beta=st.floats(0, 1),
    seed=st.integers(0, 2**31),
)
def test_back_to_the_bit_whatever_the_flavour(
    tmp_path_factory: pytest.TempPathFactory,
    kind: str,
    reset: Reset,
    ends: str | None,
    flavour: Flavour,
    fires: Fires,
    numeric: Numeric,
    beta: float,
    seed: int,
) -> None:
    if (flavour, reset) == ("nir", "subtract") or (flavour != "nir" and reset == "value"):
        reset = "zero"
    graph = random_graph(kind, reset, seed, numeric, fires, beta=beta)
    if ends in {"nir": SILENT, "sinabs": ("i", "li")}.get(flavour, ()):
        graph = read_out(graph, str(ends), seed, rests=flavour == "nir" and ends != "i")
    graph = dataclasses.replace(graph, label_axons=3, dt_ms=0.7)
    path = tmp_path_factory.mktemp("nir") / "graph.nir"
    write_nir(graph, path, flavour)
    require_same(read_nir(path), graph)


@pytest.mark.parametrize("flavour", FLAVOURS[1:])
def test_a_file_becomes_a_network(tmp_path: Path, flavour: Flavour) -> None:
    graph = dataclasses.replace(random_graph("cuba", numeric="float32"), label_axons=3)
    write_nir(graph, tmp_path / "graph.nir", flavour)
    network = to_network(read_nir(tmp_path / "graph.nir"), Goodness())
    spikes = random_spikes(1, dtype=torch.float32)
    spikes[..., :3] = 0.0
    images = Stimulus(Signal(spikes), torch.ones(spikes.shape[:2]))
    labels = torch.tensor([[0, 1, 2, 0, 1, 2]])
    expected = run(graph, presented(network.asking, images, labels)).values()
    for shown, sent in zip(propagate(network, images, labels), expected, strict=True):
        assert torch.equal(shown.response.output, sent)


def test_a_file_of_others_is_for_another_reader(own: Path) -> None:
    with h5py.File(own, "a") as file:
        del file["neuroff"]
    with pytest.raises(ExportError, match=r"did not write.*Read it with neuroff.read_nir"):
        read_nir(own)


def as_earlier_versions_wrote_it(path: Path) -> None:
    with h5py.File(path, "a") as file:
        file.move("neuroff/graph", "node/metadata")
        for name in list(file["neuroff/nodes"]):
            file.move(f"neuroff/nodes/{name}", f"node/nodes/{name}/metadata")
        del file["neuroff"]


@pytest.mark.parametrize("kind", KINDS)
def test_files_of_earlier_versions_are_read(tmp_path: Path, kind: str) -> None:
    graph = random_graph(kind, "subtract", numeric="float32")
    write_nir(graph, tmp_path / "a.nir", "snntorch")
    as_earlier_versions_wrote_it(tmp_path / "a.nir")
    require_same(read_nir(tmp_path / "a.nir"), graph)


NIR_1_0_4 = {
    "Input": {"shape"},
    "Output": {"shape"},
    "Affine": {"weight", "bias"},
    "IF": {"r", "v_threshold"},
    "LIF": {"tau", "r", "v_leak", "v_threshold"},
    "CubaLIF": {"tau_syn", "tau_mem", "r", "v_leak", "v_threshold", "w_in"},
}
"""What the nodes of nir 1.0.4 are made of (nir/ir/neuron.py, linear.py): anything else is a TypeError."""


@pytest.mark.parametrize("kind", KINDS)
def test_a_file_for_sinabs_has_nothing_that_its_reader_does_not_know(tmp_path: Path, kind: str) -> None:
    write_nir(random_graph(kind, "subtract"), tmp_path / "a.nir", "sinabs")
    with h5py.File(tmp_path / "a.nir") as file:
        assert set(file["node"]) == {"type", "edges", "nodes"}
        for node in file["node/nodes"].values():
            assert set(node) - {"type"} == NIR_1_0_4[node["type"][()].decode()]


@pytest.fixture
def own(tmp_path: Path) -> Path:
    path = tmp_path / "own.nir"
    write_nir(read_out(random_graph("cuba", "value", numeric="float32"), "li", rests=True), path)
    return path


@pytest.mark.parametrize(
    ("place", "value", "message"),
    [
        ("nodes/neurons1/tau_mem", np.full(17, 0.5), "tau_mem and neuroff's metadata disagree"),
        ("nodes/neurons1/v_threshold", np.full(17, np.nan), "v_threshold and neuroff's metadata disagree"),
        ("nodes/neurons1/type", "LIF", "NIR's LIF and neuroff's metadata disagree"),
        ("/neuroff/nodes/neurons1/beta", np.full(17, 0.1), "disagree"),
        ("/neuroff/nodes/neurons1/beta", np.full(17, np.nan), "not finite"),
        ("/neuroff/nodes/neurons1/reset", "subtract", "reset = 'subtract' beside a value"),
        ("nodes/neurons1/v_reset", np.full(17, 0.25), "v_reset and neuroff's metadata disagree"),
        ("/neuroff/nodes/neurons1/value", np.full(17, 0.25), "v_reset and neuroff's metadata disagree"),
        ("/neuroff/nodes/neurons1/reset", "zero", "reset = 'zero' beside a value"),
        ("nodes/silent/v_leak", np.full(5, 2.0), "v_leak and neuroff's metadata disagree"),
        ("nodes/silent/type", "I", "NIR's I and neuroff's metadata disagree"),
        ("/neuroff/nodes/silent/neuroff_kind", "LIFNode", "'reset' is None"),
        ("/neuroff/nodes/silent/rest", np.full(5, np.nan), "not finite"),
        ("/neuroff/nodes/neurons1/neuroff_kind", "Neurons", "neurons of kind 'Neurons'"),
        ("/neuroff/nodes/input/carries", "smoke", "spikes | values"),
        ("/neuroff/graph/neuroff_format", 2, "a later neuroff"),
        ("/neuroff/graph/flavour", "brian", "flavour = 'brian'"),
        ("/neuroff/graph/numeric", "float16", "numeric"),
        ("/neuroff/graph/steps", 0, "steps"),
        ("/neuroff/graph/steps", 2.5, "whole number"),
        ("/neuroff/graph/step", 0.0, "step = 0"),
        ("/neuroff/graph/dt_ms", np.nan, "dt_ms"),
        ("/neuroff/graph/label_axons", 99, "label_axons"),
        ("edges", 3, "edges"),
        ("type", "LIF", "a single LIF"),
        ("nodes", 3, "no group 'nodes'"),
    ],
)
def test_files_that_contradict_themselves(
    own: Path, place: str, value: NDArray[np.float64] | float | str, message: str
) -> None:
    with h5py.File(own, "a") as file:
        at = place if place.startswith("/") else f"node/{place}"
        del file[at]
        file[at] = value
    with pytest.raises(ExportError, match=message.replace("|", r"\|")):
        read_nir(own)


def test_a_file_that_says_of_itself_what_its_flavour_has_not(tmp_path: Path) -> None:
    write_nir(random_graph("cuba", "zero"), tmp_path / "a.nir")
    with h5py.File(tmp_path / "a.nir", "a") as file:
        del file["neuroff/nodes/neurons1/reset"]
        file["neuroff/nodes/neurons1/reset"] = "subtract"
    with pytest.raises(ExportError, match="reset by subtraction"):
        read_nir(tmp_path / "a.nir")


def large(file: Any) -> None:
    file["node"].create_dataset(
        "big", shape=(2**20, 2**12), dtype="f4", chunks=(1024, 1024), compression="gzip"
    )


def nested(file: Any) -> None:
    group = file["node"]
    for _ in range(20):
        group = group.create_group("more")


def looped(file: Any) -> None:
    file["node/self"] = file["node"]


def elsewhere(file: Any) -> None:
    file["node/link"] = h5py.ExternalLink("/etc/passwd", "/")


def soft(file: Any) -> None:
    file["node/link"] = h5py.SoftLink("/node")


def outside(file: Any) -> None:
    file["node"].create_dataset("raw", shape=(4,), dtype="u1", external=[("/etc/passwd", 0, 4)])


def virtual(file: Any) -> None:
    layout = h5py.VirtualLayout(shape=(4,), dtype="f4")
    layout[:] = h5py.VirtualSource("other.h5", "data", shape=(4,))
    file["node"].create_virtual_dataset("v", layout)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (large, "bytes in all"),
        (nested, "nested deeper"),
        (looped, "a group that stands elsewhere too"),
        (elsewhere, "a link to somewhere else"),
        (soft, "a link to somewhere else"),
        (outside, "kept in other files"),
        (virtual, "kept in other files"),
        (lambda f: f["node"].create_dataset("o", data=np.void(b"pickle")), "values of type"),
        (lambda f: f["node"].create_dataset("c", data=np.zeros(2, [("a", "f4")])), "values of type"),
        (lambda f: f["node"].create_dataset("r", data=f["node"].ref, dtype=h5py.ref_dtype), "values of type"),
        (lambda f: f["node"].create_dataset("z", data=np.zeros(2, complex)), "values of type"),
        (lambda f: f["node"].create_dataset("e", data=h5py.Empty("f4")), "an empty dataset"),
        (lambda f: f["node"].create_dataset("t", data="x" * 10_000), "a text of 10000 bytes"),
        (lambda f: f["node"].create_group("n" * 300), "a name too long"),
        (lambda f: f["node"].create_dataset("s", data=np.arange(9), scaleoffset=0), "filters"),
        (lambda f: f["node"].__setitem__("kind", np.dtype("f4")), "a Datatype"),
        (lambda f: f.pop("node"), "no group 'node'"),
    ],
)
def test_hostile_files(own: Path, change: Callable[..., Any], message: str) -> None:
    with h5py.File(own, "a") as file:
        change(file)
    with pytest.raises(ExportError, match=message):
        read_nir(own)


@pytest.mark.parametrize("content", [b"", b"\x89HDF\r\n\x1a\n", b"not hdf5", os.urandom(5000)])
def test_files_of_another_kind(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "graph.nir"
    path.write_bytes(content)
    with pytest.raises(ExportError, match="not a readable HDF5 file"):
        read_nir(path)


def test_no_file_and_a_huge_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, own: Path) -> None:
    with pytest.raises(ExportError, match="cannot read"):
        read_nir(tmp_path / "none.nir")
    with pytest.raises(ExportError, match=r"not a readable|cannot read"):
        read_nir(tmp_path)
    monkeypatch.setattr(hdf5_reading, "MAX_FILE_BYTES", 100)
    with pytest.raises(ExportError, match="at most 100"):
        read_nir(own)
