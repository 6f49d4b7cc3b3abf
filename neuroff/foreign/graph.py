"""A network that others trained: nodes by name, and which of them reach which.

A graph is made from nodes as they stand in a file, whose shapes follow from what reaches them. Where edges
close a loop, the one that leads back to a node on the way from the input is recurrent: what it carries
arrives one step later. Several edges into a node are summed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

from neuroff.errors import ExportError
from neuroff.foreign.convention import Convention
from neuroff.foreign.nodes.passing import Input, Output
from neuroff.foreign.nodes.population import Population
from neuroff.foreign.nodes.protocol import Fitted, Node, Shape, Unfitted, words

Edge = tuple[str, str]


@dataclass(frozen=True, eq=False)
class SpikingGraph:
    """A network, ready to run.

    Attributes:
        name: in reports.
        nodes: by name, in the order of computation.
        kinds: NIR's name of the kind of each.
        edges: from, to.
        recurrent: those of the edges that take a step.
        dt_ms: duration of a step.
        notes: what a reader should know of how the file was read.
        written_by: whose convention neurons are stepped by; None where nobody said it, and NIR's equations
            are taken as written.
    """

    name: str
    nodes: Mapping[str, Node]
    kinds: Mapping[str, str]
    edges: tuple[Edge, ...]
    recurrent: frozenset[Edge]
    dt_ms: float
    notes: tuple[str, ...] = ()
    written_by: str | None = None

    def under(self, rule: Convention) -> SpikingGraph:
        """Return the same network, its neurons stepped as another writer does."""
        nodes = {
            name: node.under(rule) if isinstance(node, Population) else node
            for name, node in self.nodes.items()
        }
        return replace(self, nodes=MappingProxyType(nodes), written_by=rule.writer)

    @property
    def inputs(self) -> tuple[str, ...]:
        """Names of the nodes where values enter."""
        reached = {target for _, target in self.edges}
        return tuple(
            name for name, node in self.nodes.items() if isinstance(node, Input) and name not in reached
        )

    @property
    def outputs(self) -> tuple[str, ...]:
        """Names of the nodes where values leave."""
        sending = {source for source, _ in self.edges}
        return tuple(
            name for name, node in self.nodes.items() if isinstance(node, Output) and name not in sending
        )

    @property
    def populations(self) -> tuple[str, ...]:
        """Names of the neurons."""
        return tuple(name for name, node in self.nodes.items() if isinstance(node, Population))

    def sources(self, name: str) -> tuple[str, ...]:
        """Return the nodes that reach a node."""
        return tuple(source for source, target in self.edges if target == name)

    def reached_without(self, name: str) -> frozenset[str]:
        """Return the nodes that values from the inputs reach on ways that do not pass a node."""
        found: set[str] = set()
        waiting = [each for each in self.inputs if each != name]
        while waiting:
            here = waiting.pop()
            found.add(here)
            waiting += [b for a, b in self.edges if a == here and b != name and b not in found]
        return frozenset(found)


def build_graph(
    name: str,
    unfitted: Mapping[str, Unfitted],
    kinds: Mapping[str, str],
    edges: Sequence[Edge],
    starts: Mapping[str, Shape],
    dt_ms: float,
    notes: Sequence[str] = (),
) -> SpikingGraph:
    """Make a graph: order its nodes, find the recurrent edges, and fit each node to what reaches it.

    Args:
        name: of the network.
        unfitted: nodes by name.
        kinds: NIR's names of their kinds.
        edges: from, to; twice the same counts once.
        starts: shapes of the nodes where values enter.
        dt_ms: duration of a step.
        notes: what is known of the file already.

    Raises:
        ExportError: naming the node or edge that cannot be.
    """
    joined = tuple(dict.fromkeys(edges))
    for source, target in joined:
        for end in (source, target):
            if end not in unfitted:
                raise ExportError(
                    f"an edge {source!r} → {target!r}", where=f"node {end!r}", expected="a node of that name"
                )
    order, recurrent = _ordered(tuple(unfitted), joined, tuple(starts))
    fitted = _fitted(unfitted, order, joined, recurrent, starts)
    found = [f"{key}: {each.note}" for key, each in fitted.items() if each.note]
    found += [f"{a} → {b}: recurrent, arrives one step later" for a, b in joined if (a, b) in recurrent]
    return SpikingGraph(
        name,
        MappingProxyType({key: each.node for key, each in fitted.items()}),
        MappingProxyType({key: kinds[key] for key in fitted}),
        joined,
        recurrent,
        dt_ms,
        (*notes, *found),
    )


def _ordered(
    names: Sequence[str], edges: Sequence[Edge], starts: Sequence[str]
) -> tuple[list[str], frozenset[Edge]]:
    """Return the order of computation, and the edges that lead back, by a search in depth from the inputs."""
    targets: dict[str, list[str]] = {name: [] for name in names}
    for source, target in edges:
        targets[source].append(target)
    done: list[str] = []
    state: dict[str, str] = {}
    back: set[Edge] = set()
    for start in starts:
        if start in state:
            continue
        path: list[tuple[str, Iterator[str]]] = [(start, iter(targets[start]))]
        state[start] = "open"
        while path:
            name, following = path[-1]
            for target in following:
                if state.get(target) == "open":
                    back.add((name, target))
                elif target not in state:
                    state[target] = "open"
                    path.append((target, iter(targets[target])))
                    break
            else:
                state[name] = "done"
                done.append(name)
                path.pop()
    missing = [name for name in names if name not in state]
    if missing:
        raise ExportError(
            "no edge leads to it from an input",
            where=f"node {missing[0]!r}",
            expected="every node to be reached",
            fix="remove the node, or join it",
        )
    return done[::-1], frozenset(back)


def _fitted(
    unfitted: Mapping[str, Unfitted],
    order: Sequence[str],
    edges: Sequence[Edge],
    recurrent: frozenset[Edge],
    starts: Mapping[str, Shape],
) -> dict[str, Fitted]:
    fitted: dict[str, Fitted] = {}
    for name in order:
        arriving = [(a, fitted[a].node.outputs) for a, b in edges if b == name and (a, b) not in recurrent]
        shape = arriving[0][1] if arriving else starts[name]
        for source, other in arriving:
            _require_alike(source, other, name, shape)
        try:
            fitted[name] = unfitted[name].fit(shape)
        except ExportError as error:
            where = f"node {name!r}"
            raise ExportError(error.what, where=where, expected=error.expected, fix=error.fix) from None
    for source, target in recurrent:
        _require_alike(source, fitted[source].node.outputs, target, fitted[target].node.inputs)
    return fitted


def _require_alike(source: str, sent: Shape, name: str, shape: Shape) -> None:
    if [length for length in sent if length > 1] != [length for length in shape if length > 1]:
        raise ExportError(
            f"values of shape {words(sent)} from {source!r} beside others of shape {words(shape)}",
            where=f"node {name!r}",
            expected="what is summed to have one shape",
        )
