"""Spikes that are not one high: what they meet is multiplied instead, and they are one."""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType

from neuroff.errors import ExportError
from neuroff.foreign.graph import SpikingGraph
from neuroff.foreign.nodes.convolution import Convolution
from neuroff.foreign.nodes.membranes import CurrentBased, Integrating, Leaky, Membrane
from neuroff.foreign.nodes.pooling import Pool
from neuroff.foreign.nodes.population import Population
from neuroff.foreign.nodes.protocol import Node
from neuroff.foreign.nodes.weights import Matrix, Scale
from neuroff.foreign.ways import upstream


def with_unit_spikes(graph: SpikingGraph, height: float) -> SpikingGraph:
    """Return a graph whose spikes are one, which does what one with spikes of another height does.

    Args:
        graph: the network, its numbers made for spikes of that height.
        height: of a spike.

    Raises:
        ExportError: naming a node that spikes and other values reach.
    """
    nodes = dict(graph.nodes)
    for name, node in graph.nodes.items():
        before = [_is_spikes(graph, source) for source in upstream(graph, name)]
        if name in graph.outputs or isinstance(node, Pool) or not any(before):
            continue
        if not all(before):
            raise ExportError(
                f"spikes, which are {height:g} high, and other values",
                where=f"node {name!r}",
                expected="weights of their own for each",
            )
        nodes[name] = _multiplied(node, height)
    return replace(graph, nodes=MappingProxyType(nodes))


def _is_spikes(graph: SpikingGraph, name: str) -> bool:
    node = graph.nodes[name]
    if isinstance(node, Pool):
        return any(_is_spikes(graph, source) for source in upstream(graph, name))
    return isinstance(node, Population) and node.firing is not None


def _multiplied(node: Node, factor: float) -> Node:
    """Return a node that takes one for another height."""
    if isinstance(node, Matrix | Convolution):
        return replace(node, weight=node.weight * factor)
    if isinstance(node, Scale):
        return replace(node, scale=node.scale * factor)
    if isinstance(node, Population) and node.membrane is not None:
        return replace(node, membrane=_driven(node.membrane, factor))
    if isinstance(node, Population):
        raise ExportError("a Threshold of spikes", expected="neurons with a potential")
    return node


def _driven(membrane: Membrane, factor: float) -> Membrane:
    if isinstance(membrane, Integrating):
        return replace(membrane, gain=membrane.gain * factor)
    if isinstance(membrane, Leaky):
        return replace(membrane, r=membrane.r * factor)
    assert isinstance(membrane, CurrentBased)
    return replace(membrane, w_in=membrane.w_in * factor)
