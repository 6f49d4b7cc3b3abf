from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from neuroff.core.neurons import LIF
from neuroff.core.neurons.step import ResetName
from neuroff.core.signal import Signal
from neuroff.errors import ExportError, ShapeError
from neuroff.exchange.graph.graph import Graph, Node
from neuroff.exchange.graph.neurons import (
    CubaLIFNode,
    CubaLINode,
    IFNode,
    LIFNode,
    LINode,
    Neurons,
    Silent,
)
from neuroff.exchange.graph.nodes import (
    AffineNode,
    DelayNode,
    InputNode,
    NormaliseNode,
    OutputNode,
    ScaleNode,
)
from neuroff.exchange.graph.reference import fire, potentials, run, run_whole
from tests.graphs import KINDS, RESETS, SILENT, random_graph, random_spikes, read_out, silent
from tests.samples import few


def by_hand(node: IFNode | LIFNode | CubaLIFNode, drive: torch.Tensor) -> torch.Tensor:
    """Every neuron by itself, in Python numbers."""
    steps, samples, width = drive.shape
    spikes = torch.zeros_like(drive)
    alpha = node.alpha if isinstance(node, CubaLIFNode) else np.zeros(width)
    beta = np.ones(width) if isinstance(node, IFNode) else node.beta
    for b in range(samples):
        for n in range(width):
            v = i = 0.0
            waiting = 0
            for t in range(steps):
                i = alpha[n] * i + float(drive[t, b, n])
                if waiting:
                    waiting -= 1
                    continue
                v = beta[n] * v + i
                if v >= node.threshold[n] if node.fires == "reached" else v > node.threshold[n]:
                    spikes[t, b, n] = 1.0
                    left = 0.0 if node.value is None else node.value[n]
                    v = v - node.threshold[n] if node.reset == "subtract" else left
                    waiting = node.refractory
    return spikes


def various(stream: np.random.Generator, width: int) -> NDArray[np.float64]:
    return stream.uniform(0.2, 0.95, width)


@pytest.mark.parametrize("refractory", [0, 1, 3])
@pytest.mark.parametrize("reset", [*RESETS, "value"])
@pytest.mark.parametrize("kind", KINDS)
def test_equations_by_hand(kind: str, reset: str, refractory: int) -> None:
    stream = np.random.default_rng(3)
    shared: dict[str, Any] = {"threshold": various(stream, 8), "reset": reset, "refractory": refractory}
    alpha, beta = various(stream, 8), various(stream, 8)
    if reset == "value":
        shared["value"] = stream.uniform(-0.6, 0.1, 8)
    made: dict[str, Callable[[], IFNode | LIFNode | CubaLIFNode]] = {
        "if": lambda: IFNode(**shared),
        "lif": lambda: LIFNode(**shared, beta=beta),
        "cuba": lambda: CubaLIFNode(**shared, alpha=alpha, beta=beta),
    }
    node = made[kind]()
    drive = torch.from_numpy(stream.uniform(-0.3, 0.6, (30, 2, 8)))
    expected = by_hand(node, drive)
    assert 0.05 < expected.mean() < 0.8
    assert torch.equal(fire(node, drive, 30), expected)


@pytest.mark.parametrize("rests", [False, True])
@pytest.mark.parametrize("kind", SILENT)
def test_potentials_by_hand(kind: str, rests: bool) -> None:
    stream = np.random.default_rng(4)
    node = silent(kind, 8, stream, rests=rests)
    drive = torch.from_numpy(stream.uniform(-0.3, 0.6, (30, 2, 8)))
    found = potentials(node, drive, 30)
    assert torch.equal(potentials(node, drive[:1].expand(30, -1, -1), 30), potentials(node, drive[0], 30))
    for b, n in itertools.product(range(2), range(8)):
        alpha = float(node.alpha[n]) if isinstance(node, CubaLINode) else 0.0
        beta = float(node.beta[n]) if isinstance(node, LINode | CubaLINode) else 1.0
        v = i = 0.0
        for t in range(30):
            i = alpha * i + float(drive[t, b, n])
            v = beta * v + i
            assert float(found[t, b, n]) == pytest.approx(v + node.rest[n], rel=1e-12, abs=1e-12)


def test_potentials_leave_and_reach_weights() -> None:
    graph = read_out(random_graph("lif"), "li", rests=True)
    sent, leaving = run_whole(graph, Signal(random_spikes(0)))
    assert torch.equal(sent["silent"], leaving)
    assert [name for name, _ in graph.named(Silent)] == ["silent"]
    assert [name for name, _ in graph.named(Neurons)] == ["neurons1", "neurons2"]
    nodes = {**graph.nodes, "more": AffineNode(2 * np.eye(5), np.zeros(5))}
    edges = (*(edge for edge in graph.edges if "output" not in edge), ("silent", "more"), ("more", "output"))
    _, twice = run_whole(replace(graph, nodes=nodes, edges=edges), Signal(random_spikes(0)))
    assert torch.equal(twice, 2 * leaving)


@few
@given(
    beta=st.floats(0, 1),
    alpha=st.sampled_from([0.0, 0.3, 0.8]),
    threshold=st.floats(0.1, 2),
    reset=st.sampled_from(RESETS),
    constant=st.booleans(),
    dtype=st.sampled_from([torch.float32, torch.float64]),
    seed=st.integers(0, 2**31),
)
def test_bit_for_bit_the_populations_of_neuroff(
    beta: float,
    alpha: float,
    threshold: float,
    reset: ResetName,
    constant: bool,
    dtype: torch.dtype,
    seed: int,
) -> None:
    shape = (3, 37) if constant else (20, 3, 37)
    drive = torch.rand(shape, generator=torch.Generator().manual_seed(seed), dtype=dtype).sub_(0.2)
    theta, betas = np.full(37, threshold), np.full(37, beta)
    node: IFNode | LIFNode | CubaLIFNode
    if alpha:
        node = CubaLIFNode(theta, reset, alpha=np.full(37, alpha), beta=betas)
    else:
        node = IFNode(theta, reset) if beta == 1.0 else LIFNode(theta, reset, beta=betas)
    lif = LIF(20, beta, threshold, reset, alpha=alpha)
    assert torch.equal(fire(node, drive.clone(), 20), lif.respond(drive.clone()).output)


def test_a_threshold_reached_is_not_exceeded() -> None:
    drive = torch.ones(1, 1, 2, dtype=torch.float64)
    theta = np.array([1.0, np.nextafter(1.0, 0.0)])
    assert fire(IFNode(theta, "zero", "reached"), drive, 1).tolist() == [[[1.0, 1.0]]]
    assert fire(IFNode(theta, "zero", "exceeded"), drive, 1).tolist() == [[[0.0, 1.0]]]


def through(
    node: DelayNode | NormaliseNode | ScaleNode, values: torch.Tensor, **settings: Any
) -> torch.Tensor:
    """What reaches identity synapses and neurons that fire at each 1 behind a node."""
    width = node.outputs
    nodes = {
        "input": InputNode(node.inputs, "values"),
        "node": node,
        "affine": AffineNode(np.eye(width), np.zeros(width)),
        "neurons": IFNode(np.ones(width), "zero"),
        "output": OutputNode(width),
    }
    edges = tuple(itertools.pairwise(nodes))
    return run(Graph(nodes, edges, len(values), numeric="float64", **settings), Signal(values))["neurons"]


def test_delays_by_axon() -> None:
    values = torch.zeros(5, 1, 3, dtype=torch.float64)
    values[1] = 1.0
    late = through(DelayNode(np.array([0, 2, 9])), values)
    assert late[:, 0].nonzero().tolist() == [[1, 0], [3, 1]]


@pytest.mark.parametrize("gain", [np.array([1.0, 0.5, 2.0]), np.array([0.5, 0.5, 0.5])])
def test_scales(gain: NDArray[np.float64]) -> None:
    values = torch.full((1, 1, 3), 0.7, dtype=torch.float64)
    assert through(ScaleNode(gain), values)[0, 0].tolist() == (gain * 0.7 >= 1).astype(float).tolist()


def test_normalisation_looks_at_the_presentation_or_at_the_past() -> None:
    values = torch.zeros(2, 1, 3, dtype=torch.float64)
    values[0, 0, 0] = 1.0  # mean length 1/2 in all, 1 after the first step
    whole, online = (
        through(NormaliseNode(3, 1.5, 1e-9, timing), values) for timing in ("presentation", "online")
    )
    assert whole[0, 0, 0] == online[0, 0, 0] == 1.0
    near = NormaliseNode(3, 0.9, 1e-9), NormaliseNode(3, 0.9, 1e-9, "online")
    assert [float(through(node, values)[0, 0, 0]) for node in near] == [1.0, 0.0]


def test_several_edges_add_up() -> None:
    graph = random_graph("if", widths=(3, 3))
    nodes: dict[str, Node] = {
        "input": InputNode(3),
        "one": AffineNode(0.6 * np.eye(3), np.zeros(3)),
        "two": AffineNode(0.6 * np.eye(3), np.zeros(3)),
        "neurons": IFNode(np.ones(3), "zero"),
        "output": OutputNode(3),
    }
    edges = (
        ("input", "one"),
        ("input", "two"),
        ("one", "neurons"),
        ("two", "neurons"),
        ("neurons", "output"),
    )
    both = Graph(nodes, edges, graph.steps, numeric="float64")
    spikes = random_spikes(0, 3)
    assert torch.equal(run(both, Signal(spikes))["neurons"], spikes)


@pytest.mark.parametrize(
    ("presentation", "error", "message"),
    [
        (Signal(torch.zeros(25, 2, 11)), ShapeError, "shape"),
        (Signal(torch.zeros(24, 2, 12)), ShapeError, "24 steps"),
        (Signal(torch.zeros(12)), ShapeError, "shape"),
        (Signal(torch.full((25, 2, 12), 0.5)), ExportError, "other than zero and one"),
        (Signal(torch.zeros(25, 2, 12), torch.ones(2)), ExportError, "a gain per sample"),
    ],
)
def test_presentations_that_do_not_fit(
    presentation: Signal, error: type[ExportError] | type[ShapeError], message: str
) -> None:
    with pytest.raises(error, match=message):
        run(random_graph(), presentation)
