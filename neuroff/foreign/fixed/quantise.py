"""A network that others trained in fixed point: weights of few bits, potentials of 24, decays of 12.

Every population counts its potential in a unit of its own, from rest: rest is zero, and what neurons multiply
their input by goes into the weights before them, the largest of which takes the full range of bits. Weights
of other nodes before the same population have an exponent of two beside. Means over windows become sums,
whose share goes into the weights behind them. What cannot be is one message that names the node.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

import torch
from torch import Tensor

from neuroff.chip.neurons import MAX_BIAS_EXPONENT, MAX_BIAS_MANTISSA, MAX_DECAY, MAX_THRESHOLD
from neuroff.chip.numbers import ALIGN_BITS, DECAY_UNITY, require_between
from neuroff.chip.synapses import stored, weight_range, weight_step
from neuroff.errors import ExportError
from neuroff.foreign.fixed.integers import IntegerMembrane
from neuroff.foreign.graph import SpikingGraph
from neuroff.foreign.nodes.convolution import Convolution
from neuroff.foreign.nodes.membranes import CurrentBased, Integrating, Leaky
from neuroff.foreign.nodes.passing import End
from neuroff.foreign.nodes.pooling import Pool
from neuroff.foreign.nodes.population import Firing, Population
from neuroff.foreign.nodes.protocol import Node, Weighted
from neuroff.foreign.nodes.weights import Matrix, Scale

LEAST_EXPONENT = -8


@dataclass(frozen=True)
class Unit:
    """How one population counts.

    Attributes:
        unit: integers that one unit of the potential is.
        exponents: of the weights before it, by node.
        weights: stored integers by node, in the shape of the node's weight.
    """

    unit: float
    exponents: Mapping[str, int]
    weights: Mapping[str, Tensor]


@dataclass(frozen=True)
class Quantised:
    """A graph in fixed point.

    Attributes:
        graph: its neurons compute with integers; read-outs are given in the units of the original.
        bits: of a weight.
        units: by population.
        notes: what was changed, in words.
    """

    graph: SpikingGraph
    bits: int
    units: Mapping[str, Unit]
    notes: tuple[str, ...]


@dataclass(frozen=True)
class IntegerPopulation(Population):
    """Neurons of integers; those that do not fire send their potential in its first unit."""

    def step(self, arriving: Tensor, state: tuple[Tensor, ...]) -> tuple[Tensor, tuple[Tensor, ...]]:
        """Return spikes, or potentials."""
        sent, state = super().step(arriving, state)
        if self.firing is None and isinstance(self.membrane, IntegerMembrane):
            return self.membrane.value(sent), state
        return sent, state


def quantise(graph: SpikingGraph, bits: int = 8) -> Quantised:
    """Return a graph in fixed point.

    Args:
        graph: of neurons that reset, between weights; inputs carry spikes.
        bits: of a weight, in [2, 8].

    Raises:
        ExportError: naming the node that is not to be had in integers, and why.
    """
    require_between(bits, 2, 8, "bits", "quantise")
    nodes = _with_sums(graph)
    units: dict[str, Unit] = {}
    for name in graph.populations:
        try:
            before = _weights_before(graph, name)
            for key in before:
                _require_spikes(graph, key)
                if any(key in unit.weights for unit in units.values()):
                    raise ExportError(
                        f"weights {key!r} that another population has too", expected="weights of its own"
                    )
            units[name] = _quantised(nodes, name, before, bits)
        except ExportError as error:
            where = error.where or f"node {name!r}"
            raise ExportError(error.what, where=where, expected=error.expected, fix=error.fix) from None
    loose = _read_out(graph, units)
    for name in loose:
        nodes[name] = _rounded(nodes[name], bits)
    left = [
        name
        for name, node in graph.nodes.items()
        if isinstance(node, Weighted)
        and name not in loose
        and not any(name in unit.weights for unit in units.values())
    ]
    if left:
        raise ExportError(
            "weights whose sums reach other weights",
            where=f"node {left[0]!r}",
            expected="neurons between weights",
            fix="multiply the two into one",
        )
    return Quantised(
        replace(graph, nodes=MappingProxyType(nodes)),
        bits,
        MappingProxyType(units),
        tuple(_notes(graph, units, bits)),
    )


def _with_sums(graph: SpikingGraph) -> dict[str, Node]:
    """Return the nodes with sums for means over windows, their share in the weights behind them.

    Raises:
        ExportError: if a mean reaches anything but weights, or weights that other values reach too.
    """
    nodes = dict(graph.nodes)
    for name, node in graph.nodes.items():
        if not isinstance(node, Pool) or node.factor == 1.0:
            continue
        nodes[name] = replace(node, factor=1.0)
        for target in _following(graph, name):
            after = nodes[target]
            if not isinstance(after, Matrix | Convolution) or len(tuple(_upstream(graph, target))) > 1:
                raise ExportError(
                    f"a mean over windows that reaches {target!r}",
                    where=f"node {name!r}",
                    expected="weights behind it that nothing else reaches",
                )
            nodes[target] = replace(after, weight=after.weight * node.factor)
    return nodes


def _following(graph: SpikingGraph, name: str) -> list[str]:
    """Return the nodes that a node's values reach through nodes that only move them."""
    found, waiting = [], [b for a, b in graph.edges if a == name]
    while waiting:
        here = waiting.pop()
        if isinstance(graph.nodes[here], Population | Weighted | Pool):
            found.append(here)
        else:
            waiting += [b for a, b in graph.edges if a == here]
    return found


def _upstream(graph: SpikingGraph, name: str) -> set[str]:
    """Return the nodes whose values reach a node through nodes that only move them."""
    found, waiting, seen = set[str](), list(graph.sources(name)), set[str]()
    while waiting:
        here = waiting.pop()
        if here in seen:
            continue
        seen.add(here)
        if isinstance(graph.nodes[here], Population | Weighted | Pool) or not graph.sources(here):
            found.add(here)
        else:
            waiting += graph.sources(here)
    return found


def _require_spikes(graph: SpikingGraph, name: str) -> None:
    """Refuse weights that meet anything but spikes, or sums of them.

    Raises:
        ExportError: naming what does not fire.
    """
    for source in _upstream(graph, name):
        node = graph.nodes[source]
        if isinstance(node, Population) and node.firing is None:
            raise ExportError(
                f"potentials of {source!r}, which does not fire",
                where=f"node {name!r}",
                expected="spikes before weights",
            )
        if isinstance(node, Pool):
            _require_spikes(graph, source)


def _weights_before(graph: SpikingGraph, name: str) -> tuple[str, ...]:
    """Return the weights before a population, through nodes that only move values.

    Raises:
        ExportError: if anything else reaches it.
    """
    found = []
    for here in _upstream(graph, name):
        if not isinstance(graph.nodes[here], Weighted):
            raise ExportError(
                f"{graph.kinds[here]} {here!r} before it without weights",
                expected="weights before every population",
            )
        found.append(here)
    return tuple(name for name in graph.nodes if name in found)


def _read_out(graph: SpikingGraph, units: Mapping[str, Unit]) -> tuple[str, ...]:
    """Return weights whose sums are read: nothing but ends follow them."""
    found = []
    for name, node in graph.nodes.items():
        targets = [b for a, b in graph.edges if a == name]
        ends = bool(targets) and all(isinstance(graph.nodes[target], End) for target in targets)
        if isinstance(node, Weighted) and (ends or not targets):
            found.append(name)
    return tuple(found)


def _quantised(nodes: dict[str, Node], name: str, before: tuple[str, ...], bits: int) -> Unit:
    """Replace a population and the weights before it; return how it counts."""
    node = nodes[name]
    assert isinstance(node, Population)
    terms = _terms(node)
    scaled = {key: _scaled_weight(nodes[key], terms.gain, key) for key in before}
    largest = {key: float(weight.abs().max()) for key, weight in scaled.items()}
    top = max(largest.values(), default=0.0)
    if not top > 0:
        raise ExportError("weights that are all zero", expected="a weight that is not")
    most = weight_range(bits, "mixed")[1]
    unit = most * 2**ALIGN_BITS / top
    if terms.threshold is not None:  # the threshold has 17 bits
        reach = float(terms.threshold.max())
        if reach * unit > MAX_THRESHOLD * 2**ALIGN_BITS:
            unit = MAX_THRESHOLD * 2**ALIGN_BITS / reach
    exponents, integers = {}, {}
    biases = torch.zeros(node.inputs, dtype=torch.float64) if node.bias is None else node.bias * terms.gain
    for key, weight in scaled.items():
        whole = weight * unit / 2**ALIGN_BITS
        share = largest[key] * unit / 2**ALIGN_BITS / most
        exponent = max(LEAST_EXPONENT, min(0, math.ceil(math.log2(share) - 1e-9))) if share > 0 else 0
        integers[key] = _stored(whole / 2.0**exponent, bits)
        exponents[key] = exponent
        nodes[key], bias = _integer_node(nodes[key], integers[key] * 2.0 ** (ALIGN_BITS + exponent))
        biases = biases + (0.0 if bias is None else bias * terms.gain)
    if terms.current_decay is not None:  # what a bias that passes the current comes to
        biases = biases * DECAY_UNITY / terms.current_decay
    membrane = IntegerMembrane(
        terms.voltage_decay, terms.current_decay, _bias(biases * unit), unit, terms.rest.expand(node.inputs)
    )
    nodes[name] = IntegerPopulation(node.inputs, membrane, _firing(node.firing, terms, unit))
    return Unit(unit, MappingProxyType(exponents), MappingProxyType(integers))


@dataclass(frozen=True)
class _Terms:
    """A population's numbers, counted from rest; in the shape of the neurons.

    Attributes:
        gain: what arrives is multiplied by.
        voltage_decay: δ_v.
        current_decay: δ_u + 1; None without a current.
        rest: the potential that is zero.
        threshold: θ less rest; None where neurons do not fire.
    """

    gain: Tensor
    voltage_decay: Tensor
    current_decay: Tensor | None
    rest: Tensor
    threshold: Tensor | None


def _terms(node: Population) -> _Terms:
    membrane, shape = node.membrane, node.inputs
    current = None
    if isinstance(membrane, Integrating):
        gain = torch.ones_like(membrane.gain) if membrane.whole else membrane.gain
        decay, rest = torch.zeros(shape).double(), membrane.first
    elif isinstance(membrane, Leaky):
        gain, decay, rest = membrane.rate * membrane.r, _parts(membrane.rate), membrane.leak
    elif isinstance(membrane, CurrentBased):
        potential = membrane.potential
        own = torch.ones_like(membrane.w_in) if membrane.whole else membrane.rate_syn * membrane.w_in
        gain, decay, rest = own * potential.rate * potential.r, _parts(potential.rate), potential.leak
        current = _parts(membrane.rate_syn, most=DECAY_UNITY)
    else:
        raise ExportError("neurons without a potential", expected="IF, LIF, CubaLIF, I, LI or CubaLI")
    if not node.rest:
        rest = torch.zeros(shape).double()
    threshold = None if node.firing is None else node.firing.threshold - rest
    if threshold is not None and float(threshold.min()) < 0:
        raise ExportError("a threshold below rest", expected="neurons that are silent without input")
    return _Terms(gain.expand(shape), decay.expand(shape), current, rest, threshold)


def _parts(rate: Tensor, most: int = MAX_DECAY) -> Tensor:
    return torch.round(rate * DECAY_UNITY).clamp(0, most)


def _scaled_weight(node: Node, gain: Tensor, name: str) -> Tensor:
    """Return a node's weights times what neurons multiply their input by."""
    if isinstance(node, Matrix):
        return node.weight * gain.reshape(-1)[:, None]
    if isinstance(node, Scale):
        return node.scale * gain
    if isinstance(node, Convolution):
        channels = gain.reshape(node.outputs).flatten(1)
        if not bool((channels == channels[:, :1]).all()):
            raise ExportError(
                "neurons of one channel that differ in r or τ",
                where=f"node {name!r}",
                expected="one gain a channel: its weights are shared",
            )
        return node.weight * channels[:, 0].reshape(-1, *[1] * (node.weight.ndim - 1))
    raise ExportError(
        f"weights of {type(node).__name__}", where=f"node {name!r}", expected="a matrix or kernel"
    )


def _stored(whole: Tensor, bits: int) -> Tensor:
    """Return the nearest weights that the chip stores, whole numbers as float64."""
    step = weight_step(bits, "mixed")
    low, high = weight_range(bits, "mixed")
    nearest = (torch.round(whole / step) * step).clamp(low, high)
    return stored(nearest.to(torch.int32), bits, "mixed").double()


def _integer_node(node: Node, weight: Tensor) -> tuple[Node, Tensor | None]:
    """Return a node with other weights and no bias, and the bias that it had, in the shape of its output."""
    if isinstance(node, Matrix):
        return replace(node, weight=weight, bias=None), node.bias
    if isinstance(node, Scale):
        return replace(node, scale=weight), None
    assert isinstance(node, Convolution)
    bias = (
        None
        if node.bias is None
        else node.bias.reshape(-1, *[1] * (len(node.outputs) - 1)).expand(node.outputs)
    )
    return replace(node, weight=weight, bias=None), bias


def _bias(values: Tensor) -> Tensor:
    """Return the nearest biases that a mantissa of 13 bits and an exponent of 3 make."""
    found = torch.round(values)
    for exponent in range(1, MAX_BIAS_EXPONENT + 1):
        coarse = torch.round(values / 2**exponent) * 2**exponent
        found = torch.where(found.abs() > MAX_BIAS_MANTISSA * 2 ** (exponent - 1), coarse, found)
    most = MAX_BIAS_MANTISSA * 2**MAX_BIAS_EXPONENT
    return found.clamp(-most, most)


def _firing(firing: Firing | None, terms: _Terms, unit: float) -> Firing | None:
    """Return when neurons fire in integers: above a threshold whose last six bits are zero."""
    if firing is None or terms.threshold is None:
        return None
    exact = terms.threshold * unit / 2**ALIGN_BITS
    mantissa = torch.floor(exact) if firing.fires == "exceeded" else torch.ceil(exact) - 1
    mantissa = mantissa.clamp(0, MAX_THRESHOLD)
    threshold = mantissa * 2**ALIGN_BITS
    value = torch.round((firing.value - terms.rest) * unit)
    return Firing(threshold, value.expand(threshold.shape), firing.reset, firing.late, "exceeded")


def _rounded(node: Node, bits: int) -> Node:
    """Return weights that are read out, rounded, in their own unit."""
    assert isinstance(node, Matrix | Convolution | Scale)
    weight = node.scale if isinstance(node, Scale) else node.weight
    top = float(weight.abs().max())
    if not top > 0:
        return node
    unit = weight_range(bits, "mixed")[1] / top
    rounded = _stored(weight * unit, bits) / unit
    return replace(node, scale=rounded) if isinstance(node, Scale) else replace(node, weight=rounded)


def _notes(graph: SpikingGraph, units: Mapping[str, Unit], bits: int) -> list[str]:
    found = [f"weights of {bits} bits, potentials of 24, decays of 12"]
    for name in graph.populations:
        node = graph.nodes[name]
        assert isinstance(node, Population)
        if node.firing is not None and node.firing.reset == "subtract":
            found.append(f"{name}: reset by subtraction, which a chip needs programmable neurons for")
        if (
            node.firing is not None
            and node.firing.reset == "value"
            and bool((node.firing.value != rest_of(node)).any())
        ):
            found.append(
                f"{name}: reset to a value other than rest, which a chip needs programmable neurons for"
            )
        low = [key for key, exponent in units[name].exponents.items() if exponent == LEAST_EXPONENT]
        found += [f"{key}: weights so small that they lose bits" for key in low]
    pooled = [name for name, node in graph.nodes.items() if isinstance(node, Pool)]
    found += [f"{name}: sums of spikes arrive as graded spikes" for name in pooled]
    return found


def rest_of(node: Population) -> Tensor:
    """Return the potential that a population rests at, in the shape of its neurons.

    Raises:
        ExportError: if its neurons have no potential.
    """
    return _terms(node).rest
