"""Everything between one layer of neurons and the next as one matrix: what a chip of synapses stores.

A convolution shares its weights, a pool has none, and two matrices may follow each other; a chip without
shared weights keeps one synapse for each pair of neurons that meet (Davies et al., IEEE Micro 38(1), 2018).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Final

import torch
from torch import Tensor

from neuroff.errors import ExportError
from neuroff.foreign.graph import Edge, SpikingGraph
from neuroff.foreign.nodes.convolution import Convolution
from neuroff.foreign.nodes.passing import Flatten
from neuroff.foreign.nodes.pooling import Pool
from neuroff.foreign.nodes.protocol import Node, Weighted, size
from neuroff.foreign.nodes.weights import Matrix

MOST_WEIGHTS: Final = 2**26
"""Of a matrix, zeros among them: 512 MiB."""

_AT_ONCE = 2**24


def unrolled(graph: SpikingGraph) -> SpikingGraph:
    """Return the same network with one matrix for every run of weights, pools and flattening.

    A run that is one matrix already stays as it is; one that only flattens is left out. Sums are the same
    numbers added in another order. The notes of the graph say what was unrolled.

    Args:
        graph: the network.

    Raises:
        ExportError: if a matrix would be too large.
    """
    nodes, kinds, edges, notes = dict(graph.nodes), dict(graph.kinds), list(graph.edges), list(graph.notes)
    for run in _runs(graph):
        if len(run) == 1 and isinstance(nodes[run[0]], Matrix):
            continue
        parts = [nodes.pop(each) for each in run]
        weights = [name for name, part in zip(run, parts, strict=True) if isinstance(part, Weighted | Pool)]
        edges = _joined(edges, run, weights[-1] if weights else None)
        if not weights:
            continue
        name = weights[-1]
        nodes[name] = matrix = _matrix(parts, name)
        kinds[name] = "Linear" if matrix.bias is None else "Affine"
        synapses = int(matrix.weight.count_nonzero())
        rows, columns = matrix.weight.shape
        notes.append(f"{name}: {', '.join(run)} unrolled to {columns} × {rows}, {synapses} synapses not zero")
    order = [name for name in graph.nodes if name in nodes]
    return replace(
        graph,
        nodes=MappingProxyType({name: nodes[name] for name in order}),
        kinds=MappingProxyType({name: kinds[name] for name in order}),
        edges=tuple(edges),
        notes=tuple(notes),
    )


def _joined(edges: Sequence[Edge], run: Sequence[str], name: str | None) -> list[Edge]:
    """Return the edges with one node for a run, or none; in their order, which says what leads back."""
    targets, found = [b for a, b in edges if a == run[-1]], list[Edge]()
    for a, b in edges:
        if a in run and b in run:
            continue
        if name is not None:
            found.append((name if a in run else a, name if b in run else b))
        elif b == run[0]:
            found += [(a, target) for target in targets]
        elif a != run[-1]:
            found.append((a, b))
    return found


def _runs(graph: SpikingGraph) -> list[list[str]]:
    """Return the nodes that follow each other without anything else between them, in order."""
    found: list[list[str]] = []
    returning = {name for edge in graph.recurrent for name in edge}  # edges that take a step keep their ends
    for name, node in graph.nodes.items():
        if not isinstance(node, Weighted | Pool | Flatten) or len(graph.sources(name)) != 1:
            continue
        (source,) = graph.sources(name)
        if name in returning and not isinstance(node, Weighted):
            continue
        last = None if {name, source} & returning else next((run for run in found if run[-1] == source), None)
        if last is not None and sum(a == source for a, _ in graph.edges) == 1:
            last.append(name)
        else:
            found.append([name])
    return found


def _matrix(run: Sequence[Node], name: str) -> Matrix:
    inputs, outputs = run[0].inputs, run[-1].outputs
    rows, columns = size(outputs), size(inputs)
    if rows * columns > MOST_WEIGHTS:
        raise ExportError(
            f"a matrix of {columns} × {rows} weights once it is unrolled",
            where=f"node {name!r}",
            expected=f"at most {MOST_WEIGHTS}",
        )
    plain = [_without_bias(node) for node in run]
    weight = torch.zeros(rows, columns, dtype=torch.float64)
    most = max(rows, columns, *(size(node.outputs) for node in run))
    for part in torch.arange(columns).split(max(1, _AT_ONCE // most)):
        one = torch.zeros(len(part), columns, dtype=torch.float64)
        one[torch.arange(len(part)), part] = 1.0
        weight[:, part] = _through(plain, one.reshape(-1, *inputs)).T
    bias = None
    if any(before is not after for before, after in zip(run, plain, strict=True)):
        bias = _through(run, torch.zeros(1, *inputs, dtype=torch.float64))[0]
    return Matrix(inputs, weight, bias)


def _without_bias(node: Node) -> Node:
    if isinstance(node, Matrix | Convolution) and node.bias is not None:
        return replace(node, bias=None)
    return node


def _through(run: Sequence[Node], values: Tensor) -> Tensor:
    """Return what a run makes of values, ``(B, rows)``."""
    for node in run:
        values, _ = node.step(values.reshape(-1, *node.inputs), node.start(len(values)))
    return values.flatten(1)
