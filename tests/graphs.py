"""Random spiking graphs and spikes for them."""

from __future__ import annotations

import itertools

import numpy as np
import torch

from neuroff.core.neurons.step import ResetName
from neuroff.exchange.graph.graph import Graph, Node, Numeric
from neuroff.exchange.graph.neurons import CubaLIFNode, Fires, IFNode, LIFNode
from neuroff.exchange.graph.nodes import AffineNode, InputNode, OutputNode

KINDS = ("if", "lif", "cuba")
RESETS = ("subtract", "zero")
STEPS = 25


def neurons(
    kind: str,
    width: int,
    reset: ResetName,
    stream: np.random.Generator,
    fires: Fires = "reached",
    beta: float | None = None,
) -> CubaLIFNode | IFNode | LIFNode:
    """A population; one set of numbers for all its neurons."""
    threshold = np.full(width, stream.uniform(0.3, 1.5))
    betas = np.full(width, stream.uniform(0.3, 0.97) if beta is None else beta)
    if kind == "if":
        return IFNode(threshold, reset, fires)
    if kind == "lif":
        return LIFNode(threshold, reset, fires, beta=betas)
    return CubaLIFNode(threshold, reset, fires, alpha=np.full(width, stream.uniform(0.1, 0.8)), beta=betas)


def random_graph(
    kind: str = "lif",
    reset: ResetName = "subtract",
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
