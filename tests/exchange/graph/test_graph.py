from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from neuroff.errors import ExportError
from neuroff.exchange.graph.graph import Graph, Node, as_numeric
from neuroff.exchange.graph.neurons import CubaLIFNode, CubaLINode, IFNode, INode, LIFNode, LINode
from neuroff.exchange.graph.nodes import (
    AffineNode,
    DelayNode,
    InputNode,
    NormaliseNode,
    OutputNode,
    ScaleNode,
)
from tests.graphs import random_graph
from tests.narrow import as_a

ONES = np.ones(3)


def chain(*nodes: Node, **settings: Any) -> Graph:
    named: dict[str, Node] = {
        "input": InputNode(3),
        **{f"n{i}": node for i, node in enumerate(nodes)},
        "output": OutputNode(3),
    }
    edges = tuple(itertools.pairwise(named))
    return Graph(named, edges, 5, numeric="float64", **settings)


def test_nodes_come_in_the_order_of_computation() -> None:
    graph = random_graph()
    shuffled = dict(reversed(list(graph.nodes.items())))
    again = dataclasses.replace(graph, nodes=shuffled, edges=graph.edges[::-1])
    assert list(again.nodes) == list(graph.nodes)
    assert [name for name, _ in again.named(AffineNode)] == ["affine1", "affine2"]


def test_a_graph_and_its_arrays_stay_as_they_are() -> None:
    graph = random_graph()
    weight = np.ones((3, 3))
    node = AffineNode(weight, np.zeros(3))
    weight[0, 0] = 7.0
    assert node.weight[0, 0] == 1.0
    with pytest.raises(ValueError, match="read-only"):
        node.weight[0, 0] = 2.0
    with pytest.raises(TypeError):
        graph.nodes["more"] = node  # type: ignore[index]
    with pytest.raises(dataclasses.FrozenInstanceError):
        graph.steps = 3  # type: ignore[misc]


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: InputNode(0), "width"),
        (lambda: InputNode(True), "width"),
        (lambda: InputNode(10**12), "width"),
        (lambda: InputNode(3, "smoke"), "spikes | values"),  # type: ignore[arg-type]
        (lambda: AffineNode(np.ones((3, 3)), np.ones(2)), "bias has shape"),
        (lambda: AffineNode(np.ones((3, 3)), np.ones(3, np.float32)), "one type"),
        (lambda: AffineNode(np.ones((3, 3), int), ONES), "int64"),
        (lambda: AffineNode(np.ones((3, 0)), ONES), "none empty"),
        (lambda: AffineNode(np.full((3, 3), np.nan), ONES), "not finite"),
        (lambda: AffineNode([[1.0]], ONES), "a list"),  # type: ignore[arg-type]
        (lambda: ScaleNode(np.array([1.0, np.inf, 1.0])), "not finite"),
        (lambda: DelayNode(np.array([-1])), "from -1"),
        (lambda: DelayNode(np.array([0.5])), "integers"),
        (lambda: NormaliseNode(3, 0.0, 1e-4), "length"),
        (lambda: NormaliseNode(3, 1.0, 1e-4, "later"), "presentation | online"),  # type: ignore[arg-type]
        (lambda: NormaliseNode(3, 1.0, 1e-4, "online", 1.5), "at most 1"),
        (lambda: IFNode(np.array([1.0, 0.0])), "threshold of neuron 1 is 0"),
        (lambda: IFNode(ONES, "value"), "reset = 'value' without a value"),
        (lambda: IFNode(ONES, value=ONES), "reset = 'subtract' beside a value"),
        (lambda: IFNode(ONES, "value", value=np.ones(2)), "value has shape"),
        (lambda: IFNode(ONES, "value", value=np.full(3, np.inf)), "not finite"),
        (lambda: INode(np.full(3, np.nan)), "not finite"),
        (lambda: LINode(ONES, beta=np.full(3, 1.5)), "beta of neuron 0 is 1.5"),
        (lambda: CubaLINode(ONES, alpha=np.ones(2), beta=ONES), "alpha has shape"),
        (lambda: IFNode(ONES, "gently"), "subtract | zero | value"),  # type: ignore[arg-type]
        (lambda: IFNode(ONES, "zero", "maybe"), "reached | exceeded"),  # type: ignore[arg-type]
        (lambda: IFNode(ONES, refractory=-1), "refractory"),
        (lambda: IFNode(ONES.astype(np.float32)), "float32"),
        (lambda: LIFNode(ONES, beta=np.array([0.5, 1.5, 0.5])), "beta of neuron 1 is 1.5"),
        (lambda: LIFNode(ONES, beta=np.ones(2)), "beta has shape"),
        (lambda: CubaLIFNode(ONES, alpha=-ONES, beta=ONES), "alpha of neuron 0 is -1"),
    ],
)
def test_nodes_refuse_what_makes_no_sense(make: Callable[..., Any], message: str) -> None:
    with pytest.raises(ExportError, match=message.replace("|", r"\|")):
        make()


LIF = LIFNode(ONES, beta=ONES * 0.9)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: chain(LIF, label_axons=3), "label_axons = 3"),
        (lambda: chain(LIF, dt_ms=0.0), "dt_ms"),
        (lambda: chain(LIF, dt_ms=float("nan")), "dt_ms"),
        (lambda: dataclasses.replace(chain(LIF), steps=0), "steps"),
        (lambda: dataclasses.replace(chain(LIF), numeric="float8"), "float32 | float64"),  # type: ignore[arg-type]
        (lambda: dataclasses.replace(chain(AffineNode(np.ones((3, 3)), ONES)), numeric="float32"), "'n0'"),
        (lambda: dataclasses.replace(chain(LIF), edges=(("input", "n0"),)), "'n0': leads nowhere"),
        (
            lambda: dataclasses.replace(chain(LIF), edges=(("input", "output"),)),
            "'n0': is reached by no edge",
        ),
        (
            lambda: dataclasses.replace(chain(LIF), edges=(*chain(LIF).edges, ("n0", "input"))),
            "is reached by",
        ),
        (lambda: dataclasses.replace(chain(LIF), edges=(*chain(LIF).edges, ("output", "n0"))), "an edge out"),
        (lambda: dataclasses.replace(chain(LIF), edges=(*chain(LIF).edges, ("n0", "gone"))), "an edge"),
        (lambda: dataclasses.replace(chain(LIF), edges=(*chain(LIF).edges, ("input", "n0"))), "twice"),
        (
            lambda: dataclasses.replace(chain(LIF, LIF), edges=(*chain(LIF, LIF).edges, ("n1", "n0"))),
            "a loop",
        ),
        (lambda: chain(IFNode(np.ones(4))), "3 axons of 'input' reach 4 inputs of 'n0'"),
        (lambda: chain(LIF).with_nodes({"a b": LIF}), "a node named 'a b'"),
        (lambda: chain(LIF).with_nodes({"lambda": LIF}), "a node named 'lambda'"),
        (lambda: chain(LIF).with_nodes({"n0": "LIF"}), "a str"),  # type: ignore[dict-item]
        (lambda: chain(LIF).with_nodes({"n0": InputNode(3)}), "2 nodes of kind InputNode"),
    ],
)
def test_graphs_refuse_what_makes_no_sense(make: Callable[..., Any], message: str) -> None:
    with pytest.raises(ExportError, match=message.replace("|", r"\|")):
        make()


def test_a_node_taken_out_joins_its_neighbours() -> None:
    graph = chain(LIF, ScaleNode(ONES), LIF)
    assert graph.without("n1").edges == (("input", "n0"), ("n2", "output"), ("n0", "n2"))


def test_numbers_in_another_type() -> None:
    graph = random_graph(numeric="float64")
    narrow = as_numeric(graph, "float32")
    assert as_a(AffineNode, narrow.nodes["affine1"]).weight.dtype == np.float32
    assert as_a(LIFNode, narrow.nodes["neurons1"]).beta.dtype == np.float64
    assert np.array_equal(
        as_a(AffineNode, as_numeric(narrow, "float64").nodes["affine1"]).weight,
        as_a(AffineNode, narrow.nodes["affine1"]).weight,
    )
