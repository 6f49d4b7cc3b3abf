"""A ``.nir`` file as a graph. Files come from others: nothing in them is believed, and nothing is run.

A file of `nir_write` carries neuroff's own numbers beside NIR's. They are taken if they agree with NIR's, and
the file is refused if they do not. Any other file is read as NIR's equations say (`nir_flavour`), by Euler
steps of a duration the caller names: NIR has none. A gain dt r/τ other than one becomes a `ScaleNode`.
"""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np

from neuroff.errors import ExportError, shortened
from neuroff.exchange.graph.graph import MAX_NODES, Graph, Node, Numeric
from neuroff.exchange.graph.nodes import AffineNode, ScaleNode
from neuroff.exchange.hdf5 import read_hdf5
from neuroff.exchange.hdf5_reading import Tree
from neuroff.exchange.nir.fields import group, text
from neuroff.exchange.nir.foreign import foreign_node
from neuroff.exchange.nir.own import own_node, own_settings

Edges = list[tuple[str, str]]


def read_nir(path: Path, *, dt_ms: float | None = None, steps: int | None = None) -> Graph:
    """Read a graph.

    Args:
        path: the file.
        dt_ms: duration of a step, for files that neuroff did not write.
        steps: T, for files that neuroff did not write.

    Raises:
        ExportError: if the file is damaged, too large, contradicts itself, or holds what a graph has not; or
            if it needs ``dt_ms`` and ``steps`` and they are not given.
    """
    try:
        root = group(read_hdf5(path), "node", "")
        if text(root, "type", "/node") != "NIRGraph":
            raise ExportError(f"a single {root['type']}", where="/node", expected="a NIRGraph")
        nodes, edges = group(root, "nodes", "/node"), _edges(root)
        if len(nodes) > MAX_NODES:
            raise ExportError(f"{len(nodes)} nodes", where="/node", expected=f"at most {MAX_NODES}")
        about = root.get("metadata", {})
        if isinstance(about, dict) and "neuroff_format" in about:
            return _own(nodes, edges, about)
        if dt_ms is None or steps is None:
            raise ExportError(
                "a file without a time step",
                expected="dt_ms and steps, which NIR does not hold",
                fix="pass both",
            )
        return _foreign(nodes, edges, float(dt_ms), steps)
    except ExportError as error:
        if error.where.startswith(str(path)):
            raise
        where = f"{path}: {error.where}" if error.where else str(path)
        raise ExportError(error.what, where=where, expected=error.expected, fix=error.fix) from None


def _edges(root: Tree) -> Edges:
    edges = root.get("edges")
    if not isinstance(edges, np.ndarray) or edges.dtype.kind != "O" or edges.ndim != 2 or edges.shape[1] != 2:
        raise ExportError(f"edges {shortened(edges)}", where="/node", expected="pairs of names")
    if len(edges) > MAX_NODES**2:
        raise ExportError(f"{len(edges)} edges", where="/node", expected="fewer")
    return [(str(a), str(b)) for a, b in edges]


def _fields(nodes: Tree, name: str) -> Tree:
    return group(nodes, name, "/node/nodes")


def _own(nodes: Tree, edges: Edges, about: Tree) -> Graph:
    settings = own_settings(about)
    read: dict[str, Node] = {name: own_node(name, _fields(nodes, name), settings) for name in nodes}
    return Graph(read, tuple(edges), settings.steps, settings.dt_ms, settings.numeric, settings.label_axons)


def _foreign(nodes: Tree, edges: Edges, dt_ms: float, steps: int) -> Graph:
    if not 0.0 < dt_ms < float("inf"):
        raise ExportError(f"dt_ms = {dt_ms}", expected="a positive number")
    names = {name: _graph_name(name) for name in nodes}
    if len(set(names.values())) < len(names):
        raise ExportError("names that differ in punctuation only", where="/node/nodes", fix="rename nodes")
    read: dict[str, Node] = {}
    joined = [(names.get(a, a), names.get(b, b)) for a, b in dict.fromkeys(edges)]
    for name in nodes:
        node, gain = foreign_node(name, _fields(nodes, name), dt_ms / 1000.0, _reached_by(nodes, edges, name))
        read[names[name]] = node
        if gain is not None:
            scale = f"{names[name]}_gain"
            if scale in names.values():
                raise ExportError(f"a node named {scale!r}", where="/node/nodes", fix="rename it")
            read[scale] = ScaleNode(gain)
            joined = [(a, scale if b == names[name] else b) for a, b in joined] + [(scale, names[name])]
    numeric = _widest(read)
    return Graph(
        {name: _converted(node, numeric) for name, node in read.items()}, tuple(joined), steps, dt_ms, numeric
    )


def _reached_by(nodes: Tree, edges: Edges, name: str) -> int | None:
    """Return how many axons the weights before a node send, where weights are before it."""
    for source, target in edges:
        before = nodes.get(source)
        if target == name and isinstance(before, dict):
            weight = before.get("weight")
            if isinstance(weight, np.ndarray) and weight.ndim == 2:
                return int(weight.shape[0])
    return None


def _graph_name(name: str) -> str:
    cleaned = re.sub(r"[^A-Za-z0-9_]", "_", name)[:60]
    return cleaned if cleaned[:1].isalpha() else f"n{cleaned}"


def _widest(nodes: dict[str, Node]) -> Numeric:
    kinds = {str(node.weight.dtype) for node in nodes.values() if isinstance(node, AffineNode)}
    return "float64" if "float64" in kinds else "float32"


def _converted(node: Node, numeric: Numeric) -> Node:
    if isinstance(node, AffineNode):
        return AffineNode(node.weight.astype(numeric), node.bias.astype(numeric))
    return ScaleNode(node.gain.astype(numeric)) if isinstance(node, ScaleNode) else node
