"""Axes of what travels in a file: a graph's axons are in one row, NIR's convolutions want planes.

What leaves a `ConvNode` or a `PoolNode` keeps its planes through neurons, gains and delays. Where it reaches
weights or an end that know one row only, a Flatten node stands between, in the file alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from neuroff.errors import ExportError
from neuroff.exchange.graph.graph import Graph, Node
from neuroff.exchange.graph.nodes import AffineNode, InputNode, OutputNode
from neuroff.exchange.graph.planar import ConvNode, PoolNode

Shape = tuple[int, ...]
_ROW = "_row"
"""Ends the name of a Flatten node; the rest is the name of what it flattens."""


def shapes_of(graph: Graph) -> dict[str, Shape]:
    """Return the axes of what every node sends, ``(N,)`` or ``(C, H, W)``.

    Raises:
        ExportError: if values in one row reach a node that knows planes only.
    """
    found: dict[str, Shape] = {}
    for name, node in graph.nodes.items():
        late = {source for source in graph.sources(name) if (source, name) in graph.recurrent}
        arriving = [found[source] for source in graph.sources(name) if source not in late]
        if isinstance(node, ConvNode | PoolNode):
            if arriving != [node.planes.shape]:
                raise ExportError(
                    f"values of shape {', '.join(map(str, arriving))} reach planes of {node.planes}",
                    where=f"node {name!r}",
                    expected="the planes of a convolution, of a pool or of the input",
                )
            found[name] = node.leaving.shape
        elif isinstance(node, InputNode):
            found[name] = _entering(graph, name, node)
        elif isinstance(node, AffineNode) or len(set(arriving)) > 1 or late:
            found[name] = (node.outputs,)
        else:
            found[name] = arriving[0]
    return found


def lies_in_rows(graph: Graph) -> bool:
    """Whether all planes of a graph are rows, of height one, and none is pooled: a `Conv1d` says as much."""
    planar = [node for node in graph.nodes.values() if isinstance(node, ConvNode | PoolNode)]
    return bool(planar) and all(
        isinstance(node, ConvNode)
        and (node.planes.height, node.weight.shape[2], node.padding[0]) == (1, 1, 0)
        for node in planar
    )


def as_rows(shapes: Mapping[str, Shape]) -> dict[str, Shape]:
    """Return the axes of values in rows, ``(C, L)``, from those of planes of height one."""
    return {name: (shape[0], shape[2]) if len(shape) == 3 else shape for name, shape in shapes.items()}


def rows(graph: Graph, shapes: Mapping[str, Shape], *, apart: bool = False) -> dict[str, dict[str, Any]]:
    """Return the Flatten nodes of a file by name.

    Axes are counted from behind: some importers count the axis of samples, others do not.

    Args:
        graph: the graph.
        shapes: of `shapes_of`.
        apart: whether one stands between neurons and weights that lead back to them, too: where it does
            nothing, but neurons and weights are no pair.
    """
    return {
        f"{name}{_ROW}": {
            "type": "Flatten",
            "start_dim": -len(shapes[name]),
            "end_dim": -1,
            "input_type": np.array(shapes[name]),
        }
        for name in graph.nodes
        if any(_flattens(graph, shapes, name, target, apart) for target in graph.targets(name))
    }


def edges_of(graph: Graph, shapes: Mapping[str, Shape], *, apart: bool = False) -> list[tuple[str, str]]:
    """Return the edges of a file, Flatten nodes between; arguments as of `rows`."""
    found: list[tuple[str, str]] = []
    for source, target in graph.edges:
        row = f"{source}{_ROW}"
        if not _flattens(graph, shapes, source, target, apart):
            found.append((source, target))
            continue
        if (source, row) not in found:
            found.append((source, row))
        found.append((row, target))
    return found


def without_rows(edges: list[tuple[str, str]], flattens: set[str]) -> list[tuple[str, str]]:
    """Return the edges of a graph from those of a file.

    Args:
        edges: of the file.
        flattens: names of its Flatten nodes.

    Raises:
        ExportError: if one of them is not reached by exactly one node.
    """
    before: dict[str, list[str]] = {name: [a for a, b in edges if b == name] for name in flattens}
    for name, sources in before.items():
        if len(sources) != 1 or sources[0] in flattens:
            raise ExportError(
                f"{len(sources)} edges into it",
                where=f"node {name!r}",
                expected="one, from other than Flatten",
            )
    return [(before[a][0] if a in flattens else a, b) for a, b in edges if b not in flattens]


def _entering(graph: Graph, name: str, node: InputNode) -> Shape:
    targets: list[Node] = [graph.nodes[target] for target in graph.targets(name)]
    shapes = {
        target.planes.shape if isinstance(target, ConvNode | PoolNode) else (node.width,)
        for target in targets
    }
    return shapes.pop() if len(shapes) == 1 else (node.width,)


def _flattens(graph: Graph, shapes: Mapping[str, Shape], source: str, target: str, apart: bool) -> bool:
    node = graph.nodes[target]
    if apart and isinstance(node, AffineNode) and (target, source) in graph.recurrent:
        return True
    if len(shapes[source]) == 1 or isinstance(node, ConvNode | PoolNode):
        return False
    return isinstance(node, AffineNode | OutputNode) or len(shapes[target]) == 1
