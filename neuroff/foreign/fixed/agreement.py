"""Two networks of the same nodes on the same values: how far do they agree?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from neuroff.foreign.graph import SpikingGraph
from neuroff.foreign.nodes.population import Population
from neuroff.foreign.nodes.protocol import size
from neuroff.foreign.running import steps


@dataclass(frozen=True)
class Agreement:
    """How far a network agrees with what it was made of.

    Attributes:
        samples: how many were shown.
        spikes: share of all neuron-steps in which both fire or both are silent, by population that fires.
        fired: spikes of each per sample, by population: before and after.
        answers: share of samples with the same answer, the output with most spikes or the largest sum.
        right: share of samples whose answer is right, before and after; None without labels.
    """

    samples: int
    spikes: Mapping[str, float]
    fired: Mapping[str, tuple[float, float]]
    answers: float
    right: tuple[float, float] | None


def agreement(
    before: SpikingGraph, after: SpikingGraph, values: Mapping[str, Tensor], labels: Tensor | None = None
) -> Agreement:
    """Run two networks and compare them.

    Args:
        before: the one.
        after: the other, with populations of the same names.
        values: of their inputs, ``(T, B, *shape)``.
        labels: ``(B,)``, the right answers, where they are known.
    """
    length, samples = next(iter(values.values())).shape[:2]
    firing = [
        name
        for name in before.populations
        if isinstance(node := before.nodes[name], Population) and node.firing is not None
    ]
    same = dict.fromkeys(firing, 0.0)
    fired = dict.fromkeys(firing, (0.0, 0.0))
    sums: tuple[Tensor, Tensor] | None = None
    for first, second in zip(steps(before, values), steps(after, values), strict=True):
        for name in firing:
            one, other = first.sent[name], second.sent[name].reshape(first.sent[name].shape)
            same[name] += float((one == other).sum())
            fired[name] = (fired[name][0] + float(one.sum()), fired[name][1] + float(other.sum()))
        read = first.sent[answering(before)], second.sent[answering(after)]
        sums = read if sums is None else (sums[0] + read[0], sums[1] + read[1])
    assert sums is not None
    answers = _largest(sums[0]), _largest(sums[1])
    right = None
    if labels is not None:
        shares = [float((each == labels).double().mean()) for each in answers]
        right = (shares[0], shares[1])
    return Agreement(
        samples,
        {name: same[name] / (length * samples * size(before.nodes[name].outputs)) for name in firing},
        {name: (one / samples, other / samples) for name, (one, other) in fired.items()},
        float((answers[0] == answers[1]).double().mean()),
        right,
    )


def answers_of(graph: SpikingGraph, sent: Mapping[str, Tensor]) -> Tensor:
    """Return the index of the largest output summed over time, ``(B,)``; the first of several alike.

    Args:
        graph: the network.
        sent: of `neuroff.foreign.running.run`.
    """
    return _largest(sent[answering(graph)].sum(0))


def answering(graph: SpikingGraph) -> str:
    """Return the node whose values are the answer: the first output, or the last neurons."""
    return graph.outputs[0] if graph.outputs else graph.populations[-1]


def _largest(sums: Tensor) -> Tensor:
    return torch.argmax(sums.flatten(1), 1)
