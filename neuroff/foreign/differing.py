"""What a network does under each convention that a file leaves open."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from torch import Tensor

from neuroff.foreign.convention import NIR, WRITERS
from neuroff.foreign.counting import count_graph
from neuroff.foreign.graph import SpikingGraph
from neuroff.foreign.nodes.population import Population


@dataclass(frozen=True)
class UnderConvention:
    """A network under one convention, per sample.

    Attributes:
        writer: whose convention it is.
        spikes: of all neurons.
        synaptic_operations: of all weights.
    """

    writer: str
    spikes: float
    synaptic_operations: float


def under_each(graph: SpikingGraph, values: Mapping[str, Tensor]) -> tuple[UnderConvention, ...]:
    """Return what a network does under NIR's equations and under every convention by which it differs.

    Args:
        graph: the network.
        values: of its inputs, ``(T, B, *shape)``.
    """
    found = [_under(graph, name, values) for name in WRITERS if name != "neuroff"]
    literal = next(each for each in found if each.writer == NIR.writer)
    return (literal, *(each for each in found if _amounts(each) != _amounts(literal)))


def _under(graph: SpikingGraph, writer: str, values: Mapping[str, Tensor]) -> UnderConvention:
    activity = count_graph(graph.under(WRITERS[writer]), values)
    firing = [
        name for name, node in graph.nodes.items() if isinstance(node, Population) and node.firing is not None
    ]
    return UnderConvention(
        writer,
        sum(activity.per_sample(name, "sent") for name in firing),
        sum(activity.synaptic_operations(name) for name in graph.nodes),
    )


def _amounts(each: UnderConvention) -> tuple[float, float]:
    return each.spikes, each.synaptic_operations
