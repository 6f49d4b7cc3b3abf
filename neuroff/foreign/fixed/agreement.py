"""Two networks of the same nodes on the same values: how far do they agree?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from neuroff.foreign.graph import SpikingGraph
from neuroff.foreign.nodes.population import Population
from neuroff.foreign.running import run


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
    first, second = run(before, values), run(after, values)
    samples = next(iter(values.values())).shape[1]
    firing = [
        name
        for name in before.populations
        if isinstance(node := before.nodes[name], Population) and node.firing is not None
    ]
    answers = answers_of(before, first), answers_of(after, second)
    right = None
    if labels is not None:
        shares = [float((each == labels).double().mean()) for each in answers]
        right = (shares[0], shares[1])
    return Agreement(
        samples,
        {name: float((first[name] == second[name]).double().mean()) for name in firing},
        {name: (float(first[name].sum()) / samples, float(second[name].sum()) / samples) for name in firing},
        float((answers[0] == answers[1]).double().mean()),
        right,
    )


def answers_of(graph: SpikingGraph, sent: Mapping[str, Tensor]) -> Tensor:
    """Return the index of the largest output summed over time, ``(B,)``; the first of several alike.

    Args:
        graph: the network.
        sent: of `neuroff.foreign.running.run`.
    """
    name = graph.outputs[0] if graph.outputs else graph.populations[-1]
    return torch.argmax(sent[name].sum(0).flatten(1), 1)
