"""The way of spikes from a layer to the weights that they meet, and on to the neurons."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from neuroff.errors import ExportError
from neuroff.foreign.graph import SpikingGraph
from neuroff.foreign.nodes.delay import Delay
from neuroff.foreign.nodes.population import Population
from neuroff.foreign.ways import moves


@dataclass(frozen=True, eq=False)
class Way:
    """Where spikes come from.

    Attributes:
        source: neurons or an input.
        delays: in steps, of each axon; empty without.
        late: edges on the way that lead back, each of which takes a step.
    """

    source: str
    delays: Tensor
    late: int


def way_to(graph: SpikingGraph, weights: str, name: str) -> Way:
    """Return the way through some weights to a population.

    Args:
        graph: the network.
        weights: the node of the weights.
        name: the population.

    Raises:
        ExportError: if spikes are summed on the way, or delayed behind the weights.
    """
    late, here = 0, name
    while here != weights:
        ways = [each for each in graph.sources(here) if each == weights or _leads(graph, weights, each)]
        if len(ways) > 1:
            raise refused(here, f"two ways from {weights!r}", "one way: their sum is twice the weights")
        before = ways[0]
        late += (before, here) in graph.recurrent
        if isinstance(graph.nodes[before], Delay):
            raise refused(before, "a delay behind weights", "delays before them: a chip delays its axons")
        here = before
    delays = torch.zeros(0, dtype=torch.int32)
    while here not in graph.inputs and not isinstance(graph.nodes[here], Population):
        if here != weights and not moves(graph, here):
            raise refused(here, f"{graph.kinds[here]} before weights", "spikes before weights")
        sources = graph.sources(here)
        if len(sources) != 1:
            raise refused(here, f"{len(sources)} sources", "one source of spikes")
        late += (sources[0], here) in graph.recurrent
        here = sources[0]
        if isinstance(node := graph.nodes[here], Delay):
            if delays.numel():
                raise refused(here, "a delay behind another", "one delay")
            delays = node.steps.reshape(-1).to(torch.int32)
    return Way(here, delays, late)


def refused(name: str, what: str, expected: str, fix: str = "") -> ExportError:
    """Return the message that a node is not to be had on the chip."""
    return ExportError(
        what, where=f"node {name!r}", expected=expected, fix=f"read the file with {fix}" if fix else ""
    )


def _leads(graph: SpikingGraph, weights: str, here: str) -> bool:
    """Whether weights lead to a node through nodes that only move values."""
    seen, waiting = set(), [here]
    while waiting:
        at = waiting.pop()
        if at in seen or not moves(graph, at):
            continue
        seen.add(at)
        if weights in graph.sources(at):
            return True
        waiting += graph.sources(at)
    return False
