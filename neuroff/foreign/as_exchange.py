"""A network that others trained as the graph that every exporter reads: from one simulator to the next.

Layers of neurons, weights before each, which are unrolled to one matrix, and delays between them; edges may
lead back. Potentials are counted from rest, but for those that leave neurons which do not fire. What neurons
multiply their input by, and biases of their own, go into the weights and biases before them, so that the
neurons that are left are those of `neuroff.exchange.graph.neurons`. What those are not is one message.
"""

from __future__ import annotations

import keyword
import re
from collections.abc import Callable, Mapping
from functools import partial
from typing import Final, TypeVar

import numpy as np
import torch
from torch import Tensor

from neuroff.chip.checks import FloatArray
from neuroff.core.signal import Signal
from neuroff.errors import ExportError
from neuroff.exchange.graph.graph import Graph, Node
from neuroff.exchange.graph.neurons import (
    CubaLIFNode,
    CubaLINode,
    IFNode,
    INode,
    LIFNode,
    LINode,
    Neurons,
    Reset,
    Silent,
)
from neuroff.exchange.graph.nodes import AffineNode, DelayNode, InputNode, OutputNode
from neuroff.exchange.graph.reference import run as run_reference
from neuroff.foreign.fixed.shaping import weights_before
from neuroff.foreign.fixed.terms import terms_of
from neuroff.foreign.graph import SpikingGraph
from neuroff.foreign.nodes.delay import Delay
from neuroff.foreign.nodes.membranes import CurrentBased, Integrating, Leaky, Membrane
from neuroff.foreign.nodes.passing import Input, Output
from neuroff.foreign.nodes.population import Population
from neuroff.foreign.nodes.protocol import size
from neuroff.foreign.nodes.weights import Matrix
from neuroff.foreign.running import run
from neuroff.foreign.unrolling import unrolled

POTENTIALS_APART: Final = 1e-9
"""Of the largest potential."""

_Found = TypeVar("_Found")


def exchange_graph(graph: SpikingGraph, steps: int) -> Graph:
    """Return the same network as a graph of neuroff's own.

    Args:
        graph: the network.
        steps: T of a presentation.

    Raises:
        ExportError: naming the node that such a graph has not.
    """
    names = _names(graph)
    graph = unrolled(graph)
    gains: dict[str, Tensor] = {}
    biases: dict[str, Tensor] = {}
    for name in graph.populations:
        population = _population(graph, name)
        for key in _located(name, partial(weights_before, graph, name)):
            if key in gains:
                raise _refused(key, "weights that two populations share", "weights of its own for each")
            gains[key] = _located(name, partial(terms_of, population)).gain
        ahead = [key for key in graph.sources(name) if key in gains and (key, name) not in graph.recurrent]
        if population.bias is not None:
            if not ahead:
                raise _refused(name, "a bias of its own", "a bias of the weights before it")
            biases[ahead[0]] = population.bias.reshape(-1)
    made: dict[str, Node] = {}
    for name, node in graph.nodes.items():
        made[names[name]] = _node(graph, name, gains.get(name), biases.get(name))
        if isinstance(node, Output) and not graph.sources(name):
            raise _refused(name, "an end that nothing reaches", "an edge into it")
    for source, target in sorted(graph.recurrent):
        if source in graph.reached_without(target):
            raise _refused(
                source,
                f"an edge to {target!r}, which a loop has that can be entered elsewhere too",
                "one way into a loop: which edge leads back is not in a file, it follows from there",
            )
    recurrent = frozenset((names[a], names[b]) for a, b in graph.recurrent)
    edges = tuple((names[a], names[b]) for a, b in graph.edges)
    return Graph(made, edges, steps, float(graph.dt_ms), "float64", recurrent=recurrent)


def runs_alike(graph: SpikingGraph, found: Graph, values: Mapping[str, Tensor]) -> bool:
    """Whether both give the same spikes, every neuron at every step, and the same potentials.

    Potentials of neurons that do not fire may differ in the last digits of float64, as sums in another order
    do: by 10⁻⁹ of the largest.

    Args:
        graph: the network.
        found: made of it.
        values: of its input, ``(T, B, *shape)``.
    """
    (spikes,) = values.values()
    own, other = run(graph, values), run_reference(found, Signal(spikes.flatten(2)))
    names = _names(graph)
    for name in graph.populations:
        one, two = own[name].flatten(2), other[names[name]].double()
        fires = _population(graph, name).firing is not None
        apart = 0.0 if fires else POTENTIALS_APART * float(one.abs().max())
        if not bool(((one - two).abs() <= apart).all()):
            return False
    return True


def _node(graph: SpikingGraph, name: str, gain: Tensor | None, more: Tensor | None) -> Node:
    node = graph.nodes[name]
    if isinstance(node, Input):
        return InputNode(size(node.outputs))
    if isinstance(node, Output):
        return OutputNode(size(node.inputs))
    if isinstance(node, Delay):
        return DelayNode(node.steps.reshape(-1).numpy())
    if isinstance(node, Matrix):
        if gain is None:
            raise _refused(name, "weights that no neuron follows", "neurons behind all weights")
        bias = torch.zeros(node.weight.shape[0]).double() if node.bias is None else node.bias
        bias = bias if more is None else bias + more
        flat = gain.reshape(-1)
        return AffineNode((node.weight * flat[:, None]).numpy(), (bias * flat).numpy())
    if isinstance(node, Population):
        return _neurons(node, name)
    raise _refused(name, f"a node of type {graph.kinds[name]}", "matrices, delays and neurons")


def _neurons(node: Population, name: str) -> Neurons | Silent:
    firing, membrane = node.firing, node.membrane
    terms = _located(name, partial(terms_of, node))
    if firing is None:
        return _silent(membrane, _flat(terms.rest.expand(node.inputs)))
    if firing.reset == "none" or firing.late:
        raise _refused(
            name,
            "a reset that acts a step later, or none",
            "a reset in the step of the spike",
            "--to loihi and --to c take a subtraction a step later; a file trained with a reset to zero is "
            "read with --reset value",
        )
    if node.sends_counts or firing.taken is not None or node.floor is not None:
        raise _refused(
            name,
            "several spikes in a step, a subtraction other than of θ, or a least potential",
            "one spike in a step, which takes θ off",
            "--spikes-per-step one, if it was trained so",
        )
    threshold = _flat(firing.threshold - terms.rest)
    reset: Reset = "zero" if firing.reset == "value" else "subtract"
    value = None
    if firing.reset == "value" and bool((firing.value != terms.rest).any()):
        reset, value = "value", _flat((firing.value - terms.rest).expand(node.inputs))
    if isinstance(membrane, Integrating):
        return IFNode(threshold, reset, firing.fires, value=value)
    if isinstance(membrane, Leaky):
        return LIFNode(threshold, reset, firing.fires, value=value, beta=_flat(1.0 - membrane.rate))
    assert isinstance(membrane, CurrentBased)
    kept, beta = _flat(1.0 - membrane.rate_syn), _flat(1.0 - membrane.potential.rate)
    return CubaLIFNode(threshold, reset, firing.fires, value=value, alpha=kept, beta=beta)


def _silent(membrane: Membrane | None, rest: FloatArray) -> Silent:
    if isinstance(membrane, Integrating):
        return INode(rest)
    if isinstance(membrane, Leaky):
        return LINode(rest, beta=_flat(1.0 - membrane.rate))
    assert isinstance(membrane, CurrentBased)
    return CubaLINode(rest, alpha=_flat(1.0 - membrane.rate_syn), beta=_flat(1.0 - membrane.potential.rate))


def _names(graph: SpikingGraph) -> dict[str, str]:
    """Return names that every format takes, one for each node."""
    found: dict[str, str] = {}
    for name in graph.nodes:
        cleaned = re.sub(r"[^A-Za-z0-9_]", "_", name)[:50]
        cleaned = cleaned if cleaned[:1].isalpha() else f"n{cleaned}"
        while cleaned in found.values() or keyword.iskeyword(cleaned):
            cleaned += "_"
        found[name] = cleaned
    return found


def _population(graph: SpikingGraph, name: str) -> Population:
    node = graph.nodes[name]
    assert isinstance(node, Population)
    return node


def _flat(values: Tensor) -> FloatArray:
    return np.ascontiguousarray(values.reshape(-1).numpy(), dtype=np.float64)


def _located(name: str, make: Callable[[], _Found]) -> _Found:
    """Return what is made, its errors with the node that they are of."""
    try:
        return make()
    except ExportError as error:
        where = error.where or f"node {name!r}"
        raise ExportError(error.what, where=where, expected=error.expected, fix=error.fix) from None


def _refused(name: str, what: str, expected: str, fix: str = "") -> ExportError:
    return ExportError(what, where=f"node {name!r}", expected=expected, fix=fix)
