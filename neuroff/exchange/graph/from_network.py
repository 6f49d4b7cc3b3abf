"""A trained spiking network as a graph, gains and all."""

from __future__ import annotations

import itertools
from typing import Final

import numpy as np
import torch
from torch import Tensor

from neuroff.chip.checks import FloatArray
from neuroff.core.encoding import EncodingName
from neuroff.core.network import Network
from neuroff.core.neurons import LIF, AdaptiveLIF
from neuroff.errors import ExportError, in_both
from neuroff.exchange.graph.graph import Graph, Node, Numeric
from neuroff.exchange.graph.neurons import CubaLIFNode, IFNode, LIFNode, Neurons
from neuroff.exchange.graph.nodes import AffineNode, InputNode, NormaliseNode, OutputNode, ScaleNode
from neuroff.exchange.graph.of_synapses import nodes_of
from neuroff.exchange.graph.planar import ConvNode, PoolNode

_NAMES: Final[dict[type, str]] = {AffineNode: "affine", ConvNode: "affine", PoolNode: "pool"}


def from_network(network: Network, encoding: EncodingName = "constant", *, dt_ms: float = 1.0) -> Graph:
    """Return what a network computes as a graph: ``input → affine1 → neurons1 → gain1 → affine2 → …``.

    ``affine2`` is a `ConvNode` where the layer convolves, behind ``pool2`` where it sees means of windows.

    ``gain1`` is the divisive normalisation of the first layer's spikes, one gain per sample;
    `neuroff.exchange.graph.fold` replaces it by a fixed one. A ``constant`` input carries analog values with
    their gain in them, every other encoding spikes, which the host multiplies by a gain per sample.

    Args:
        network: the network; its numbers are copied.
        encoding: how its images reach it.
        dt_ms: duration of a time step, for formats that count in seconds.

    Raises:
        ExportError: naming what a graph does not have: dense neurons, black boxes, products in bfloat16.
    """
    if network.black_boxes:
        raise ExportError(
            f"a black box after layer {min(network.black_boxes)}",
            where="from_network",
            expected="layers that are joined directly",
            fix="maxima (maxpool) have no equivalent there: train with pool, which is part of the weights",
        )
    spikes_in = encoding != "constant"
    nodes: dict[str, Node] = {
        "input": InputNode(network.widths[0], "spikes" if spikes_in else "values", host_gain=spikes_in)
    }
    steps, in_planes = network.population.steps, True
    for index, layer in enumerate(network.layers):
        population, where = network.population_of(index), f"from_network, layer {index + 1}"
        if isinstance(population, AdaptiveLIF):
            raise ExportError(
                "neurons whose threshold rises with their spikes",
                where=where,
                expected="neurons of one threshold: NIR has no others",
                fix="--to loihi and --to c have them; or train with neuron.adaptation=0",
            )
        if not isinstance(population, LIF):
            raise ExportError(
                f"neurons of kind {type(population).__name__}",
                where=where,
                expected="a spiking network of integrate-and-fire neurons",
                fix=f"train with {in_both('path', 'spiking')}",
            )
        if population.start:
            raise ExportError(
                f"a potential of {population.start:g} at the start",
                where=where,
                expected="a presentation that starts at rest: a graph's neurons start at 0",
            )
        steps = population.steps
        before = nodes_of(layer.synapses, in_planes=in_planes)
        in_planes = isinstance(before[-1], ConvNode)
        nodes |= {f"{_NAMES[type(node)]}{index + 1}": node for node in before}
        nodes[f"neurons{index + 1}"] = _neurons(population, layer.synapses.neurons)
        if index + 1 < len(network.layers):
            nodes |= _gain(network, population, index)
    nodes["output"] = OutputNode(network.widths[-1])
    numeric = _numeric(network.precision)
    return Graph(nodes, tuple(itertools.pairwise(nodes)), steps, dt_ms, numeric, network.asking.own_inputs)


def _neurons(population: LIF, width: int) -> Neurons:
    def same(value: float | Tensor) -> FloatArray:
        return np.full(width, float(value))

    threshold, beta = same(population.threshold), same(population.beta)
    reset, refractory = population.reset, population.refractory
    if population.filters:
        alpha = same(population.alpha)
        return CubaLIFNode(threshold, reset, refractory=refractory, alpha=alpha, beta=beta)
    if (beta == 1.0).all():
        return IFNode(threshold, reset, refractory=refractory)
    return LIFNode(threshold, reset, refractory=refractory, beta=beta)


def _gain(network: Network, population: LIF, index: int) -> dict[str, Node]:
    """Return the node of what a layer's output is multiplied by, if it is not one."""
    name, width = f"gain{index + 1}", network.layers[index].synapses.neurons
    if network.gain == "constant":
        fixed = np.full(width, network.constant_gain, dtype=_numeric(network.precision))
        return {} if network.constant_gain == 1.0 else {name: ScaleNode(fixed)}
    decay = population.trace_decay if network.gain == "presentation" else network.trace_decay
    length, epsilon = float(network.target_length(width)), float(network.epsilon)
    return {name: NormaliseNode(width, length, epsilon, network.gain, float(decay))}


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
