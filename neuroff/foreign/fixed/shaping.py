"""What must stand before what for integers: weights before neurons, spikes before weights, sums for means."""

from __future__ import annotations

from dataclasses import replace

from neuroff.errors import ExportError
from neuroff.foreign.graph import SpikingGraph
from neuroff.foreign.nodes.convolution import Convolution
from neuroff.foreign.nodes.passing import End
from neuroff.foreign.nodes.pooling import Pool
from neuroff.foreign.nodes.population import Population
from neuroff.foreign.nodes.protocol import Node, Weighted
from neuroff.foreign.nodes.weights import Matrix
from neuroff.foreign.ways import downstream, upstream


def with_sums(graph: SpikingGraph) -> dict[str, Node]:
    """Return the nodes with sums for means over windows, their share in the weights behind them.

    Raises:
        ExportError: if a mean reaches anything but weights, or weights that other values reach too.
    """
    nodes = dict(graph.nodes)
    for name, node in graph.nodes.items():
        if not isinstance(node, Pool) or node.factor == 1.0:
            continue
        nodes[name] = replace(node, factor=1.0)
        for target in downstream(graph, name):
            after = nodes[target]
            if not isinstance(after, Matrix | Convolution) or len(upstream(graph, target)) > 1:
                raise ExportError(
                    f"a mean over windows that reaches {target!r}",
                    where=f"node {name!r}",
                    expected="weights behind it that nothing else reaches",
                )
            nodes[target] = replace(after, weight=after.weight * node.factor)
    return nodes


def require_spikes(graph: SpikingGraph, name: str) -> None:
    """Refuse weights that meet anything but spikes, or sums of them.

    Raises:
        ExportError: naming what does not fire.
    """
    for source in upstream(graph, name):
        node = graph.nodes[source]
        if isinstance(node, Population) and node.firing is None:
            raise ExportError(
                f"potentials of {source!r}, which does not fire",
                where=f"node {name!r}",
                expected="spikes before weights",
            )
        if isinstance(node, Pool):
            require_spikes(graph, source)


def weights_before(graph: SpikingGraph, name: str) -> tuple[str, ...]:
    """Return the weights before a population, through nodes that only move values.

    Raises:
        ExportError: if anything else reaches it.
    """
    found = []
    for here in upstream(graph, name):
        if not isinstance(graph.nodes[here], Weighted):
            raise ExportError(
                f"{graph.kinds[here]} {here!r} before it without weights",
                expected="weights before every population",
            )
        found.append(here)
    return tuple(name for name in graph.nodes if name in found)


def read_out(graph: SpikingGraph) -> tuple[str, ...]:
    """Return weights whose sums are read: nothing but ends follow them."""
    found = []
    for name, node in graph.nodes.items():
        targets = [b for a, b in graph.edges if a == name]
        ends = bool(targets) and all(isinstance(graph.nodes[target], End) for target in targets)
        if isinstance(node, Weighted) and (ends or not targets):
            found.append(name)
    return tuple(found)
