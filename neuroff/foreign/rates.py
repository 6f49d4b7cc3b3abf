"""What a graph would do at given firing rates: for networks whose data cannot be shared.

Values at a node are taken as independent and alike: each is not zero with the probability that is its rate,
at every step. Synaptic operations follow as exact expectations; a neuron is active with the probability that
any of its inputs is. Neurons that do not fire send values at every step.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from types import MappingProxyType

import torch

from neuroff.errors import ConfigError, shortened
from neuroff.foreign.counting import FanOut, GraphActivity, NodeTally, counts_weights, fan_out
from neuroff.foreign.graph import SpikingGraph
from neuroff.foreign.nodes.pooling import Pool
from neuroff.foreign.nodes.population import Population
from neuroff.foreign.nodes.protocol import Node, Weighted, size


def expected_activity(graph: SpikingGraph, rates: Mapping[str, float] | float, steps: int) -> GraphActivity:
    """Return what a graph does on average.

    Args:
        graph: the network.
        rates: spikes per neuron and step, in [0, 1], by the names of inputs and of populations that fire; one
            number stands for all.
        steps: T.

    Raises:
        ConfigError: if a rate is missing, of no such node, or none.
    """
    if isinstance(steps, bool) or not isinstance(steps, int) or steps < 1:
        raise ConfigError(f"steps = {shortened(steps)}", where="rates", expected="at least one step")
    known = _checked(graph, rates)
    fan_outs = {name: fan_out(node) for name, node in graph.nodes.items() if counts_weights(node)}
    sent: dict[str, float] = {}
    arriving: dict[str, float] = {}
    for _ in range(2):  # once more for what recurrent edges bring
        for name in graph.nodes:
            sources = graph.sources(name)
            arriving[name] = _any([sent.get(source, 0.0) for source in sources]) if sources else known[name]
            sent[name] = known[name] if name in known else _sent(graph.nodes[name], arriving[name])
    tallies = {
        name: _tally(graph, name, arriving[name], sent[name], fan_outs.get(name), steps)
        for name in graph.nodes
    }
    return GraphActivity(graph, 1, steps, MappingProxyType(tallies), MappingProxyType(fan_outs), True)


def _checked(graph: SpikingGraph, rates: Mapping[str, float] | float) -> dict[str, float]:
    firing = [
        name
        for name, node in graph.nodes.items()
        if name in graph.inputs or (isinstance(node, Population) and node.firing is not None)
    ]
    given = dict(rates) if isinstance(rates, Mapping) else dict.fromkeys(firing, rates)
    expected = ", ".join(f"{name}=RATE" for name in firing)
    for name in given:
        if name not in firing:
            raise ConfigError(f"a rate of {shortened(name)}", where="rates", expected=expected)
    for name in firing:
        if name not in given:
            raise ConfigError(f"no rate of {name!r}", where="rates", expected=expected)
        rate = given[name]
        if isinstance(rate, bool) or not isinstance(rate, int | float) or not 0 <= rate <= 1:
            raise ConfigError(
                f"a rate {shortened(rate)} of {name!r}",
                where="rates",
                expected="spikes per neuron and step, 0 to 1",
            )
    return {name: float(rate) for name, rate in given.items()}


def _any(rates: list[float]) -> float:
    """Return the probability that any of some values is not zero."""
    return 1.0 - math.prod(1.0 - rate for rate in rates)


def _sent(node: Node, arriving: float) -> float:
    """Return the probability that a value that a node sends is not zero."""
    if isinstance(node, Population):  # neurons that do not fire send their potential
        return 1.0
    if not isinstance(node, Weighted | Pool):
        return arriving
    held = node.connections(stored=True) if isinstance(node, Weighted) else node
    fan_in, _ = held.step(torch.ones(1, *node.inputs, dtype=torch.float64), ())
    if isinstance(node, Pool):
        fan_in = fan_in / node.factor
    return float((1.0 - torch.pow(1.0 - arriving, fan_in)).mean())


def _tally(
    graph: SpikingGraph, name: str, arriving: float, sent: float, out: FanOut | None, steps: int
) -> NodeTally:
    node = graph.nodes[name]
    outputs, active = size(node.outputs), 0.0
    if isinstance(node, Population):
        active = max(arriving, sent if node.firing is not None else 0.0) * outputs
    elif out is not None and not isinstance(node, Pool):
        active = sent * outputs
    each = torch.ones(steps, dtype=torch.float64)
    return NodeTally(
        received=each * arriving * size(node.inputs),
        operations=each * (0.0 if out is None else arriving * float(out.weights.sum())),
        events=each * (0.0 if out is None else arriving * float(out.stored.sum())),
        sent=each * sent * outputs,
        active=each * active,
        sent_of=torch.full((outputs,), sent * steps, dtype=torch.float64),
    )
