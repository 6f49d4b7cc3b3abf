"""A folded graph as a network, the other way round: an oracle for what a graph computes."""

from __future__ import annotations

import itertools

import torch

from neuroff.core.asking import LabelAsking
from neuroff.core.goodness import Goodness
from neuroff.core.layer import Layer
from neuroff.core.network import Network
from neuroff.core.neurons import LIF
from neuroff.core.synapses import Dense
from neuroff.errors import ExportError
from neuroff.exchange.graph.graph import Graph
from neuroff.exchange.graph.neurons import Neurons
from neuroff.exchange.graph.nodes import AffineNode


def to_network(graph: Graph, goodness: Goodness, *, trace_decay: float = 1.0) -> Network:
    """Return a network that computes what a folded graph computes.

    Args:
        graph: ``input → affine → neurons → affine → … → output``, in every population one set of numbers.
        goodness: of every layer; a graph holds no goodness.
        trace_decay: λ of the activity that goodness is read from.

    Raises:
        ExportError: naming the node that a network does not have.
    """
    affine, neurons = _layers(graph)
    populations = [_population(name, node, graph.steps, trace_decay) for name, node in neurons]
    layers = tuple(
        Layer(
            Dense(torch.from_numpy(node.weight.copy()), torch.from_numpy(node.bias.copy())), torch.zeros(())
        )
        for node in affine
    )
    return Network(
        layers=layers,
        population=populations[0],
        goodness=goodness,
        asking=LabelAsking(graph.label_axons),
        precision=getattr(torch, graph.numeric),
        populations=dict(enumerate(populations)),
        gain="constant",
        trace_decay=trace_decay,
    )


def _layers(graph: Graph) -> tuple[list[AffineNode], list[tuple[str, Neurons]]]:
    """Return the weights and the named populations of a chain of layers."""
    if sorted(graph.edges) != sorted(itertools.pairwise(graph.nodes)):
        raise ExportError("branches", where="to_network", expected="a chain of layers")
    if graph.input.host_gain:
        raise ExportError(
            "a gain per sample from the host", where="the input", expected="none", fix="fold the gains first"
        )
    affine: list[AffineNode] = []
    neurons: list[tuple[str, Neurons]] = []
    for position, (name, node) in enumerate(list(graph.nodes.items())[1:-1]):
        if position % 2 == 0 and isinstance(node, AffineNode):
            affine.append(node)
        elif position % 2 == 1 and isinstance(node, Neurons):
            neurons.append((name, node))
        else:
            raise ExportError(
                f"a {type(node).__name__}",
                where=f"node {name!r}",
                expected="weights and neurons in turn",
                fix="fold gains and scales first; a network has no delays",
            )
    if not affine or len(affine) != len(neurons):
        raise ExportError("no neurons at the end", where="to_network", expected="neurons in every layer")
    return affine, neurons


def _population(name: str, node: Neurons, steps: int, trace_decay: float) -> LIF:
    fields = ("threshold", "alpha", "beta")
    numbers = {field: getattr(node, field) for field in fields if hasattr(node, field)}
    differing = [field for field, values in numbers.items() if (values != values[0]).any()]
    assert node.reset != "value"
    if differing or node.fires != "reached":
        raise ExportError(
            f"{differing[0]} that differs between neurons"
            if differing
            else "firing above the threshold only",
            where=f"node {name!r}",
            expected="one number for all neurons of a layer, and firing at the threshold",
        )
    return LIF(
        steps=steps,
        beta=float(numbers["beta"][0]) if "beta" in numbers else 1.0,
        threshold=float(numbers["threshold"][0]),
        reset=node.reset,
        alpha=float(numbers["alpha"][0]) if "alpha" in numbers else 0.0,
        refractory=node.refractory,
        trace_decay=trace_decay,
    )
