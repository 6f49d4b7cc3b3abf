"""A trained module of another library as a graph, shown to be the same on an example."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor, nn

from neuroff.checks import require_kind, require_number
from neuroff.errors import ExportError
from neuroff.foreign.graph import Edge, SpikingGraph, build_graph
from neuroff.foreign.modules.known import NORMS, PASSED, converter_of
from neuroff.foreign.modules.layers import with_norm
from neuroff.foreign.modules.part import Part
from neuroff.foreign.modules.watching import ENTRY, Recording, watch
from neuroff.foreign.nodes.passing import Input, Output, UnfittedEnd
from neuroff.foreign.nodes.population import Population
from neuroff.foreign.nodes.protocol import Shape, Unfitted, size, words
from neuroff.foreign.running import run

_EXIT = "output"


def from_module(
    module: nn.Module, example: Tensor, *, dt_ms: float = 1.0, loops: bool = False, name: str = ""
) -> SpikingGraph:
    """Return the graph of a trained module: weights and neurons of snnTorch, Norse or SpikingJelly.

    The module is run on the example, and so is the graph: every spike must be the same, step by step, or the
    module is refused with the place where they part. Batch normalisation is folded into the weights before
    it. The module itself is not changed.

    Args:
        module: ``nn.Sequential`` or any other module whose values go from part to part.
        example: what it takes, over time: ``(T, B, …)``, spikes or values; with ``loops`` whatever it takes,
            such as ``(B, …)``, which it repeats over its own steps.
        dt_ms: duration of a step, which the energy of standing power needs; Norse's modules have their own.
        loops: whether the module loops over time itself and takes the whole example in one call; else it is
            called once a step.
        name: in reports; the name of its class without it.

    Raises:
        ExportError: naming the part that a graph cannot have, or where spikes differ.
    """
    if not isinstance(example, Tensor) or example.ndim < (2 if loops else 3) or 0 in example.shape:
        shape = tuple(example.shape) if isinstance(example, Tensor) else type(example).__name__
        raise ExportError(
            f"an example {shape}",
            where="from_module",
            expected="what the module takes, a tensor (B, …) or (T, B, …)" if loops else "a tensor (T, B, …)",
            fix="" if loops else "pass loops=True for a module that takes (B, …) and repeats it itself",
        )
    require_kind("module", module, nn.Module, where="from_module", expected="an nn.Module")
    require_number("dt_ms", dt_ms, above=0.0, where="from_module")
    seen = watch(module, example, loops=loops)
    pieces = pieces_of(seen, lambda key, part: known_part(part, dt_ms))
    graph = pieces.graph(name or type(module).__name__, dt_ms)
    _require_same(graph, seen)
    return graph


@dataclass
class Pieces:
    """Nodes and edges of a module, before shapes are known.

    Attributes:
        start: shape of what enters.
        kinds: NIR's names by node.
        nodes: by name.
        edges: among them.
    """

    start: Shape
    kinds: dict[str, str]
    nodes: dict[str, Unfitted]
    edges: list[Edge]

    def graph(self, name: str, dt_ms: float) -> SpikingGraph:
        """Return the graph."""
        graph = build_graph(name, self.nodes, self.kinds, self.edges, {ENTRY: self.start}, dt_ms)
        return replace(graph, written_by="its own library")


def pieces_of(seen: Recording, part_of: Callable[[str, nn.Module], Part]) -> Pieces:
    """Return the nodes and edges of what was seen of a module.

    Args:
        seen: of `neuroff.foreign.modules.watching.watch`.
        part_of: makes the part of a leaf; takes its name and the module.

    Raises:
        ExportError: naming the part that a graph cannot have.
    """
    start = tuple(seen.entered[0].shape[1:])
    made = Pieces(start, {ENTRY: "Input"}, {ENTRY: UnfittedEnd(Input, start)}, [])
    stands_for = {ENTRY: ENTRY}  # parts that are no node of their own
    for key in seen.leaves:
        sources = [source for source, target in seen.links if target == key]
        try:
            stands_for[key] = _placed(
                made, seen, sources, [stands_for[each] for each in sources], key, part_of
            )
        except ExportError as error:
            where = f"part {key!r}"
            raise ExportError(error.what, where=where, expected=error.expected, fix=error.fix) from None
    last = next(reversed(seen.leaves))
    given = tuple(seen.gave[last][0].shape[1:])
    made.kinds[_EXIT], made.nodes[_EXIT] = "Output", UnfittedEnd(Output, (size(given),))
    made.edges.append((stands_for[last], _EXIT))
    return made


def _placed(
    made: Pieces,
    seen: Recording,
    sources: Sequence[str],
    nodes: Sequence[str],
    key: str,
    part_of: Callable[[str, nn.Module], Part],
) -> str:
    """Add a part behind others, whose values are summed, and return the node that stands for it."""
    module, before = seen.leaves[key], nodes[0]
    if isinstance(module, (*PASSED, *NORMS)) and len(sources) > 1:
        raise ExportError(
            f"a {type(module).__name__} behind a sum of {', '.join(map(repr, sources))}",
            expected="weights or neurons behind sums",
        )
    if len(set(nodes)) < len(nodes):
        raise ExportError(f"{before!r} twice in a sum", expected="every part once in a sum")
    if isinstance(module, PASSED):
        return before
    if isinstance(module, NORMS):
        if sum(origin == sources[0] for origin, _ in seen.links) > 1:
            raise ExportError("weights whose sums go elsewhere too", expected="batch norm alone behind them")
        made.nodes[before] = with_norm(made.nodes[before], module)
        made.kinds[before] = made.kinds[before].replace("Linear", "Affine")
        return before
    part = part_of(key, module)
    for suffix, (kind, node) in part.nodes.items():
        made.kinds[key + suffix], made.nodes[key + suffix] = kind, node
    made.edges += [*((each, key) for each in nodes), *((key + a, key + b) for a, b in part.edges)]
    return key


def known_part(module: nn.Module, dt_ms: float) -> Part:
    """Return the part of a leaf of a spiking network.

    Raises:
        ExportError: if it has what no graph has.
    """
    convert = converter_of(module)
    assert convert is not None  # `watch` lets nothing else pass
    return convert(module, dt_ms / 1000.0)


def _require_same(graph: SpikingGraph, seen: Recording) -> None:
    """Run the graph on what entered the module and compare what neurons gave.

    Raises:
        ExportError: naming the first neuron that differs.
    """
    values: Mapping[str, Tensor] = {ENTRY: seen.values().double()}
    found = run(graph, values)
    for name in graph.populations:
        if name not in seen.gave:
            continue
        right = seen.output(name).double().reshape(found[name].shape)
        fires = _fires(graph, name)
        wrong = right.ne(found[name]) if fires else ~torch.isclose(right, found[name], rtol=1e-4, atol=1e-5)
        if bool(wrong.any()):
            first = tuple(int(each) for each in wrong.nonzero()[0])
            given, own = float(right[first]), float(found[name][first])
            raise ExportError(
                f"the module gives {given:g} and the graph {own:g} at step {first[0]}, sample {first[1]}, "
                f"neuron {words(first[2:])}; {int(wrong.sum())} of {wrong.numel()} differ",
                where=f"part {name!r}",
                expected="the same spikes, step by step",
                fix=_exporting(seen.leaves.get(name)),
            )


def _exporting(module: nn.Module | None) -> str:
    """Return what to do where the graph is not the module."""
    told = "export the network with its own library and pass its convention, convention_of(…) or --written-by"
    if any(each.__module__.startswith("snntorch.") for each in type(module).__mro__):
        told += (
            "; snnTorch 1.0.0's exporter fails at beta=0.9, one number for all: give every neuron its own "
            "first, see docs/networks.md"
        )
    return told


def _fires(graph: SpikingGraph, name: str) -> bool:
    node = graph.nodes[name]
    return isinstance(node, Population) and node.firing is not None
