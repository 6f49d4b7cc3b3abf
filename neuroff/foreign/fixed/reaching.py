"""How far potentials of neurons that do not fire can go, from the integers of the weights before them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace

import torch
from torch import Tensor

from neuroff.chip.numbers import ALIGN_BITS, DECAY_UNITY
from neuroff.chip.reach import reach
from neuroff.foreign.fixed.integers import IntegerMembrane
from neuroff.foreign.fixed.sums import IntegerSums
from neuroff.foreign.graph import SpikingGraph
from neuroff.foreign.nodes.convolution import Convolution
from neuroff.foreign.nodes.pooling import Pool
from neuroff.foreign.nodes.population import Population
from neuroff.foreign.nodes.protocol import Node, Weighted
from neuroff.foreign.nodes.weights import Matrix, Scale
from neuroff.foreign.ways import upstream


def population_reach(
    graph: SpikingGraph, made: Mapping[str, Node], name: str, before: tuple[str, ...], steps: int | None
) -> float:
    """Return a bound of potentials and currents in integers; see `neuroff.chip.reach`.

    Biases may be rounded to 2⁶ still, and on a chip they may act a step longer for every layer before.

    Args:
        graph: the network.
        made: in integers, a population and the weights before it.
        name: of the population.
        before: names of the weights.
        steps: T; None: without end.
    """
    node = made[name]
    assert isinstance(node, Population)
    assert isinstance(node.membrane, IntegerMembrane)
    membrane, drives = node.membrane, []
    for key in before:
        sums = made[key]
        assert isinstance(sums, IntegerSums)
        drives.append((_largest(sums.node, _most(graph, key)), sums.exponent))
    return reach(
        drives,
        membrane.bias.abs() + 2 ** (ALIGN_BITS - 1) * membrane.bias.ne(0),
        None if membrane.current_decay is None else DECAY_UNITY - membrane.current_decay,
        DECAY_UNITY - membrane.voltage_decay,
        None if steps is None else steps + len(graph.populations),
    )


def _most(graph: SpikingGraph, name: str) -> float:
    """Return how much an input of a node carries at most: spikes of a neuron, or their sum in a window."""
    found = 1.0
    for source in upstream(graph, name):
        node = graph.nodes[source]
        if isinstance(node, Pool):
            found = max(found, math.prod(node.window) * _most(graph, source))
        elif isinstance(node, Population) and node.firing is not None:
            found = max(found, node.firing.most)
    return found


def _largest(node: Weighted, most: float) -> Tensor:
    """Return the largest sums of positive and of negative weights ``(2, N)``."""
    arriving = torch.full((1, *node.inputs), most, dtype=torch.float64)
    sums = [_one_sided(node, sign).step(arriving, ())[0].flatten() for sign in (1.0, -1.0)]
    return torch.stack(sums)


def _one_sided(node: Weighted, sign: float) -> Weighted:
    assert isinstance(node, Matrix | Convolution | Scale)
    if isinstance(node, Scale):
        return replace(node, scale=(sign * node.scale).clamp(min=0))
    return replace(node, weight=(sign * node.weight).clamp(min=0))
