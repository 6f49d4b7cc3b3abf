"""A counted graph as the work of a network, which `neuroff.energy` places and prices.

A layer is a population of neurons with the synapses before it. Weights whose sums reach no neuron, but other
weights or an output, are a layer of accumulators: neurons that do not fire. A convolution is unrolled: each
of its connections is a stored synapse with an index, as a chip without shared weights keeps it. Where a
population follows an input or neurons without weights, every neuron has one synapse.

Spikes that meet weights are synaptic events. Everything else that does (potentials of neurons that do not
fire, sums of other weights, pooled spikes, values of an analog input) is multiplied, where it is not zero.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from neuroff.energy.work import LayerWork, NetworkWork, WeightFormat
from neuroff.foreign.counting import GraphActivity
from neuroff.foreign.graph import SpikingGraph
from neuroff.foreign.nodes.passing import Input
from neuroff.foreign.nodes.pooling import Pool
from neuroff.foreign.nodes.population import Population
from neuroff.foreign.nodes.protocol import Weighted, size
from neuroff.foreign.ways import downstream, upstream


def work_of(activity: GraphActivity) -> NetworkWork:
    """Return the work of a graph, means per sample.

    Args:
        activity: of `neuroff.foreign.counting.count_graph`.
    """
    graph = activity.graph
    units = tuple(name for name in graph.nodes if _is_unit(graph, name))
    number = {name: index for index, name in enumerate(units)}
    layers, arrows, outside = [], [], []
    for name in units:
        synapses = tuple(dict.fromkeys(_synapses(graph, name)))
        layers.append(_layer(activity, name, synapses))
        before = {source for each in synapses for source in _origins(graph, each)}
        arrows += [(number[source], number[name]) for source in graph.nodes if source in before & set(number)]
        outside.append(_entering(activity, synapses))
    return NetworkWork(
        graph.name, tuple(layers), activity.steps, arrows=tuple(arrows), outside=tuple(outside)
    )


@dataclass(frozen=True)
class _Synapses:
    """Weights before a unit; ``name`` is None where a node reaches it without any.

    Attributes:
        name: node with the weights.
        source: the node with the weights, or the node before where there are none.
    """

    name: str | None
    source: str


def _is_unit(graph: SpikingGraph, name: str) -> bool:
    """Whether a node is a layer of neurons or accumulators."""
    node = graph.nodes[name]
    if isinstance(node, Population):
        return True
    return isinstance(node, Weighted) and any(
        not isinstance(graph.nodes[target], Population) for target in downstream(graph, name)
    )


def _synapses(graph: SpikingGraph, unit: str) -> Iterator[_Synapses]:
    """Yield the weights before a unit: its own where it is one of accumulators."""
    if isinstance(graph.nodes[unit], Weighted):
        yield _Synapses(unit, unit)
        return
    for source in upstream(graph, unit):
        node = graph.nodes[source]
        if isinstance(node, Weighted) and not _is_unit(graph, source):
            yield _Synapses(source, source)
        else:
            yield _Synapses(None, source)


def _origins(graph: SpikingGraph, synapses: _Synapses) -> Iterator[str]:
    """Yield the units and inputs whose values meet some synapses, through pools too."""
    waiting = list(upstream(graph, synapses.name)) if synapses.name is not None else [synapses.source]
    while waiting:
        here = waiting.pop()
        if isinstance(graph.nodes[here], Pool):
            waiting.extend(upstream(graph, here))
        else:
            yield here


def _pools(graph: SpikingGraph, synapses: _Synapses) -> Iterator[str]:
    """Yield the pools on the way to some synapses."""
    waiting = list(upstream(graph, synapses.name)) if synapses.name is not None else [synapses.source]
    while waiting:
        here = waiting.pop()
        if isinstance(graph.nodes[here], Pool):
            yield here
            waiting.extend(upstream(graph, here))


def _carries_spikes(activity: GraphActivity, synapses: _Synapses) -> bool:
    """Whether what meets some synapses is spikes."""
    graph = activity.graph
    before = list(upstream(graph, synapses.name)) if synapses.name is not None else [synapses.source]
    for name in before:
        node = graph.nodes[name]
        if isinstance(node, Population):
            if node.firing is None:
                return False
        elif not (isinstance(node, Input) and activity.binary):
            return False
    return len(before) == 1


def _layer(activity: GraphActivity, name: str, synapses: tuple[_Synapses, ...]) -> LayerWork:
    graph, samples = activity.graph, activity.samples
    node, tally = graph.nodes[name], activity.tallies[name]
    fires = isinstance(node, Population) and node.firing is not None
    weight_format: WeightFormat = "dense"
    if any(each.name is None or _weights(graph, each.name).has_index for each in synapses):
        weight_format = "sparse"
    inputs = stored = zeros = 0
    spiking = False
    received = events = zero_events = torch.zeros(activity.steps, dtype=torch.float64)
    products = zero_products = 0.0
    for each in synapses:
        met = activity.tallies[each.name or each.source]
        if each.name is None:  # one synapse a neuron
            inputs, stored = inputs + size(node.inputs), stored + size(node.inputs)
            arriving = weights = kept = met.sent
        else:
            out = activity.fan_outs[each.name]
            inputs += size(graph.nodes[each.name].inputs)
            stored += int(out.stored.sum())
            zeros += int((out.stored - out.weights).sum())
            arriving, weights, kept = met.received, met.operations, met.events
        received = received + arriving
        if _carries_spikes(activity, each):
            spiking, events, zero_events = True, events + kept, zero_events + kept - weights
        else:
            products += float(kept.sum()) / samples
            zero_products += float((kept - weights).sum()) / samples
    pools = dict.fromkeys(pool for each in synapses for pool in _pools(graph, each))
    work = LayerWork(
        name=name,
        inputs=inputs,
        neurons=size(node.outputs),
        synapses=max(stored, 1),
        zero_weights=min(zeros, max(stored, 1)),
        received=_per_sample(received, samples),
        events=_per_sample(events, samples) if spiking else (),
        zero_events=_per_sample(zero_events, samples) if spiking else (),
        spikes=_per_sample(tally.sent if fires else torch.zeros_like(tally.sent), samples),
        active=_per_sample(tally.active, samples),
        products=products,
        zero_products=zero_products,
        adds=sum(activity.per_sample(pool, "operations") for pool in pools),
        spikes_of=tuple((tally.sent_of / samples).tolist()) if fires else None,
    )
    return work.stored("sparse") if weight_format == "sparse" else work


def _weights(graph: SpikingGraph, name: str) -> Weighted:
    node = graph.nodes[name]
    assert isinstance(node, Weighted)
    return node


def _entering(activity: GraphActivity, synapses: tuple[_Synapses, ...]) -> float:
    """Return what comes from outside to some synapses, per sample."""
    graph = activity.graph
    return sum(
        activity.per_sample(name, "sent")
        for each in synapses
        for name in set(upstream(graph, each.name) if each.name is not None else [each.source])
        if isinstance(graph.nodes[name], Input)
    )


def _per_sample(totals: Tensor, samples: int) -> tuple[float, ...]:
    return tuple((totals / samples).tolist())
