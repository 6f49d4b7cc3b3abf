"""The energy report of a network that others trained: run on recorded values, counted, placed and priced."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from neuroff.energy.pricing.account import Counted
from neuroff.foreign.counting import GraphActivity, count_graph
from neuroff.foreign.differing import UnderConvention, under_each
from neuroff.foreign.graph import SpikingGraph
from neuroff.foreign.nodes.passing import Input
from neuroff.foreign.nodes.pooling import Pool
from neuroff.foreign.nodes.population import Population
from neuroff.foreign.rates import expected_activity
from neuroff.foreign.spikes import Values, values_for
from neuroff.foreign.work import work_of
from neuroff.report.grid import Grid
from neuroff.report.printed import MISSING, amount, fixed, percent
from neuroff.results.energy import CountedNode


@dataclass(frozen=True)
class GraphFacts:
    """What a report says of a network that others trained.

    Attributes:
        dt_ms: duration of a step.
        steps: of a presentation.
        written_by: whose convention its neurons are stepped by; None where nobody said it.
        nodes: by name, in the order of computation.
        conventions: what it does under each; empty where the convention is known.
        notes: on how its file was read.
    """

    dt_ms: float
    steps: int
    written_by: str | None
    nodes: Mapping[str, CountedNode]
    conventions: tuple[UnderConvention, ...]
    notes: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return plain data."""
        told = {
            each.writer: {"spikes": each.spikes, "synaptic_operations": each.synaptic_operations}
            for each in self.conventions
        }
        return {
            "dt_ms": self.dt_ms,
            "steps": self.steps,
            "written_by": self.written_by,
            "nodes": {name: node.to_json() for name, node in self.nodes.items()},
            "conventions": told or None,
            "notes": list(self.notes),
        }


@dataclass(frozen=True)
class GraphWork:
    """A counted graph, ready to be priced.

    Attributes:
        counted: its work.
        facts: what is said of it beside its energy.
        samples: how many were counted; none where rates were given.
        firing_rate: of each population that fires.
    """

    counted: Counted
    facts: GraphFacts
    samples: int
    firing_rate: tuple[float, ...]


def count_work(graph: SpikingGraph, data: Values, where: str, weight_bit: int | None) -> GraphWork:
    """Run a graph on all samples and return what it did.

    Args:
        graph: the network.
        data: of its inputs.
        where: the data are from, for messages.
        weight_bit: bits of a stored weight; 8, or what a device has if that is less, without it.

    Raises:
        DataError: if the data do not fit the graph.
    """
    values = values_for(graph, data, where)
    conventions = under_each(graph, values) if graph.written_by is None else ()
    return _worked(count_graph(graph, values), conventions, weight_bit)


def expected_work(
    graph: SpikingGraph, rates: Mapping[str, float] | float, steps: int, weight_bit: int | None
) -> GraphWork:
    """Return what a graph would do at given firing rates; see `neuroff.foreign.rates`.

    Args:
        graph: the network.
        rates: by the names of inputs and populations, or one for all.
        steps: T.
        weight_bit: as for `count_work`.

    Raises:
        ConfigError: if a rate is missing or none.
    """
    return replace(_worked(expected_activity(graph, rates, steps), (), weight_bit), samples=0)


def _worked(
    activity: GraphActivity, conventions: tuple[UnderConvention, ...], weight_bit: int | None
) -> GraphWork:
    graph = activity.graph
    nodes = {name: _node(activity, name) for name in graph.nodes}
    work = work_of(activity)
    facts = GraphFacts(
        graph.dt_ms,
        activity.steps,
        graph.written_by,
        nodes,
        conventions if len(conventions) > 1 else (),
        graph.notes,
    )
    rates = tuple(node.firing_rate for node in nodes.values() if node.firing_rate is not None)
    return GraphWork(Counted(work, work, 0, weight_bit=weight_bit), facts, activity.samples, rates)


def nodes_grid(facts: GraphFacts) -> Grid:
    """Return what every node does per sample, under its own name."""
    rows = tuple(
        (
            name,
            node.type,
            str(node.neurons) if node.neurons else MISSING,
            amount(node.spikes) if node.neurons or node.type == "Input" else MISSING,
            MISSING if node.firing_rate is None else percent(node.firing_rate),
            amount(node.synaptic_operations) if node.synaptic_operations else MISSING,
        )
        for name, node in facts.nodes.items()
    )
    return Grid(
        f"What every node does per sample, {facts.steps} steps of {facts.dt_ms:g} ms",
        ("node", "kind", "neurons", "spikes", "rate\n% of steps", "synaptic\noperations"),
        rows,
        tuple(_sentences(facts)),
        words=2,
    )


def conventions_grid(facts: GraphFacts) -> Grid:
    """Return what the network does under each convention that its file leaves open."""
    rows = [
        (each.writer, amount(each.spikes), amount(each.synaptic_operations), _against(facts, each))
        for each in facts.conventions
    ]
    return Grid(
        "The same network under other conventions, which its file does not tell apart",
        ("written by", "spikes", "synaptic\noperations", "operations\nagainst nir"),
        tuple(rows),
        ("Everything else here is nir's: name the writer with --written-by.",),
    )


def _against(facts: GraphFacts, each: UnderConvention) -> str:
    base = facts.conventions[0].synaptic_operations
    return f"× {fixed(each.synaptic_operations / base, 3)}" if base else MISSING


def _sentences(facts: GraphFacts) -> list[str]:
    known = f"{facts.written_by}'s" if facts.written_by is not None else "NIR's equations as written"
    found = [
        "A synaptic operation is a value that is not zero times a weight that is not zero.",
        f"Convention: {known}, stepped by forward Euler.",
    ]
    return [*found, *(f"{note}." for note in facts.notes)]


def _node(activity: GraphActivity, name: str) -> CountedNode:
    graph = activity.graph
    node, neurons = graph.nodes[name], activity.neurons(name)
    fires = isinstance(node, Population) and node.firing is not None
    sent = activity.per_sample(name, "sent")
    return CountedNode(
        type=graph.kinds[name],
        neurons=neurons,
        spikes=sent if fires or isinstance(node, Input) else 0.0,
        synaptic_operations=activity.synaptic_operations(name),
        synaptic_events=0.0 if isinstance(node, Pool) else activity.per_sample(name, "events"),
        additions=activity.per_sample(name, "operations") if isinstance(node, Pool) else 0.0,
        firing_rate=sent / (neurons * activity.steps) if fires else None,
    )
