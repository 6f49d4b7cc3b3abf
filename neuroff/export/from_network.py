"""A trained spiking network as a graph, gains and all, and a plain graph as a network."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import torch
from torch import Tensor

from neuroff.encoding import EncodingName
from neuroff.errors import ExportError
from neuroff.export.checks import FloatArray
from neuroff.export.graph import Graph, Node, Numeric
from neuroff.export.neurons import LIFNode
from neuroff.export.nodes import AffineNode, InputNode, NormaliseNode, OutputNode
from neuroff.goodness import Goodness
from neuroff.network import Layer, Network
from neuroff.spiking import LIF

# ε so large that ℓ / (‖a‖ + ε) is this power of two for every activity: a gain that does not depend on it.
_CONSTANT_GAIN = 2.0**-90


def from_network(network: Network, encoding: EncodingName = "constant", *, dt_ms: float = 1.0) -> Graph:
    """Return what a network computes as a graph: ``input → affine1 → lif1 → gain1 → affine2 → …``.

    ``gain1`` is the divisive normalisation of the first layer's spikes, one gain per sample;
    `neuroff.export.fold` replaces it by a fixed one. A ``constant`` input carries analog values with their
    gain in them, every other encoding spikes, which the host multiplies by a gain per sample.

    Args:
        network: the network; its numbers are copied.
        encoding: how its images reach it.
        dt_ms: duration of a time step, for formats that count in seconds.

    Raises:
        ExportError: naming what a graph does not have: dense neurons, black boxes, products in bfloat16.
    """
    where = "from_network"
    population = network.population
    if not isinstance(population, LIF):
        raise ExportError(
            f"neurons of kind {type(population).__name__}",
            where=where,
            expected="a spiking network of leaky integrate-and-fire neurons",
            fix="train with path=spiking",
        )
    if network.black_boxes:
        raise ExportError(
            f"a black box after layer {min(network.black_boxes)}",
            where=where,
            expected="layers that are joined directly",
        )
    spikes_in = encoding != "constant"
    nodes: dict[str, Node] = {
        "input": InputNode(network.widths[0], "spikes" if spikes_in else "values", host_gain=spikes_in)
    }
    for index, layer in enumerate(network.layers, start=1):
        nodes[f"affine{index}"] = AffineNode(_numbers(layer.weight), _numbers(layer.bias))
        nodes[f"lif{index}"] = _neurons(population, layer.weight.shape[0])
        if index < len(network.layers):
            width = layer.weight.shape[0]
            length = float(network.target_length(width))
            nodes[f"gain{index}"] = NormaliseNode(width, length, float(network.epsilon))
    nodes["output"] = OutputNode(network.widths[-1])
    names = list(nodes)
    return Graph(
        nodes,
        tuple(itertools.pairwise(names)),
        population.steps,
        dt_ms,
        _numeric(network.precision),
        network.classes,
    )


def to_network(graph: Graph, goodness: Goodness) -> Network:
    """Return a network that computes what a folded graph computes, to predict and to measure with.

    neuroff's layers always divide what they send by its length. Here ε is so large that the gain is the same
    power of two for every sample, and the weights undo it, exactly. Such a network is for prediction: to
    train one, start from the network the graph was made of.

    Args:
        graph: ``input → affine → LIF → affine → … → output`` with one set of parameters for all neurons.
        goodness: of every layer; a graph holds no goodness.

    Raises:
        ExportError: naming the node that a network does not have.
    """
    affine, neurons = _layers(graph)
    population = _population(neurons, graph.steps)
    layers = [
        Layer(torch.from_numpy(node.weight.copy()), torch.from_numpy(node.bias.copy()), torch.zeros(()))
        for _, node in affine
    ]
    undone = [layers[0], *(replace(layer, weight=layer.weight / _CONSTANT_GAIN) for layer in layers[1:])]
    if not all(bool(layer.weight.isfinite().all()) for layer in undone):
        raise ExportError("weights above 2^37", where="to_network", expected="smaller weights")
    return Network(
        layers=tuple(undone),
        population=population,
        goodness=goodness,
        classes=graph.label_axons,
        normalisation="unit",
        epsilon=1.0 / _CONSTANT_GAIN,
        precision=getattr(torch, graph.numeric),
    )


def _layers(graph: Graph) -> tuple[list[tuple[str, AffineNode]], list[tuple[str, LIFNode]]]:
    """Return the affine and the neuron nodes of a chain of layers."""
    names = list(graph.nodes)
    if graph.edges and sorted(graph.edges) != sorted(itertools.pairwise(names)):
        raise ExportError("branches", where="to_network", expected="a chain of layers")
    if graph.input.host_gain:
        raise ExportError(
            "a gain per sample from the host",
            where="node 'input'",
            expected="none",
            fix="fold the gains first",
        )
    affine, neurons = [], []
    for position, (name, node) in enumerate(list(graph.nodes.items())[1:-1]):
        if position % 2 == 0 and isinstance(node, AffineNode):
            affine.append((name, node))
        elif position % 2 == 1 and type(node) is LIFNode:
            neurons.append((name, node))
        else:
            raise ExportError(
                f"a {type(node).__name__}",
                where=f"node {name!r}",
                expected="AffineNode and LIFNode in turn",
                fix="fold gains and scales first; a network has no delays and no current-based neurons",
            )
    if len(affine) != len(neurons):
        raise ExportError(
            "the last layer has no neurons", where="to_network", expected="a LIFNode at the end"
        )
    return affine, neurons


def _population(neurons: list[tuple[str, LIFNode]], steps: int) -> LIF:
    first = neurons[0][1]
    for name, node in neurons:
        alike = (
            (node.beta == first.beta[0]).all()
            and (node.threshold == first.threshold[0]).all()
            and (node.reset, node.fires) == (first.reset, "reached")
        )
        if not alike:
            raise ExportError(
                "parameters that differ between neurons, or firing above the threshold only",
                where=f"node {name!r}",
                expected="one β, one θ and one reset for all layers, and firing at the threshold",
            )
    return LIF(steps, float(first.beta[0]), float(first.threshold[0]), first.reset)


def _neurons(population: LIF, width: int) -> LIFNode:
    return LIFNode(
        np.full(width, population.threshold, dtype=np.float64),
        population.reset,
        beta=np.full(width, population.beta, dtype=np.float64),
    )


def _numbers(tensor: Tensor) -> FloatArray:
    return tensor.detach().cpu().numpy()


def _numeric(precision: torch.dtype) -> Numeric:
    if precision == torch.float64:
        return "float64"
    if precision == torch.float32:
        return "float32"
    raise ExportError(
        f"products in {precision}",
        where="from_network",
        expected="float32 or float64",
        fix="dataclasses.replace(network, precision=torch.float32)",
    )
