"""What a spike does on the chip: neurons that reset to rest, or neurons that subtract.

Neurons of Loihi 1 reset to rest, and what they held above their threshold is lost. A lower threshold makes up
for it: for each population in turn the share of its own threshold is chosen with which its neurons fire as
often as they did, on the data at hand. Programmable neurons (Loihi 2) and software subtract as well as the
network does:

* A reset that takes θ off one step later, on what has decayed to a share β by then, takes θ/β off at once:
  β (v − θ/β) + x = β v + x − θ.
* A neuron that fires several times in a step sends one graded spike of 8 bits.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Final

import torch
from torch import Tensor

from neuroff.chip.neurons import MAX_SPIKES
from neuroff.choices import ChipReset as ChipReset
from neuroff.errors import ExportError
from neuroff.foreign.fixed.terms import rest_of
from neuroff.foreign.graph import SpikingGraph
from neuroff.foreign.nodes.firing import Firing
from neuroff.foreign.nodes.membranes import CurrentBased, Leaky
from neuroff.foreign.nodes.population import Population
from neuroff.foreign.running import run

SHARES: Final = tuple(round(1.0 - 0.05 * step, 2) for step in range(14))
"""Of a threshold, from 1 down to 0.35."""


@dataclass(frozen=True)
class Reset:
    """A graph whose neurons reset as a chip's do.

    Attributes:
        graph: the graph.
        shares: of its own threshold, by population that was made to reset to rest.
    """

    graph: SpikingGraph
    shares: Mapping[str, float]


def with_chip_reset(graph: SpikingGraph, values: Mapping[str, Tensor], to: ChipReset) -> Reset:
    """Return a graph whose neurons reset as a chip's do, and fire about as often.

    Args:
        graph: the network.
        values: of its inputs, on which thresholds are chosen, ``(T, B, *shape)``.
        to: what the chip's neurons can do: reset to rest alone, or subtract too.
    """
    right: Mapping[str, Tensor] = {}
    shares: dict[str, float] = {}
    for name in graph.populations:
        node = graph.nodes[name]
        if not isinstance(node, Population) or node.firing is None:
            continue
        try:
            rests = _resets_to_rest(node)
        except ExportError as error:
            where = f"node {name!r}"
            raise ExportError(error.what, where=where, expected=error.expected, fix=error.fix) from None
        if rests:
            continue
        subtracting = _subtracting(node) if to == "subtract" else None
        if subtracting is not None:
            graph = _with(graph, name, subtracting)
            continue
        right = right or run(graph, values)
        wanted = right[name].sum(0)  # (B, *neurons)
        tried = {share: _with(graph, name, _resting(node, share)) for share in SHARES}
        apart = {
            share: float((run(each, values)[name].sum(0) - wanted).abs().sum())
            for share, each in tried.items()
        }
        shares[name] = min(SHARES, key=lambda share: (apart[share], -share))
        graph = tried[shares[name]]
    return Reset(graph, MappingProxyType(shares))


def _resets_to_rest(node: Population) -> bool:
    firing, rest = node.firing, rest_of(node)
    return (
        firing is not None
        and firing.reset == "value"
        and not firing.late
        and not node.sends_counts
        and bool((firing.value == rest).all())
    )


def _subtracting(node: Population) -> Firing | None:
    """Return a reset by subtraction that acts at once; None where there is none that does the same."""
    firing = node.firing
    if firing is None or firing.reset != "subtract":
        return None
    taken = firing.threshold if firing.taken is None else firing.taken
    if firing.late:
        kept = _kept(node)
        if bool((kept <= 0).any()):
            return None
        taken = taken / kept
    return replace(firing, late=False, taken=taken, most=min(firing.most, float(MAX_SPIKES)))


def _kept(node: Population) -> Tensor:
    """Return the share β of a potential that a step leaves."""
    membrane = node.membrane
    if isinstance(membrane, CurrentBased):
        membrane = membrane.potential
    rate = membrane.rate if isinstance(membrane, Leaky) else torch.zeros(node.inputs).double()
    return 1.0 - rate


def _resting(node: Population, share: float) -> Firing:
    """Return a reset to rest, with a share of the threshold."""
    assert node.firing is not None
    rest = rest_of(node)
    threshold = rest + share * (node.firing.threshold - rest)
    value = torch.zeros_like(threshold) + rest
    return replace(node.firing, threshold=threshold, value=value, reset="value", late=False, most=1.0)


def _with(graph: SpikingGraph, name: str, firing: Firing) -> SpikingGraph:
    node = graph.nodes[name]
    assert isinstance(node, Population)
    return replace(graph, nodes=MappingProxyType({**graph.nodes, name: replace(node, firing=firing)}))
