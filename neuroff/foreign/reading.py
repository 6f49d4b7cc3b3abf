"""A ``.nir`` file of anyone's as a graph that runs: every primitive of nir 1.0.4 to 1.0.8.

Files come from others: nothing in them is believed, and nothing is run. Names may be any text. Graphs within
graphs are taken apart; their nodes are named ``graph.node``.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np

from neuroff.checks import path_of
from neuroff.errors import ConfigError, ExportError, shortened
from neuroff.exchange.nir.fields import group, says, text
from neuroff.exchange.nir.own import Settings, own_settings, with_own
from neuroff.foreign.convention import NIR, Convention
from neuroff.foreign.graph import Edge, SpikingGraph, build_graph
from neuroff.foreign.heights import with_unit_spikes
from neuroff.foreign.nodes import READERS
from neuroff.foreign.nodes.convolution import Convolution
from neuroff.foreign.nodes.own import is_own, read_own
from neuroff.foreign.nodes.passing import UnfittedEnd
from neuroff.foreign.nodes.protocol import Shape, Unfitted
from neuroff.foreign.nodes.weights import Matrix
from neuroff.hdf5.tree import Tree

MAX_NODES = 4096


def read_nir(
    path: Path | str, *, dt_ms: float | None = None, written_by: Convention | None = None
) -> SpikingGraph:
    """Read a network from a ``.nir`` file.

    Args:
        path: the file.
        dt_ms: duration of a step, which NIR does not hold; files of neuroff and of some writers have one.
        written_by: how the writer steps its neurons; see `neuroff.foreign.convention`. Without it NIR's
            equations as they are written.

    Raises:
        ExportError: if the file is damaged or too large, or holds what no graph has: names the node.
        ConfigError: if the duration of a step is not known, or is no duration.
    """
    path = path_of("path", path, "read_nir")
    from neuroff.hdf5.files import read_hdf5  # needs h5py

    return graph_of(read_hdf5(Path(path)), str(path), dt_ms=dt_ms, written_by=written_by)


def graph_of(
    tree: Tree, name: str, *, dt_ms: float | None = None, written_by: Convention | None = None
) -> SpikingGraph:
    """Return the graph that the content of a file describes; see `read_nir`.

    Args:
        tree: of `neuroff.hdf5.files.read_hdf5`.
        name: of the file.
        dt_ms: see `read_nir`.
        written_by: see `read_nir`.
    """
    try:
        root = group(with_own(tree), "node", "")
        if "type" not in root:
            raise ExportError(
                "a file that was not written to its end",
                where="/node",
                expected="the type of a graph, its nodes and edges",
                fix="pass compression=None to nir.write, which else fails at numbers without a shape: "
                "exporters of Norse and sinabs give such",
            )
        if text(root, "type", "/node") != "NIRGraph":
            raise ExportError(f"a single {root['type']}", where="/node", expected="a NIRGraph")
        rule = written_by or NIR
        own = _own_settings(root)
        dt_s = _step_s(own, dt_ms, rule, name)
        step_s = dt_s if own is not None else rule.step_in_file(dt_s)
        kinds: dict[str, str] = {}
        unfitted: dict[str, Unfitted] = {}
        edges = tuple(_taken_apart(root, "", step_s, rule, own, kinds, unfitted))
        starts = _starts(unfitted, kinds, edges)
        graph = build_graph(name, unfitted, kinds, edges, starts, dt_s * 1000)
        if own is None:
            _require_biases(graph, rule)
        if own is None and rule.spike_in_rate:
            graph = with_unit_spikes(graph, 1.0 / dt_s)
        return replace(graph, written_by=written_by.writer if written_by is not None else None)
    except ExportError as error:
        if error.where.startswith(name):
            raise
        where = f"{name}: {error.where}" if error.where else name
        raise ExportError(error.what, where=where, expected=error.expected, fix=error.fix) from None


def _require_biases(graph: SpikingGraph, rule: Convention) -> None:
    """Refuse biases that a writer's files do not hold as they act."""
    for key, node in graph.nodes.items():
        bias = node.bias if isinstance(node, Matrix | Convolution) else None
        if bias is not None and not rule.biases and bool(bias.any()):
            raise ExportError(
                f"biases in a file written by {rule.writer}, whose unit is another than that of weights",
                where=f"node {key!r}",
                expected="no biases",
                fix="read it by NIR's equations: --written-by nir",
            )


def _own_settings(root: Tree) -> Settings | None:
    """Return what a file that neuroff wrote says about itself; None of other files."""
    about = root.get("metadata")
    return own_settings(about) if isinstance(about, dict) and "neuroff_format" in about else None


def _step_s(own: Settings | None, dt_ms: float | None, rule: Convention, name: str) -> float:
    if own is not None:
        told = own.dt_ms if dt_ms is None else dt_ms
        if not isinstance(told, int | float) or not math.isclose(told, own.dt_ms, rel_tol=1e-9):
            raise ConfigError(
                f"dt_ms = {shortened(dt_ms)}",
                where=name,
                expected=f"{own.dt_ms:g}, as the file says, which neuroff wrote",
                fix="leave it out",
            )
        return own.dt_ms / 1000.0
    chosen = rule.dt_ms if dt_ms is None else dt_ms
    if chosen is None:
        raise ConfigError(
            "no time step, which NIR does not hold",
            where=name,
            expected="the duration of a step of the network",
            fix="pass it: --dt-ms 1 at the command line, dt_ms=1 in Python",
        )
    if isinstance(chosen, bool) or not isinstance(chosen, int | float) or not 0 < chosen < math.inf:
        raise ConfigError(f"dt_ms = {shortened(chosen)}", where=name, expected="milliseconds above 0")
    return chosen / 1000.0


def _taken_apart(
    graph: Tree,
    prefix: str,
    step_s: float,
    rule: Convention,
    own: Settings | None,
    kinds: dict[str, str],
    unfitted: dict[str, Unfitted],
) -> Iterator[Edge]:
    """Read the nodes of a graph and of those within it into the two dictionaries; yield the edges."""
    nodes = group(graph, "nodes", f"graph {prefix[:-1]!r}" if prefix else "/node")
    within: dict[str, tuple[str, str]] = {}  # ends of the graphs within this one
    for key in nodes:
        name = prefix + key
        where = f"node {name!r}"
        fields = group(nodes, key, where)
        kind = text(fields, "type", where)
        if kind == "NIRGraph":
            yield from _taken_apart(fields, f"{name}.", step_s, rule, own, kinds, unfitted)
            within[key] = _ends(fields, name)
            continue
        if kind not in READERS:
            raise ExportError(f"a node of type {shortened(kind)}", where=where, expected=", ".join(READERS))
        if len(unfitted) >= MAX_NODES:
            raise ExportError("too many nodes", where="/node", expected=f"at most {MAX_NODES}")
        kinds[name] = kind
        if own is not None and is_own(fields):
            unfitted[name] = read_own(name, fields, own)
        else:
            unfitted[name] = READERS[kind](fields, where, step_s, rule)
    for source, target in _edges(graph, prefix):
        yield (
            within[source][1] if source in within else prefix + source,
            within[target][0] if target in within else prefix + target,
        )


def _ends(graph: Tree, name: str) -> tuple[str, str]:
    """Return the names of the only Input and the only Output of a graph within another."""
    nodes = group(graph, "nodes", f"node {name!r}")
    found = []
    for kind in ("Input", "Output"):
        ends = [key for key, node in nodes.items() if isinstance(node, dict) and says(node, "type", kind)]
        if len(ends) != 1:
            raise ExportError(
                f"{len(ends)} nodes of type {kind}", where=f"node {name!r}", expected="one in a graph within"
            )
        found.append(f"{name}.{ends[0]}")
    return found[0], found[1]


def _edges(graph: Tree, prefix: str) -> list[Edge]:
    edges = graph.get("edges")
    where = f"graph {prefix[:-1]!r}" if prefix else "/node"
    if isinstance(edges, np.ndarray) and edges.size == 0:
        return []
    if not isinstance(edges, np.ndarray) or edges.dtype.kind != "O" or edges.ndim != 2 or edges.shape[1] != 2:
        raise ExportError(f"edges {shortened(edges)}", where=where, expected="pairs of names")
    if len(edges) > MAX_NODES**2:
        raise ExportError(f"{len(edges)} edges", where=where, expected="fewer")
    return [(str(source), str(target)) for source, target in edges]


def _starts(
    unfitted: dict[str, Unfitted], kinds: dict[str, str], edges: tuple[Edge, ...]
) -> dict[str, Shape]:
    reached = {target for _, target in edges}
    starts = {
        name: node.shape
        for name, node in unfitted.items()
        if isinstance(node, UnfittedEnd) and kinds[name] == "Input" and name not in reached
    }
    if not starts:
        raise ExportError("no node of type Input", where="/node", expected="one where values enter")
    return starts
