"""Divisive normalisation as fixed gains in the weights: a graph of spikes, synapses and neurons alone.

Between layers neuroff divides a layer's spikes by the length of its firing rates, one gain per sample. A chip
that has no such division gets one gain for all samples, chosen on training images, in the weights that
follow. What that costs is a matter of measuring; the label sweep goes on as before, with one input axon per
label.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Literal, get_args

import numpy as np
from torch import Tensor

from neuroff.chip.checks import FloatArray, require_member
from neuroff.core.signal import Signal
from neuroff.errors import ExportError
from neuroff.exchange.graph.graph import Graph, Node, Weighted
from neuroff.exchange.graph.nodes import AffineNode, InputNode, NormaliseNode, OutputNode, ScaleNode
from neuroff.exchange.graph.planar import PoolNode
from neuroff.exchange.graph.reference import gains_of, run

Statistic = Literal["median", "mean"]


@dataclass(frozen=True)
class Folded:
    """A graph without gains per sample.

    Attributes:
        graph: the graph.
        gains: the fixed gain that took the place of each, by name of the node: the input or a NormaliseNode.
    """

    graph: Graph
    gains: Mapping[str, float]


def fold_gains(graph: Graph, presentation: Signal, statistic: Statistic = "median") -> Folded:
    """Replace every gain per sample by a fixed one, first to last.

    A later gain is chosen with the earlier ones fixed already, which is how the layers before it will fire.

    Args:
        graph: the graph.
        presentation: training images with their true labels, as `neuroff.exchange.graph.reference.run` takes
            them.
        statistic: of the images' gains: their median or their mean.

    Raises:
        ExportError: if a gain is not followed by weights that could take it.
    """
    require_member(statistic, get_args(Statistic), "statistic", "fold_gains")
    gains: dict[str, float] = {}
    name, entry = next(graph.named(InputNode))
    if entry.host_gain:
        if presentation.gain is None:
            raise ExportError(
                "no gains", where="fold_gains", expected="a gain per sample of the presentation"
            )
        gains[name] = _statistic(presentation.gain, statistic)
        graph = _with_gain(graph, name, gains[name]).with_nodes({name: replace(entry, host_gain=False)})
        presentation = Signal(presentation.values)
    for name, node in list(graph.named(NormaliseNode)):
        gains[name] = _statistic(gains_of(node, _spikes_before(graph, name, presentation)), statistic)
        graph = _with_gain(graph, name, gains[name]).without(name)
    return Folded(graph, MappingProxyType(gains))


def fold_scales(graph: Graph) -> Graph:
    """Move the fixed gains of every ScaleNode into the weights that follow it.

    Raises:
        ExportError: if something other than weights follows.
    """
    for name, node in list(graph.named(ScaleNode)):
        graph = _with_gain(graph, name, node.gain).without(name)
    return graph


def fold_means(graph: Graph) -> Graph:
    """Return the graph with sums where windows had means, which go into the weights that follow.

    Raises:
        ExportError: if something other than weights follows.
    """
    for name, node in list(graph.named(PoolNode)):
        if node.mean:
            graph = _with_gain(graph, name, 1.0 / math.prod(node.window))
            graph = graph.with_nodes({name: replace(node, mean=False)})
    return graph


def with_spiking_input(graph: Graph) -> Graph:
    """Return the graph with spikes where it had analog values with their gain in them.

    The host then sends each pixel's spikes and a gain per sample, which `fold_gains` makes a fixed one.
    """
    name, entry = next(graph.named(InputNode))
    if entry.carries == "spikes":
        return graph
    return graph.with_nodes({name: InputNode(entry.width, "spikes", host_gain=True)})


def _statistic(gains: Tensor, statistic: Statistic) -> float:
    return float(gains.double().median() if statistic == "median" else gains.double().mean())


def _spikes_before(graph: Graph, name: str, presentation: Signal) -> Tensor:
    """Return the spikes ``(T, B, N)`` that reach a node."""
    before = _part_before(graph, name)
    spikes = run(before, presentation)
    sources = before.sources("output")
    if len(sources) != 1 or sources[0] not in spikes:
        raise ExportError(
            f"is reached by {', '.join(map(repr, sources))}",
            where=f"node {name!r}",
            expected="the spikes of one population",
        )
    return spikes[sources[0]]


def _part_before(graph: Graph, name: str) -> Graph:
    """Return the graph that ends where a node would begin."""
    needed, frontier = set[str](), [name]
    while frontier:
        frontier = [source for target in frontier for source in graph.sources(target)]
        needed.update(frontier)
    nodes: dict[str, Node] = {key: graph.nodes[key] for key in graph.nodes if key in needed}
    nodes["output"] = OutputNode(graph.nodes[name].inputs)
    inner = [(a, b) for a, b in graph.edges if b in needed]
    last = [(source, "output") for source in graph.sources(name)]
    return replace(graph, nodes=nodes, edges=(*inner, *last))


def _with_gain(graph: Graph, name: str, gain: float | FloatArray) -> Graph:
    """Return the graph with a gain of ``name``'s output in the weights that follow."""
    changed: dict[str, Node] = {}
    for target in graph.targets(name):
        node, source = graph.nodes[target], name
        while isinstance(node, PoolNode) and len(graph.targets(target)) == 1:  # linear: the gain passes
            (after,) = graph.targets(target)
            node, source, target = graph.nodes[after], target, after
        if not isinstance(node, Weighted) or graph.sources(target) != (source,):
            raise ExportError(
                f"leads to {target!r}, a {type(node).__name__}",
                where=f"node {name!r}",
                expected="weights of its own to take its gain",
            )
        weight = node.weight.astype(np.float64) * _for_weights(node, name, gain)
        changed[target] = replace(node, weight=weight.astype(node.weight.dtype))
    return graph.with_nodes(changed)


def _for_weights(node: Weighted, name: str, gain: float | FloatArray) -> float | FloatArray:
    """Return a gain as weights can take it: one for each axon of a matrix, one for all where they are shared.

    Raises:
        ExportError: if axons that share weights have gains of their own.
    """
    if isinstance(node, AffineNode) and node.inputs == np.size(gain):
        return gain
    values = np.unique(gain)
    if len(values) != 1:
        raise ExportError(
            f"{len(values)} gains", where=f"node {name!r}", expected="one gain for axons that share weights"
        )
    return float(values[0])
