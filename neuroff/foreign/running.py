"""A graph, step by step: what arrives at each node, and what it sends.

All nodes are stepped once a step in the order of computation, so what a node sends reaches the next one in
the same step; along a recurrent edge it arrives one step later, and nothing arrives in the first.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from neuroff.foreign.graph import SpikingGraph
from neuroff.foreign.nodes.pooling import Pool
from neuroff.foreign.nodes.population import Population
from neuroff.foreign.nodes.protocol import State, Weighted


@dataclass(frozen=True)
class Step:
    """One step of all nodes.

    Attributes:
        arriving: by node, ``(B, *inputs)``.
        sent: by node, ``(B, *outputs)``.
        states: by node, after the step; the potential first, where there is one.
    """

    arriving: Mapping[str, Tensor]
    sent: Mapping[str, Tensor]
    states: Mapping[str, State]


@torch.no_grad()
def steps(graph: SpikingGraph, values: Mapping[str, Tensor]) -> Iterator[Step]:
    """Run a presentation from the start and yield its steps.

    Args:
        graph: the network.
        values: of each of its inputs, ``(T, B, *shape)`` float64.
    """
    length, samples = next(iter(values.values())).shape[:2]
    states: dict[str, State] = {name: node.start(samples) for name, node in graph.nodes.items()}
    last = _nothing(graph, samples)
    for t in range(length):
        arriving: dict[str, Tensor] = {}
        sent: dict[str, Tensor] = {}
        for name, node in graph.nodes.items():
            arriving[name] = values[name][t] if name in values else _arriving(graph, name, sent, last)
            sent[name], states[name] = node.step(arriving[name], states[name])
        last = {source: sent[source] for source in last}
        yield Step(arriving, sent, dict(states))


@torch.no_grad()
def touched(graph: SpikingGraph, values: Mapping[str, Tensor]) -> Iterator[tuple[Step, Mapping[str, Tensor]]]:
    """Yield the steps of `steps`, and which neurons of populations and sums of weights are active.

    A neuron is active where a value that is not zero meets a stored weight of its, whatever their product, or
    where it fires; a sum is where a value meets one of its weights. ``(B, *outputs)`` by name.
    """
    held = {
        name: node.connections(stored=True) if isinstance(node, Weighted) else node
        for name, node in graph.nodes.items()
    }
    samples = next(iter(values.values())).shape[1]
    states: dict[str, State] = {name: node.start(samples) for name, node in held.items()}
    last = _nothing(graph, samples)
    for step in steps(graph, values):
        reached: dict[str, Tensor] = {}
        ways: dict[str, Tensor] = {}
        for name, node in held.items():
            if isinstance(node, Population) or name in values:
                ways[name] = step.sent[name].ne(0).double()
            elif isinstance(node, Weighted | Pool):
                ways[name] = node.step(step.arriving[name].ne(0).double(), ())[0].ne(0).double()
            else:
                ways[name], states[name] = node.step(_arriving(graph, name, ways, last), states[name])
            if isinstance(node, Population):
                reached[name] = _arriving(graph, name, ways, last).ne(0)
                if node.firing is not None:
                    reached[name] = reached[name] | step.sent[name].ne(0)
            elif isinstance(node, Weighted):
                reached[name] = ways[name].ne(0)
        last = {source: ways[source] for source in last}
        yield step, reached


def run(graph: SpikingGraph, values: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Run a presentation and return what neurons and outputs send, ``(T, B, *shape)`` by name.

    Args:
        graph: the network.
        values: of each of its inputs, ``(T, B, *shape)``; see `neuroff.foreign.spikes`.
    """
    kept = (*graph.populations, *graph.outputs)
    found: dict[str, list[Tensor]] = {name: [] for name in kept}
    for step in steps(graph, values):
        for name in kept:
            found[name].append(step.sent[name])
    return {name: torch.stack(each) for name, each in found.items()}


def recorded(graph: SpikingGraph, values: Mapping[str, Tensor]) -> dict[str, dict[str, Tensor]]:
    """Run a presentation and return spikes and potentials, ``(T, B, *shape)`` by node and observable.

    Inputs have ``spikes`` too, whatever their values; potentials are those after the reset.

    Args:
        graph: the network.
        values: of each of its inputs, ``(T, B, *shape)``.
    """
    found: dict[str, dict[str, list[Tensor]]] = {}
    for step in steps(graph, values):
        for name in (*graph.inputs, *graph.populations):
            node, kept = graph.nodes[name], found.setdefault(name, {})
            if not isinstance(node, Population) or node.firing is not None:
                kept.setdefault("spikes", []).append(step.sent[name])
            if isinstance(node, Population) and node.membrane is not None:
                kept.setdefault("voltages", []).append(step.states[name][0])
    return {name: {key: torch.stack(each) for key, each in kept.items()} for name, kept in found.items()}


def _nothing(graph: SpikingGraph, samples: int) -> dict[str, Tensor]:
    """Return what arrives along recurrent edges in the first step."""
    return {
        source: torch.zeros(samples, *graph.nodes[source].outputs, dtype=torch.float64)
        for source, _ in sorted(graph.recurrent)
    }


def _arriving(
    graph: SpikingGraph, name: str, sent: Mapping[str, Tensor], last: Mapping[str, Tensor]
) -> Tensor:
    """Return the sum of what reaches a node, ``(B, *inputs)``."""
    shape = graph.nodes[name].inputs
    parts = [(last if (source, name) in graph.recurrent else sent)[source] for source in graph.sources(name)]
    total = parts[0].reshape(parts[0].shape[0], *shape)
    for part in parts[1:]:
        total = total + part.reshape(total.shape)
    return total
