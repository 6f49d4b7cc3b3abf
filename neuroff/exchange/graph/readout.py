"""A fixed read-out at a graph's end: the score of every class as a number, whatever runs the graph.

Where goodness is a weighted sum of firing rates, G_{l,k} = (1/T) Σ_t Σ_i B_ki s_{t,i}, and a prediction one
of goodness, both are synapses: every layer that is read has an `AffineNode` of weights f c_l B/T, and the
output carries the sum of these, K numbers at every step. Added up over a presentation they are f times the
scores of `neuroff.core.scores`. The factor f makes whole numbers of the weights of groups: spikes are then
counted exactly, and classes that are level are level in every simulator, whatever the order of its sums.
"""

from __future__ import annotations

import math
from dataclasses import replace
from fractions import Fraction

import numpy as np
import torch
from torch import Tensor

from neuroff.core.goodness import Goodness
from neuroff.core.network import Network
from neuroff.core.scores import PredictionRule, combined
from neuroff.exchange.graph.graph import Graph, Node, Weighted
from neuroff.exchange.graph.neurons import Neurons
from neuroff.exchange.graph.nodes import AffineNode, OutputNode

_DENOMINATOR, _NEAR = 1000, 1e-6
_EXACT = 2**24  # float32 holds every whole number up to here


def why_no_readout(network: Network) -> str | None:
    """Return why a network's scores are no weighted sum of spikes, or None where they are."""
    if network.asking.presentations != 1:
        shared = network.asking.shares_image
        return f"an image is presented {'once for every class' if shared else 'more than once'}"
    if not isinstance(network.goodness, Goodness) or network.goodness.name != "linear":
        return "goodness is not a weighted sum of firing rates"
    if network.trace_decay != 1.0:
        return "activity is a trace, not a count of spikes"
    return (
        "messages between layers are rounded or late" if network.bus.bits or network.bus.over_time else None
    )


def readout_weights(network: Network, rule: PredictionRule | None) -> dict[int, Tensor]:
    """Return c_l B of every layer that a prediction reads, ``(K, N)`` float64 by index.

    Args:
        network: one that `why_no_readout` has no objection to.
        rule: of prediction; the network's own without it.
    """
    network = replace(network, layers=tuple(layer.to(torch.device("cpu")) for layer in network.layers))
    each = torch.eye(len(network.layers), dtype=torch.float64)[:, :, None, None]
    nothing = combined(network, list(torch.zeros_like(each[0])), rule)
    shares = [float(combined(network, list(goodness), rule) - nothing) for goodness in each]
    classes = torch.eye(network.classes, dtype=torch.float64)
    return {
        index: share
        * network.asking.of_layer(index).activity_gradient(
            network.goodness,
            torch.zeros(network.classes, layer.synapses.neurons, dtype=torch.float64),
            classes,
        )
        for index, (layer, share) in enumerate(zip(network.layers, shares, strict=True))
        if share
    }


def whole_weights(weights: dict[int, Tensor], steps: int) -> tuple[dict[int, Tensor], float]:
    """Return read-out weights as whole numbers, and the factor f that they were multiplied by.

    Weights that are no multiples of a common number, or whose sums float32 might not hold, stay with f = 1.

    Args:
        weights: of every layer that is read, ``(K, N)`` float64.
        steps: T.
    """
    values = torch.cat([weight.flatten() for weight in weights.values()]).unique()
    sizes = [abs(value) for value in values.tolist() if value]
    least = min(sizes)
    ratios = [Fraction(size / least).limit_denominator(_DENOMINATOR) for size in sizes]
    common = math.lcm(*(ratio.denominator for ratio in ratios))
    if common >= _EXACT:  # of numbers drawn at random it has thousands of digits
        return weights, 1.0
    factor = common / least
    most = steps * sum(float((weight * factor).abs().sum(1).max()) for weight in weights.values())
    scaled = {index: weight * factor for index, weight in weights.items()}
    near = all(bool((each - each.round()).abs().max() < _NEAR) for each in scaled.values())
    if not near or most >= _EXACT:
        return weights, 1.0
    return {index: each.round() for index, each in scaled.items()}, factor


def with_readout(graph: Graph, network: Network, rule: PredictionRule | None) -> Graph:
    """Return a graph whose output carries the K scores.

    Args:
        graph: of the network, as `neuroff.exchange.graph.from_network` makes it, folded or not.
        network: the network; see `why_no_readout`.
        rule: of prediction; the network's own without it.
    """
    names = [name for name, _ in graph.named(Neurons)]
    output = next(name for name, _ in graph.named(OutputNode))
    nodes: dict[str, Node] = {name: node for name, node in graph.nodes.items() if name != output}
    edges = [edge for edge in graph.edges if output not in edge]
    read, _ = whole_weights(
        {index: each / graph.steps for index, each in readout_weights(network, rule).items()}, graph.steps
    )
    first, *others = read.values()
    if all(other.shape == first.shape and bool((other == first).all()) for other in others):
        nodes["readout"] = _synapses(first, graph)
        edges += [(names[index], "readout") for index in read]
    else:
        for index, weight in read.items():
            nodes[f"readout{index + 1}"] = _synapses(weight, graph)
            edges += [(names[index], f"readout{index + 1}"), (f"readout{index + 1}", "readout")]
        nodes["readout"] = _synapses(torch.eye(network.classes, dtype=torch.float64), graph)
    nodes[output] = OutputNode(network.classes)
    return replace(graph, nodes=nodes, edges=(*edges, ("readout", output)))


def joins_branches(graph: Graph) -> bool:
    """Whether a read-out adds up what other synapses made of the layers, each its own.

    Layers that are read by one and the same weights meet in one node. Importers that walk a graph depth
    first, not in the order of computation, run that one rightly, and a node that joins branches too early.
    """
    return any(
        isinstance(graph.nodes[source], Weighted) and isinstance(node, AffineNode)
        for name, node in graph.nodes.items()
        for source in graph.sources(name)
    )


def _synapses(weight: Tensor, graph: Graph) -> AffineNode:
    return AffineNode(weight.numpy().astype(graph.numeric), np.zeros(len(weight), graph.numeric))


def has_readout(graph: Graph) -> bool:
    """Whether the output carries scores, not spikes."""
    output = next(name for name, _ in graph.named(OutputNode))
    return not any(isinstance(graph.nodes[source], Neurons) for source in graph.sources(output))
