"""Random spiking graphs and spikes for them."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import torch

from neuroff.core.synapses import Planes
from neuroff.exchange.graph.graph import Graph, Node, Numeric
from neuroff.exchange.graph.neurons import (
    CubaLIFNode,
    CubaLINode,
    Fires,
    IFNode,
    INode,
    LIFNode,
    LINode,
    Reset,
    Silent,
)
from neuroff.exchange.graph.nodes import AffineNode, InputNode, OutputNode
from neuroff.exchange.graph.planar import ConvNode, PoolNode

KINDS = ("if", "lif", "cuba")
RESETS = ("subtract", "zero")
SILENT = ("i", "li", "cubali")
STEPS = 25


def neurons(
    kind: str,
    width: int,
    reset: Reset,
    stream: np.random.Generator,
    fires: Fires = "reached",
    beta: float | None = None,
) -> CubaLIFNode | IFNode | LIFNode:
    """A population; one set of numbers for all its neurons, but for the values that they are reset to."""
    threshold = np.full(width, stream.uniform(0.3, 1.5))
    betas = np.full(width, stream.uniform(0.3, 0.97) if beta is None else beta)
    value = stream.uniform(-0.8, 0.2, width) if reset == "value" else None
    if kind == "if":
        return IFNode(threshold, reset, fires, value=value)
    if kind == "lif":
        return LIFNode(threshold, reset, fires, value=value, beta=betas)
    alpha = np.full(width, stream.uniform(0.1, 0.8))
    return CubaLIFNode(threshold, reset, fires, value=value, alpha=alpha, beta=betas)


def silent(kind: str, width: int, stream: np.random.Generator, *, rests: bool = False) -> Silent:
    """Neurons that do not fire; at rest at zero, or each elsewhere."""
    rest = stream.uniform(-1.0, 1.0, width) if rests else np.zeros(width)
    alpha, beta = stream.uniform(0.1, 0.8, width), stream.uniform(0.0, 1.0, width)
    if kind == "i":
        return INode(rest)
    return LINode(rest, beta=beta) if kind == "li" else CubaLINode(rest, alpha=alpha, beta=beta)


def read_out(graph: Graph, kind: str, seed: int = 0, *, rests: bool = False) -> Graph:
    """Return a graph with weights and neurons that do not fire behind its last layer."""
    stream = np.random.default_rng(seed)
    (last,), width = graph.sources("output"), 5
    weight = stream.normal(0, 1.0, (width, graph.nodes[last].outputs)).astype(graph.numeric)
    nodes: dict[str, Node] = {name: node for name, node in graph.nodes.items() if name != "output"}
    nodes |= {
        "affine": AffineNode(weight, stream.normal(0, 0.1, width).astype(graph.numeric)),
        "silent": silent(kind, width, stream, rests=rests),
        "output": OutputNode(width),
    }
    edges = (*(edge for edge in graph.edges if "output" not in edge), (last, "affine"))
    return replace(graph, nodes=nodes, edges=(*edges, ("affine", "silent"), ("silent", "output")))


def random_graph(
    kind: str = "lif",
    reset: Reset = "subtract",
    seed: int = 0,
    numeric: Numeric = "float64",
    fires: Fires = "reached",
    widths: tuple[int, ...] = (12, 17, 9),
    beta: float | None = None,
) -> Graph:
    """Layers of one kind of neurons, with biases, that fire now and then."""
    stream = np.random.default_rng(seed)
    nodes: dict[str, Node] = {"input": InputNode(widths[0])}
    for index, (inputs, width) in enumerate(itertools.pairwise(widths), start=1):
        weight = stream.normal(0.1, 1.2 / np.sqrt(inputs), (width, inputs))
        nodes[f"affine{index}"] = AffineNode(
            weight.astype(numeric), stream.normal(0, 0.1, width).astype(numeric)
        )
        nodes[f"neurons{index}"] = neurons(kind, width, reset, stream, fires, beta)
    nodes["output"] = OutputNode(widths[-1])
    return Graph(nodes, tuple(itertools.pairwise(nodes)), STEPS, 1.0, numeric)


def random_spikes(
    seed: int, width: int = 12, samples: int = 6, dtype: torch.dtype = torch.float64
) -> torch.Tensor:
    """Spikes (T, B, D)."""
    stream = torch.Generator().manual_seed(seed)
    return (torch.rand(STEPS, samples, width, generator=stream) < 0.4).to(dtype)


def planar_graph(
    kind: str = "if", reset: Reset = "subtract", seed: int = 0, *, groups: int = 1, mean: bool = True
) -> Graph:
    """Return convolutions, pools and a matrix behind each other, their numbers drawn at random."""
    stream = np.random.default_rng(seed)

    def conv(planes: Planes, channels: int, groups: int = 1) -> ConvNode:
        weight = stream.normal(0, 1.0, (channels, planes.channels // groups, 3, 3))
        return ConvNode(weight, stream.normal(0, 0.1, channels), planes, 1, (1, 1), groups)

    first = conv(Planes(2, 6, 5), 4)
    pool = PoolNode(first.leaving, (2, 2), mean)
    second = conv(pool.leaving, 4, groups)
    last = AffineNode(stream.normal(0, 0.4, (7, second.outputs)), stream.normal(0, 0.1, 7))
    nodes: dict[str, Node] = {
        "input": InputNode(60),
        "affine1": first,
        "neurons1": neurons(kind, first.outputs, reset, stream),
    }
    nodes |= {"pool2": pool, "affine2": second, "neurons2": neurons(kind, second.outputs, reset, stream)}
    nodes |= {"affine3": last, "neurons3": neurons(kind, 7, reset, stream), "output": OutputNode(7)}
    return Graph(nodes, tuple(itertools.pairwise(nodes)), 8, numeric="float64")


def row_graph(kind: str = "if", reset: Reset = "subtract", seed: int = 0, *, groups: int = 1) -> Graph:
    """Return convolutions of planes of height one and a matrix, their numbers drawn at random."""
    stream = np.random.default_rng(seed)

    def conv(planes: Planes, channels: int, groups: int = 1) -> ConvNode:
        weight = stream.normal(0, 1.0, (channels, planes.channels // groups, 1, 5))
        return ConvNode(weight, stream.normal(0, 0.1, channels), planes, 2, (0, 2), groups)

    first = conv(Planes(3, 1, 20), 4)
    second = conv(first.leaving, 6, groups)
    last = AffineNode(stream.normal(0, 0.4, (7, second.outputs)), stream.normal(0, 0.1, 7))
    nodes: dict[str, Node] = {"input": InputNode(60)}
    behind: tuple[ConvNode | AffineNode, ...] = (first, second, last)
    for number, synapses in enumerate(behind, start=1):
        nodes |= {f"affine{number}": synapses}
        nodes |= {f"neurons{number}": neurons(kind, synapses.outputs, reset, stream)}
    nodes |= {"output": OutputNode(7)}
    return Graph(nodes, tuple(itertools.pairwise(nodes)), 8, numeric="float64")
