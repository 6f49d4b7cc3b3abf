"""One graph for every exporter: nodes by name, edges, the time step and the type of its numbers.

Nothing else of a network is read by an exporter, and an exporter that cannot express a node refuses it by
name.
"""

from __future__ import annotations

import keyword
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from graphlib import CycleError, TopologicalSorter
from types import MappingProxyType
from typing import Literal, TypeVar, get_args

import numpy as np

from neuroff.chip.checks import require_member
from neuroff.errors import ExportError, shortened
from neuroff.exchange.graph.neurons import (
    CubaLIFNode,
    CubaLINode,
    IFNode,
    INode,
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
from neuroff.exchange.graph.planar import ConvNode, PoolNode

Weighted = AffineNode | ConvNode
Node = InputNode | OutputNode | Weighted | PoolNode | ScaleNode | DelayNode | NormaliseNode | Neurons | Silent
NODE_KINDS = (
    InputNode,
    OutputNode,
    AffineNode,
    ConvNode,
    PoolNode,
    ScaleNode,
    DelayNode,
    NormaliseNode,
    IFNode,
    LIFNode,
    CubaLIFNode,
    INode,
    LINode,
    CubaLINode,
)
Numeric = Literal["float32", "float64"]
MAX_NODES = 4096
_N = TypeVar("_N")
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,63}\Z")


@dataclass(frozen=True, eq=False)
class Graph:
    """A spiking network.

    Attributes:
        nodes: by name, in the order of computation; one input and one output among them.
        edges: from, to.
        steps: T, number of steps of a presentation.
        dt_ms: duration of a step.
        numeric: type of weights, biases and gains, and of the arithmetic.
        label_axons: how many axons of the input, the first ones, carry the label.
        recurrent: those of the edges that lead back; what they carry arrives one step later.
    """

    nodes: Mapping[str, Node]
    edges: tuple[tuple[str, str], ...]
    steps: int
    dt_ms: float = 1.0
    numeric: Numeric = "float32"
    label_axons: int = 0
    recurrent: frozenset[tuple[str, str]] = frozenset()

    def __post_init__(self) -> None:
        _check_numbers(self)
        _check_nodes(self)
        order = _checked_order(self)
        object.__setattr__(self, "nodes", MappingProxyType({name: self.nodes[name] for name in order}))
        object.__setattr__(self, "edges", tuple((str(a), str(b)) for a, b in self.edges))
        if not 0 <= self.label_axons < self.input.width:
            raise ExportError(
                f"label_axons = {self.label_axons}",
                where="graph",
                expected=f"a number from 0 to {self.input.width - 1}, below the width of the input",
            )

    @property
    def input(self) -> InputNode:
        """The input."""
        return next(node for node in self.nodes.values() if isinstance(node, InputNode))

    def sources(self, name: str) -> tuple[str, ...]:
        """Return the nodes whose output reaches a node."""
        return tuple(a for a, b in self.edges if b == name)

    def targets(self, name: str) -> tuple[str, ...]:
        """Return the nodes that a node's output reaches."""
        return tuple(b for a, b in self.edges if a == name)

    def named(self, kind: type[_N]) -> Iterator[tuple[str, _N]]:
        """Yield names and nodes of one kind, in the order of computation."""
        for name, node in self.nodes.items():
            if isinstance(node, kind):
                yield name, node

    def with_nodes(self, changed: Mapping[str, Node]) -> Graph:
        """Return the graph with some of its nodes replaced."""
        return replace(self, nodes={**self.nodes, **changed})

    def without(self, name: str) -> Graph:
        """Return the graph with a node taken out and its neighbours joined."""
        joined = [(a, b) for a in self.sources(name) for b in self.targets(name)]
        kept = [edge for edge in self.edges if name not in edge]
        nodes = {key: node for key, node in self.nodes.items() if key != name}
        return replace(self, nodes=nodes, edges=(*kept, *joined))


def as_numeric(graph: Graph, numeric: Numeric) -> Graph:
    """Return the graph with weights, biases and gains in another type, rounded if it is the narrower one."""
    changed: dict[str, Node] = {}
    for name, node in graph.nodes.items():
        if isinstance(node, Weighted):
            changed[name] = replace(node, weight=node.weight.astype(numeric), bias=node.bias.astype(numeric))
        if isinstance(node, ScaleNode):
            changed[name] = ScaleNode(node.gain.astype(numeric))
    return replace(graph, nodes={**graph.nodes, **changed}, numeric=numeric)


def _check_numbers(graph: Graph) -> None:
    if not isinstance(graph.steps, int) or not 1 <= graph.steps <= 2**31 - 1:
        raise ExportError(f"steps = {shortened(graph.steps)}", where="graph", expected="at least one step")
    if not isinstance(graph.dt_ms, float) or not 1e-9 <= graph.dt_ms <= 1e9:
        raise ExportError(
            f"dt_ms = {shortened(graph.dt_ms)}", where="graph", expected="milliseconds, a number above 0"
        )
    require_member(graph.numeric, get_args(Numeric), "numeric", "graph")
    if not isinstance(graph.label_axons, int):
        raise ExportError(f"label_axons = {shortened(graph.label_axons)}", where="graph", expected="a number")


def _check_nodes(graph: Graph) -> None:
    if len(graph.nodes) > MAX_NODES:
        raise ExportError(f"{len(graph.nodes)} nodes", where="graph", expected=f"at most {MAX_NODES}")
    for name, node in graph.nodes.items():
        if not isinstance(name, str) or not _NAME.match(name) or keyword.iskeyword(name):
            raise ExportError(
                f"a node named {shortened(name)}",
                where="graph",
                expected="at most 64 letters, digits and underscores, a letter first, no Python keyword",
            )
        if type(node) not in NODE_KINDS:
            raise ExportError(
                f"a {type(node).__name__}", where=f"node {name!r}", expected="a node of a graph"
            )
        stored = [getattr(node, field).dtype for field in ("weight", "gain") if hasattr(node, field)]
        if any(dtype != np.dtype(graph.numeric) for dtype in stored):
            raise ExportError(
                f"numbers of {stored[0]}",
                where=f"node {name!r}",
                expected=f"{graph.numeric}, as the graph has",
            )
    for kind in (InputNode, OutputNode):
        count = sum(isinstance(node, kind) for node in graph.nodes.values())
        if count != 1:
            raise ExportError(f"{count} nodes of kind {kind.__name__}", where="graph", expected="exactly one")


def _checked_order(graph: Graph) -> list[str]:
    """Return the names in the order of computation, if the edges make sense."""
    before: dict[str, list[str]] = {name: [] for name in graph.nodes}
    for edge in graph.edges:
        if len(edge) != 2 or any(name not in graph.nodes for name in edge):
            raise ExportError(f"an edge {shortened(edge)}", where="graph", expected="two names of nodes")
        source, target = edge
        if source in before[target]:
            raise ExportError(f"edge {source!r} → {target!r} twice", where="graph", expected="it once")
        if graph.nodes[source].outputs != graph.nodes[target].inputs:
            raise ExportError(
                f"{graph.nodes[source].outputs} axons of {source!r} reach {graph.nodes[target].inputs} "
                f"inputs of {target!r}",
                where="graph",
                expected="as many of one as of the other",
            )
        before[target].append(source)
    for name, node in graph.nodes.items():
        if isinstance(node, InputNode) == bool(before[name]):
            problem = "is reached by an edge" if before[name] else "is reached by no edge"
            raise ExportError(problem, where=f"node {name!r}", expected="edges into every node but the input")
        if isinstance(node, OutputNode) == any(a == name for a, _ in graph.edges):
            problem = "has an edge out" if isinstance(node, OutputNode) else "leads nowhere"
            raise ExportError(
                problem, where=f"node {name!r}", expected="edges out of every node but the output"
            )
    if loose := sorted(graph.recurrent - set(graph.edges)):
        raise ExportError(f"a recurrent edge {loose[0]}", where="graph", expected="one of its edges")
    ahead = {b: [a for a in sources if (a, b) not in graph.recurrent] for b, sources in before.items()}
    try:
        return list(TopologicalSorter(ahead).static_order())
    except CycleError as error:
        raise ExportError(
            f"a loop {' → '.join(error.args[1])}",
            where="graph",
            expected="an edge of every loop among the recurrent ones, which take a step",
        ) from None
