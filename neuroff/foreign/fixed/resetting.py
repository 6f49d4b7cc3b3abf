"""Neurons that subtract at a spike, for chips whose neurons reset to rest.

What a neuron holds above its threshold is lost when it resets. A lower threshold makes up for it: for each
population in turn the share of its own threshold is chosen with which its neurons fire as often as they did,
on the data at hand.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Final

import torch
from torch import Tensor

from neuroff.foreign.fixed.terms import rest_of
from neuroff.foreign.graph import SpikingGraph
from neuroff.foreign.nodes.population import Population
from neuroff.foreign.running import run

SHARES: Final = tuple(round(1.0 - 0.05 * step, 2) for step in range(14))
"""Of a threshold, from 1 down to 0.35."""


@dataclass(frozen=True)
class Reset:
    """A graph whose neurons reset to rest.

    Attributes:
        graph: the graph.
        shares: of its own threshold, by population that reset otherwise.
    """

    graph: SpikingGraph
    shares: Mapping[str, float]


def with_reset_to_rest(graph: SpikingGraph, values: Mapping[str, Tensor]) -> Reset:
    """Return a graph whose neurons reset to rest at once, and fire about as often.

    Args:
        graph: the network.
        values: of its inputs, on which thresholds are chosen, ``(T, B, *shape)``.
    """
    right = run(graph, values)
    shares: dict[str, float] = {}
    for name in graph.populations:
        node = graph.nodes[name]
        if not isinstance(node, Population) or node.firing is None or _resets_to_rest(node):
            continue
        wanted = right[name].sum(0)  # (B, *neurons)
        tried = {share: _with(graph, name, share) for share in SHARES}
        apart = {
            share: float((run(each, values)[name].sum(0) - wanted).abs().sum())
            for share, each in tried.items()
        }
        shares[name] = min(SHARES, key=lambda share: (apart[share], -share))
        graph = tried[shares[name]]
    return Reset(graph, MappingProxyType(shares))


def _resets_to_rest(node: Population) -> bool:
    firing = node.firing
    return (
        firing is not None
        and firing.reset == "value"
        and not firing.late
        and bool((firing.value == rest_of(node)).all())
    )


def _with(graph: SpikingGraph, name: str, share: float) -> SpikingGraph:
    node = graph.nodes[name]
    assert isinstance(node, Population)
    assert node.firing is not None
    rest = rest_of(node)
    threshold = rest + share * (node.firing.threshold - rest)
    firing = replace(
        node.firing, threshold=threshold, value=torch.zeros_like(threshold) + rest, reset="value", late=False
    )
    return replace(graph, nodes=MappingProxyType({**graph.nodes, name: replace(node, firing=firing)}))
