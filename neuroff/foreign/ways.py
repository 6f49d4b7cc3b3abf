"""Which nodes feed which, through nodes that only move values: ends, flattening, delays."""

from __future__ import annotations

from collections.abc import Callable

from neuroff.foreign.graph import SpikingGraph
from neuroff.foreign.nodes.pooling import Pool
from neuroff.foreign.nodes.population import Population
from neuroff.foreign.nodes.protocol import Weighted


def moves(graph: SpikingGraph, name: str) -> bool:
    """Whether a node only moves values."""
    return not isinstance(graph.nodes[name], Population | Weighted | Pool)


def upstream(graph: SpikingGraph, name: str) -> tuple[str, ...]:
    """Return the nodes whose values reach a node: neurons, weights, pools, and inputs."""
    return _reached(graph, name, graph.sources)


def downstream(graph: SpikingGraph, name: str) -> tuple[str, ...]:
    """Return the nodes that a node's values reach: neurons, weights, pools, and ends that lead nowhere."""
    return _reached(graph, name, lambda here: tuple(b for a, b in graph.edges if a == here))


def _reached(graph: SpikingGraph, name: str, step: Callable[[str], tuple[str, ...]]) -> tuple[str, ...]:
    found: dict[str, None] = {}
    seen, waiting = {name}, list(step(name))
    if name in waiting:  # a loop of its own
        found[name] = None
    while waiting:
        here = waiting.pop(0)
        if here in seen:
            continue
        seen.add(here)
        further = step(here)
        if moves(graph, here) and further:
            waiting += further
            if name in further and not moves(graph, name):
                found[name] = None
        else:
            found[here] = None
    return tuple(found)
