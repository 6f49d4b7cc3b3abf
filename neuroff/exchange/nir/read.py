"""A ``.nir`` file that neuroff wrote, as the graph that it was written from; nothing in it is believed.

A file of `neuroff.exchange.nir.write` carries neuroff's own numbers beside NIR's. They are taken if they
agree with NIR's, and the file is refused if they do not. Files of others are read by `neuroff.foreign`.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from neuroff.errors import ExportError, shortened
from neuroff.exchange.graph.graph import MAX_NODES, Graph, Node
from neuroff.exchange.nir.fields import group, says, text
from neuroff.exchange.nir.own import own_node, own_settings, with_own
from neuroff.exchange.nir.shapes import without_rows
from neuroff.hdf5.files import read_hdf5
from neuroff.hdf5.tree import Tree

Edges = list[tuple[str, str]]


def read_nir(path: Path) -> Graph:
    """Read a graph.

    Args:
        path: the file.

    Raises:
        ExportError: if the file is damaged, too large, contradicts itself, or is not neuroff's.
    """
    try:
        root = group(with_own(read_hdf5(path)), "node", "")
        if text(root, "type", "/node") != "NIRGraph":
            raise ExportError(f"a single {root['type']}", where="/node", expected="a NIRGraph")
        nodes, edges = group(root, "nodes", "/node"), _edges(root)
        if len(nodes) > MAX_NODES:
            raise ExportError(f"{len(nodes)} nodes", where="/node", expected=f"at most {MAX_NODES}")
        about = root.get("metadata", {})
        if not isinstance(about, dict) or "neuroff_format" not in about:
            raise ExportError(
                "a NIR file that neuroff did not write",
                expected="one of `neuroff export --to nir`",
                fix="read it with neuroff.read_nir, price it with `neuroff energy FILE.nir`",
            )
        return _own(nodes, edges, about)
    except ExportError as error:
        if error.where.startswith(str(path)):
            raise
        where = f"{path}: {error.where}" if error.where else str(path)
        raise ExportError(error.what, where=where, expected=error.expected, fix=error.fix) from None


def _edges(root: Tree, key: str = "edges") -> Edges:
    edges = root.get(key)
    if not isinstance(edges, np.ndarray) or edges.dtype.kind != "O" or edges.ndim != 2 or edges.shape[1] != 2:
        raise ExportError(f"{key} {shortened(edges)}", where="/node", expected="pairs of names")
    if len(edges) > MAX_NODES**2:
        raise ExportError(f"{len(edges)} edges", where="/node", expected="fewer")
    return [(str(a), str(b)) for a, b in edges]


def _fields(nodes: Tree, name: str) -> Tree:
    return group(nodes, name, "/node/nodes")


def _own(nodes: Tree, edges: Edges, about: Tree) -> Graph:
    settings = own_settings(about)
    flattens = {name for name in nodes if says(_fields(nodes, name), "type", "Flatten")}
    read: dict[str, Node] = {
        name: own_node(name, _fields(nodes, name), settings) for name in nodes if name not in flattens
    }
    joined = tuple(without_rows(edges, flattens))
    late = frozenset(_edges(about, "recurrent") if "recurrent" in about else ())
    return Graph(read, joined, settings.steps, settings.dt_ms, settings.numeric, settings.label_axons, late)
