"""Weights, pools and flattening between neurons as one matrix: the same network."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from torch import Tensor

from neuroff.errors import ExportError
from neuroff.exchange.nir.write import write_nir
from neuroff.foreign import read_nir, unrolling, values_for
from neuroff.foreign.as_exchange import exchange_graph, runs_alike
from neuroff.foreign.graph import SpikingGraph
from neuroff.foreign.nodes.weights import Matrix
from neuroff.foreign.porting import port_graph
from neuroff.foreign.reading import graph_of
from neuroff.foreign.running import run
from neuroff.foreign.targets import TARGETS
from neuroff.foreign.unrolling import unrolled
from neuroff.interop.simulators.libraries import load
from tests.foreign.plain import Plain
from tests.foreign.samples import end, linear
from tests.foreign.strategies import DT_S, networks

STEPS, SAMPLES = 20, 8


def kernel(outputs: int, inputs: int, bias: bool, seed: int, **given: Any) -> dict[str, Any]:
    stream = np.random.default_rng(seed)
    made = {
        "type": "Conv2d",
        "weight": stream.normal(0.3, 1.0, (outputs, inputs, 3, 3)).astype(np.float32),
        "bias": stream.normal(0, 0.1, outputs) if bias else np.zeros(outputs),
        "stride": np.array([1, 1]),
        "padding": np.array([0, 0]),
        "dilation": np.array([1, 1]),
        "groups": np.array(1),
        "input_shape": "None",
    }
    return made | given


def neurons() -> dict[str, Any]:
    values = {"tau": 5 * DT_S, "r": 1.0, "v_leak": 0.0, "v_threshold": 0.4, "v_reset": 0.0}
    return {"type": "LIF", **{key: np.array(value) for key, value in values.items()}}


def convolutional(bias: bool = True) -> Plain:
    """A border and a stride, a mean over windows before groups and a dilation, then a matrix."""
    window = {"kernel_size": np.array([2, 2]), "stride": np.array([2, 2]), "padding": np.array([0, 0])}
    nodes: dict[str, Any] = {
        "input": end("Input", 2, 9, 9),
        "c1": kernel(4, 2, bias, 0, padding=np.array([1, 1])),
        "n1": neurons(),
        "mean": {"type": "AvgPool2d", **window},
        "c2": kernel(6, 2, False, 1, groups=np.array(2), dilation=np.array([1, 1])),
        "n2": neurons(),
        "flat": {"type": "Flatten", "start_dim": np.array(0), "end_dim": np.array(-1)},
        "w": linear(5, 24),
        "n3": neurons(),
        "output": end("Output", 5),
    }
    names = list(nodes)
    return Plain(nodes, list(itertools.pairwise(names)))


def graph(bias: bool = True) -> SpikingGraph:
    return graph_of(convolutional(bias).tree(), "file", dt_ms=DT_S * 1000)


def spikes(rate: float = 0.4) -> Tensor:
    stream = torch.Generator().manual_seed(0)
    return (torch.rand(STEPS, SAMPLES, 2, 9, 9, generator=stream) < rate).float()


def test_one_matrix_is_left_between_neurons() -> None:
    found = unrolled(graph())
    assert list(found.nodes) == ["input", "c1", "n1", "c2", "n2", "w", "n3", "output"]
    assert all(isinstance(found.nodes[name], Matrix) for name in ("c1", "c2", "w"))
    assert found.kinds["c1"] == "Affine"
    right, sent = run(graph(), values_for(graph(), spikes())), run(found, values_for(found, spikes()))
    for name in ("n1", "n2", "n3"):
        assert right[name].sum() > 0
        assert torch.equal(sent[name], right[name])
    told = [note for note in found.notes if "unrolled" in note]
    assert told[0] == "c1: c1 unrolled to 162 × 324, 5000 synapses not zero"  # 2 · 4 · (3 · 9 − 2)²
    assert told[1].startswith("c2: mean, c2 unrolled to 324 × 24, ")
    assert told[2].startswith("w: flat, w unrolled to 24 × 5, ")


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(networks(), st.integers(0, 2**31))
def test_random_networks_compute_the_same(net: Any, seed: int) -> None:
    plain = net[0] if isinstance(net, tuple) else net
    whole = graph_of(plain.tree(), "file", dt_ms=DT_S * 1000)
    made = unrolled(whole)
    stream = np.random.default_rng(seed)
    inputs = {
        name: torch.from_numpy((stream.random((8, 2, *whole.nodes[name].outputs)) < 0.4).astype("float64"))
        for name in whole.inputs
    }
    right, found = run(whole, inputs), run(made, inputs)
    for name in whole.populations:
        torch.testing.assert_close(found[name].reshape(right[name].shape), right[name])


def test_runs_that_part_after_others_were_unrolled() -> None:
    net = convolutional()
    net.nodes |= {
        "w2": linear(3, 24, 1),
        "s": {"type": "Scale", "scale": np.array([0.5, 2.0, 1.0])},
        "n4": neurons(),
        "out2": end("Output", 3),
    }
    net.nodes["n2"] = {"type": "SumPool2d", "kernel_size": np.array([1, 1]), "stride": np.array([1, 1])}
    net.nodes["n2"]["padding"] = np.array([0, 0])  # weights follow weights, and part behind the flattening
    net.edges += [("flat", "w2"), ("w2", "s"), ("s", "n4"), ("n4", "out2")]
    whole = graph_of(net.tree(), "file", dt_ms=DT_S * 1000)
    made = unrolled(whole)
    assert all(end in made.nodes for edge in made.edges for end in edge)
    right, found = (run(each, values_for(whole, spikes())) for each in (whole, made))
    for name in ("n1", "n3", "n4"):
        assert right[name].sum() > 0
        assert torch.equal(found[name].flatten(2), right[name].flatten(2))


def test_flattening_alone_is_left_out() -> None:
    net = convolutional()
    net.nodes = {name: node for name, node in net.nodes.items() if name not in ("w", "n3")}
    net.nodes["output"] = end("Output", 24)
    net.edges = [edge for edge in net.edges if not {"w", "n3"} & set(edge)] + [("flat", "output")]
    whole = graph_of(net.tree(), "file", dt_ms=DT_S * 1000)
    assert "flat" not in unrolled(whole).nodes
    made = exchange_graph(whole, STEPS)
    assert set(made.nodes) == {"input", "c1", "n1", "c2", "n2", "output"}
    assert runs_alike(whole, made, values_for(whole, spikes()))


def test_a_matrix_alone_stays() -> None:
    assert unrolled(unrolled(graph())).notes == unrolled(graph()).notes


@pytest.mark.parametrize("target", TARGETS)
def test_convolutions_become_files_of_integers(target: str, tmp_path: Path) -> None:
    if target == "netx":
        pytest.importorskip("h5py")
    network = graph(bias=target != "netx")  # whose loader knows no start away from rest
    ported = port_graph(network, target, tmp_path / "out", values_for(network, spikes()))
    assert ported.same
    assert ported.program.widths == (162, 324, 24, 5)
    assert min(ported.agreement.spikes.values()) > 0.97
    assert any("c2: mean, c2 unrolled" in note for note in ported.exported.notes)


@pytest.mark.parametrize("reader", ["snntorch", "norse", "sinabs", "spikingjelly"])
def test_convolutions_are_read_elsewhere(reader: str, tmp_path: Path) -> None:
    pytest.importorskip(reader, reason=f"{reader} is not installed")
    made = exchange_graph(graph(), STEPS)
    assert runs_alike(graph(), made, values_for(graph(), spikes()))
    write_nir(made, tmp_path / "a.nir", reader)  # type: ignore[arg-type]
    right = run(graph(), values_for(graph(), spikes()))
    simulator = load(reader, tmp_path / "a.nir", double=True)  # type: ignore[arg-type]
    found = simulator.simulate(spikes().flatten(2).double())
    for name in ("n1", "n2", "n3"):
        assert torch.equal(found[name].double(), right[name].flatten(2))


def test_what_would_not_fit_into_memory_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(unrolling, "MOST_WEIGHTS", 1000)
    file = convolutional().write(tmp_path / "network.nir")
    with pytest.raises(ExportError, match="node 'c1': a matrix of 162 × 324 weights once it is unrolled"):
        unrolled(read_nir(file, dt_ms=1.0))
