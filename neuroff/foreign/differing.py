"""What a network does under each convention that a file leaves open."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from dataclasses import dataclass

from torch import Tensor

from neuroff.errors import ExportError
from neuroff.foreign.convention import NIR, WRITERS
from neuroff.foreign.counting import count_graph
from neuroff.foreign.graph import SpikingGraph
from neuroff.foreign.heights import with_unit_spikes
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
    found = []
    for name in WRITERS:
        if name != "neuroff":
            with contextlib.suppress(ExportError):  # the graph cannot be of that writer
                found.append(_under(graph, name, values))
    literal = next(each for each in found if each.writer == NIR.writer)
    return (literal, *(each for each in found if _amounts(each) != _amounts(literal)))


def _under(graph: SpikingGraph, writer: str, values: Mapping[str, Tensor]) -> UnderConvention:
    other = graph.under(WRITERS[writer])
    settled = all(node.settled for node in graph.nodes.values() if isinstance(node, Population))
    if WRITERS[writer].spike_in_rate and not settled:
        other = with_unit_spikes(other, 1000.0 / graph.dt_ms)
    activity = count_graph(other, values)
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
