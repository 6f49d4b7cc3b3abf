"""A network that others trained in fixed point: weights of few bits, potentials of 24, decays of 12.

Every population counts its potential in a unit of its own, from rest: rest is zero, and what neurons multiply
their input by goes into the weights before them, the largest of which takes the full range of bits. Weights
of other nodes before the same population have an exponent of two beside, where the target has one for each.
Means over windows become sums, whose share goes into the weights behind them. What cannot be is one message
that names the node.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

import torch
from torch import Tensor

from neuroff.chip.neurons import MAX_SPIKES, MAX_THRESHOLD
from neuroff.chip.numbers import ALIGN_BITS, DECAY_UNITY, require_between
from neuroff.chip.reach import MAX_REACH
from neuroff.chip.synapses import weight_range
from neuroff.errors import ExportError
from neuroff.foreign.fixed.integers import IntegerMembrane
from neuroff.foreign.fixed.reaching import population_reach
from neuroff.foreign.fixed.rounding import (
    integer_node,
    rounded,
    scaled_weight,
    stored,
    whole_bias,
    whole_firing,
)
from neuroff.foreign.fixed.shaping import read_out, require_spikes, weights_before, with_sums
from neuroff.foreign.fixed.terms import Terms, rest_of, terms_of
from neuroff.foreign.graph import SpikingGraph
from neuroff.foreign.nodes.pooling import Pool
from neuroff.foreign.nodes.population import Population
from neuroff.foreign.nodes.protocol import Node, Weighted

LEAST_EXPONENT = -8


@dataclass(frozen=True)
class Unit:
    """How one population counts.

    Attributes:
        unit: integers that one unit of the potential is.
        exponents: of the weights before it, by node.
        weights: stored integers by node, in the shape of the node's weight.
        halved: how often the unit was halved, so that potentials which nothing resets fit 24 bits.
        bounded: whether potentials fit whatever arrives.
    """

    unit: float
    exponents: Mapping[str, int]
    weights: Mapping[str, Tensor]
    halved: int = 0
    bounded: bool = True


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


def quantise(
    graph: SpikingGraph, bits: int = 8, *, exponents: bool = True, steps: int | None = None
) -> Quantised:
    """Return a graph in fixed point.

    Args:
        graph: of neurons that reset, between weights; inputs carry spikes.
        bits: of a weight, in [2, 8].
        exponents: whether weights may have an exponent; without it small ones beside large ones lose bits.
        steps: T of a presentation, in which potentials of neurons that do not fire must stay within 24 bits,
            whatever arrives; without it they must for ever, and where they cannot, a note says so.

    Raises:
        ExportError: naming the node that is not to be had in integers, and why.
    """
    require_between(bits, 2, 8, "bits", "quantise")
    nodes = with_sums(graph)
    units: dict[str, Unit] = {}
    for name in graph.populations:
        try:
            before = weights_before(graph, name)
            for key in before:
                require_spikes(graph, key)
                if any(key in unit.weights for unit in units.values()):
                    raise ExportError(
                        f"weights {key!r} that another population has too", expected="weights of its own"
                    )
            least = LEAST_EXPONENT if exponents else 0
            units[name] = _quantised(graph, nodes, name, before, bits, least, steps)
        except ExportError as error:
            where = error.where or f"node {name!r}"
            raise ExportError(error.what, where=where, expected=error.expected, fix=error.fix) from None
    loose = read_out(graph)
    for name in loose:
        nodes[name] = rounded(nodes[name], bits)
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
        tuple(_notes(graph, units, bits, steps)),
    )


def _quantised(
    graph: SpikingGraph,
    nodes: dict[str, Node],
    name: str,
    before: tuple[str, ...],
    bits: int,
    least: int,
    steps: int | None,
) -> Unit:
    """Replace a population and the weights before it; return how it counts."""
    node = nodes[name]
    assert isinstance(node, Population)
    if node.firing is not None and node.firing.most > MAX_SPIKES:
        raise ExportError(
            "several spikes in a step, as many as there are",
            expected=f"at most {MAX_SPIKES}",
            fix="port_graph bounds them",
        )
    terms = terms_of(node)
    scaled = {key: scaled_weight(nodes[key], terms.gain, key) for key in before}
    top = max((float(weight.abs().max()) for weight in scaled.values()), default=0.0)
    if not top > 0:
        raise ExportError("weights that are all zero", expected="a weight that is not")
    reached, unit = 0.0, weight_range(bits, "mixed")[1] * 2**ALIGN_BITS / top
    if terms.threshold is not None:  # the threshold has 17 bits
        reach = float(terms.threshold.max())
        if node.firing is not None and node.firing.reset == "subtract" and node.firing.taken is not None:
            reach = max(reach, float(node.firing.taken.max()))
        if reach * unit > MAX_THRESHOLD * 2**ALIGN_BITS:
            unit = MAX_THRESHOLD * 2**ALIGN_BITS / reach
    full = unit
    made = _at(nodes, name, node, terms, scaled, unit, bits, least)
    while node.firing is None:
        reached = population_reach(graph, made.nodes, name, before, steps)
        if reached <= MAX_REACH or math.isinf(reached):
            break
        unit /= 2
        made = _at(nodes, name, node, terms, scaled, unit, bits, least)
    nodes |= made.nodes
    return replace(made.unit, halved=round(math.log2(full / unit)), bounded=not math.isinf(reached))


@dataclass(frozen=True)
class _Made:
    """A population and the weights before it in integers, by name, and how it counts."""

    nodes: Mapping[str, Node]
    unit: Unit


def _at(
    nodes: Mapping[str, Node],
    name: str,
    node: Population,
    terms: Terms,
    scaled: Mapping[str, Tensor],
    unit: float,
    bits: int,
    least: int,
) -> _Made:
    """Return a population and the weights before it in integers; ``unit`` is what 1 of the potential is."""
    most = weight_range(bits, "mixed")[1]
    made: dict[str, Node] = {}
    exponents, integers = {}, {}
    biases = torch.zeros(node.inputs, dtype=torch.float64) if node.bias is None else node.bias * terms.gain
    for key, weight in scaled.items():
        whole = weight * unit / 2**ALIGN_BITS
        share = float(whole.abs().max()) / most
        exponent = max(least, min(0, math.ceil(math.log2(share) - 1e-9))) if share > 0 else 0
        integers[key] = stored(whole / 2.0**exponent, bits)
        exponents[key] = exponent
        made[key], own = integer_node(nodes[key], integers[key], exponent)
        biases = biases + (0.0 if own is None else own.reshape(node.inputs) * terms.gain)
    if terms.current_decay is not None:  # what a bias that passes the current comes to
        biases = biases * DECAY_UNITY / terms.current_decay
    membrane = IntegerMembrane(
        terms.voltage_decay,
        terms.current_decay,
        whole_bias(biases * unit),
        unit,
        terms.rest.expand(node.inputs),
    )
    made[name] = IntegerPopulation(node.inputs, membrane, whole_firing(node.firing, terms, unit))
    return _Made(made, Unit(unit, MappingProxyType(exponents), MappingProxyType(integers)))


def _read_out(name: str, unit: Unit, steps: int | None) -> str:
    if not unit.bounded:
        return f"{name}: nothing bounds its potentials, which saturate at 24 bits after enough steps"
    told = f"{name}: potentials are read; {unit.unit:.6g} in the file is 1, counted from rest"
    told += "; 24 bits hold them whatever arrives"
    told += "" if steps is None else f" in {steps} steps"
    if unit.halved and not any(unit.exponents.values()):
        told += f"; for that its weights have {unit.halved} bits less, which this target has no exponent for"
    return told


def _notes(graph: SpikingGraph, units: Mapping[str, Unit], bits: int, steps: int | None) -> list[str]:
    found = [f"weights of {bits} bits, potentials of 24, decays of 12"]
    for name in graph.populations:
        node = graph.nodes[name]
        assert isinstance(node, Population)
        if node.firing is None:
            found.append(_read_out(name, units[name], steps))
        if node.firing is not None and node.firing.reset == "subtract":
            found.append(
                f"{name}: reset by subtraction, which Loihi 2's neurons may be programmed to do, and "
                "Loihi 1's cannot (--chip-reset rest)"
            )
        if node.sends_counts:
            found.append(f"{name}: several spikes in a step leave as one graded spike of 8 bits")
        if node.floor is not None:
            found.append(f"{name}: the least potential that it keeps is left out, which chips have not")
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
