"""What each node of a graph does on given values, counted step by step.

* A synaptic operation is a value that is not zero meeting a weight that is not zero; at borders and with
  strides a value meets the weights that it does meet. NeuroBench counts the same (``Effective_ACs`` where the
  values are spikes, ``Effective_MACs`` elsewhere).
  A neuron that fires n times in a step is n spikes, each of which meets its weights; NeuroBench counts such a
  value once, as a multiplication.
* A synaptic event is the same with every weight that is stored, zeros too: what a device does that has them.
* A neuron is active in a step in which a value reaches it through a stored weight, or in which it fires.
* Pooling adds: a value that is not zero is added to as many sums as windows hold it. It has no weights.

Counts are whole numbers; float64 holds them exactly.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import reduce
from types import MappingProxyType

import torch
from torch import Tensor

from neuroff.foreign.graph import SpikingGraph
from neuroff.foreign.nodes.pooling import Pool
from neuroff.foreign.nodes.population import Population
from neuroff.foreign.nodes.protocol import Node, Weighted, size
from neuroff.foreign.running import touched
from neuroff.foreign.spikes import are_spikes
from neuroff.foreign.ways import upstream

_AT_ONCE = 2**24  # values of all nodes and samples in flight


@dataclass(frozen=True)
class NodeTally:
    """One node over all samples; ``(T,)`` float64 unless said otherwise.

    Attributes:
        received: values that are not zero and arrive; spikes, where neurons may send several in a step.
        operations: weights that are not zero and are met by them; of pooling, the sums they are added to.
        events: weights that are stored and are met by them.
        sent: values that are not zero and are sent: spikes, of neurons that fire.
        active: neurons that are active, or sums of weights that something is added to.
        sent_of: ``sent`` of each value, all steps together, flat.
    """

    received: Tensor
    operations: Tensor
    events: Tensor
    sent: Tensor
    active: Tensor
    sent_of: Tensor

    def __add__(self, other: NodeTally) -> NodeTally:
        """Tallies of both together."""
        return NodeTally(
            *(getattr(self, each.name) + getattr(other, each.name) for each in fields(NodeTally))
        )


@dataclass(frozen=True)
class FanOut:
    """How many weights each input of a node meets, ``inputs`` flattened, float64.

    Attributes:
        weights: those that are not zero.
        stored: those that are stored.
    """

    weights: Tensor
    stored: Tensor


@dataclass(frozen=True)
class GraphActivity:
    """What a graph did.

    Attributes:
        graph: the network.
        samples: B.
        steps: T.
        tallies: by node.
        fan_outs: by node that has weights or pools.
        binary: whether all values that entered were 0 or 1.
    """

    graph: SpikingGraph
    samples: int
    steps: int
    tallies: Mapping[str, NodeTally]
    fan_outs: Mapping[str, FanOut]
    binary: bool

    def per_sample(self, name: str, what: str) -> float:
        """Return a tally of a node, all steps together, per sample."""
        return float(getattr(self.tallies[name], what).sum()) / self.samples

    def neurons(self, name: str) -> int:
        """Return how many neurons a node has; none where it is no population."""
        node = self.graph.nodes[name]
        return size(node.outputs) if isinstance(node, Population) else 0

    def synaptic_operations(self, name: str) -> float:
        """Return the synaptic operations of a node per sample."""
        return self.per_sample(name, "operations") if isinstance(self.graph.nodes[name], Weighted) else 0.0


def count_graph(graph: SpikingGraph, values: Mapping[str, Tensor]) -> GraphActivity:
    """Run a graph on all samples and count what its nodes do.

    Args:
        graph: the network.
        values: of its inputs, ``(T, B, *shape)``; see `neuroff.foreign.spikes`.
    """
    first = next(iter(values.values()))
    length, samples = first.shape[:2]
    fan_outs = {name: fan_out(node) for name, node in graph.nodes.items() if counts_weights(node)}
    each = sum(size(node.inputs) + size(node.outputs) for node in graph.nodes.values())
    chunk = max(1, min(samples, _AT_ONCE // each))
    counts = frozenset(name for name in graph.nodes if takes_counts(graph, name))
    parts = (
        _tallies(graph, {name: whole[:, at : at + chunk] for name, whole in values.items()}, fan_outs, counts)
        for at in range(0, samples, chunk)
    )
    tallies = reduce(lambda a, b: {name: a[name] + b[name] for name in a}, parts)
    return GraphActivity(
        graph, samples, length, MappingProxyType(tallies), MappingProxyType(fan_outs), are_spikes(values)
    )


def fan_out(node: Node) -> FanOut:
    """Return how many weights each input of a node meets; windows, for a pool."""
    if isinstance(node, Weighted):
        return FanOut(_met(node.connections(stored=False)), _met(node.connections(stored=True)))
    windows = _met(node) / (node.factor if isinstance(node, Pool) else 1.0)
    return FanOut(windows.round(), windows.round())


def counts_weights(node: Node) -> bool:
    """Whether a node has weights, or windows."""
    return isinstance(node, Weighted | Pool)


def _met(node: Node) -> Tensor:
    """Return the sum of what a linear node makes of each of its inputs: its gradient."""
    with torch.enable_grad():
        values = torch.zeros(1, *node.inputs, dtype=torch.float64, requires_grad=True)
        sent, _ = node.step(values, node.start(1))
        (gradient,) = torch.autograd.grad(sent.sum(), values)
    return gradient.flatten()


def _tallies(
    graph: SpikingGraph, values: Mapping[str, Tensor], fan_outs: Mapping[str, FanOut], counts: frozenset[str]
) -> dict[str, NodeTally]:
    """Return the tallies of some samples."""
    found: dict[str, list[NodeTally]] = {name: [] for name in graph.nodes}
    sent_of = {name: torch.zeros(size(node.outputs)).double() for name, node in graph.nodes.items()}
    for step, reached in touched(graph, values):
        for name in graph.nodes:
            arriving = _amounts(step.arriving[name], name in counts)
            sent = _amounts(step.sent[name], _sends_counts(graph, name))
            found[name].append(_tally(arriving, sent, fan_outs.get(name), reached.get(name)))
            sent_of[name] += sent
    return {name: _joined(each, sent_of[name]) for name, each in found.items()}


def takes_counts(graph: SpikingGraph, name: str) -> bool:
    """Whether what reaches a node is spikes of neurons, some of which may send several in a step."""
    before = upstream(graph, name)
    fire = (isinstance(node := graph.nodes[each], Population) and node.firing is not None for each in before)
    return all(fire) and any(_sends_counts(graph, each) for each in before)


def _sends_counts(graph: SpikingGraph, name: str) -> bool:
    node = graph.nodes[name]
    return isinstance(node, Population) and node.sends_counts


def _amounts(values: Tensor, counts: bool) -> Tensor:
    """Return what each value counts as, all samples together: itself, or one where it is not zero."""
    return (values if counts else values.ne(0)).flatten(1).sum(0, dtype=torch.float64)


def _tally(arriving: Tensor, sent: Tensor, out: FanOut | None, reached: Tensor | None) -> NodeTally:
    """Return one node's tallies of one step, ``(1,)`` each, without ``sent_of``.

    Args:
        arriving: ``(inputs,)``.
        sent: ``(outputs,)``.
        out: weights that inputs meet.
        reached: neurons that are active, ``(B, *outputs)``.
    """
    none = torch.zeros(1, dtype=torch.float64)
    return NodeTally(
        received=arriving.sum().reshape(1),
        operations=none if out is None else (arriving @ out.weights).reshape(1),
        events=none if out is None else (arriving @ out.stored).reshape(1),
        sent=sent.sum().reshape(1),
        active=none if reached is None else reached.sum(dtype=torch.float64).reshape(1),
        sent_of=none,
    )


def _joined(tallies: list[NodeTally], sent_of: Tensor) -> NodeTally:
    """Return the tallies of all steps."""
    names = [each.name for each in fields(NodeTally) if each.name != "sent_of"]
    return NodeTally(
        **{name: torch.cat([getattr(each, name) for each in tallies]) for name in names}, sent_of=sent_of
    )
