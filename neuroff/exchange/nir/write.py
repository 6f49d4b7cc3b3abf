"""A graph as a ``.nir`` file: NIR's published HDF5 layout, written directly.

============== ==============================================================================
/version        of the layout
/node           type "NIRGraph", edges (E, 2) of names, nodes
/node/nodes/X   type, and one dataset per parameter
/neuroff        neuroff's own numbers, which no other reader looks at: graph, and nodes/X
============== ==============================================================================

The layout is that of nir 1.0.8, ``nir/serialization.py``. `nir_flavour` says what a file for a library holds.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from neuroff.chip.checks import FloatArray
from neuroff.errors import ExportError, in_both
from neuroff.exchange.graph.fold import fold_means
from neuroff.exchange.graph.graph import Graph, Node
from neuroff.exchange.graph.neurons import Neurons, Silent
from neuroff.exchange.graph.nodes import (
    AffineNode,
    DelayNode,
    InputNode,
    NormaliseNode,
    OutputNode,
    ScaleNode,
)
from neuroff.exchange.graph.planar import ConvNode, PoolNode
from neuroff.exchange.nir.flavour import (
    ADDS_UP,
    OVER_ROWS,
    PAIRS_FAIL,
    WHOLE_TIME,
    Flavour,
    nir_neurons,
    step_s,
)
from neuroff.exchange.nir.shapes import as_rows, edges_of, lies_in_rows, rows, shapes_of
from neuroff.hdf5.files import write_hdf5

LAYOUT_VERSION = "1.0.8"
FORMAT = 1
_PLANAR = ("Conv1d", "Conv2d", "AvgPool2d", "SumPool2d")


def write_nir(graph: Graph, path: Path, flavour: Flavour = "nir") -> None:
    """Write a graph.

    Args:
        graph: the graph.
        path: the file; whole or absent.
        flavour: who will read it; see `neuroff.exchange.nir.flavour`.

    Raises:
        ExportError: naming the node that NIR or the flavour cannot express, and why.
        RunError: if the file cannot be written.
    """
    if flavour in ADDS_UP:
        graph = fold_means(graph)
    if graph.recurrent and flavour in WHOLE_TIME:
        raise ExportError(
            f"an edge that leads back, from {min(graph.recurrent)[0]!r}",
            where=f"node {min(graph.recurrent)[1]!r}",
            expected=f"layers that follow each other: {flavour} runs all steps of one layer before the next",
            fix=in_both("flavour", "nir", "snntorch", "norse", "spikingjelly"),
        )
    dt_s, shapes, apart = step_s(graph, flavour), shapes_of(graph), flavour in PAIRS_FAIL
    if in_rows := flavour in OVER_ROWS and lies_in_rows(graph):
        shapes = as_rows(shapes)
    nodes = {
        name: _in_shape(nir_node(name, node, graph, flavour, dt_s, in_rows=in_rows), shapes[name])
        for name, node in graph.nodes.items()
    } | rows(graph, shapes, apart=apart)
    about: dict[str, Any] = {
        "neuroff_format": FORMAT,
        "flavour": flavour,
        "dt_ms": graph.dt_ms,
        "step": dt_s,
        "steps": graph.steps,
        "numeric": graph.numeric,
        "label_axons": graph.label_axons,
    }
    if graph.recurrent:
        about["recurrent"] = [list(edge) for edge in sorted(graph.recurrent)]
    edges = [list(edge) for edge in edges_of(graph, shapes, apart=apart)]
    root = {"type": "NIRGraph", "edges": edges, "nodes": nodes}
    own = {name: numbers for name, node in graph.nodes.items() if (numbers := _own(node))}
    write_hdf5(path, {"version": LAYOUT_VERSION, "node": root, "neuroff": {"graph": about, "nodes": own}})


def nir_node(
    name: str, node: Node, graph: Graph, flavour: Flavour, dt_s: float, *, in_rows: bool = False
) -> dict[str, Any]:
    """Return the content of a node's group; ``in_rows``, a convolution's is that of a Conv1d.

    Raises:
        ExportError: if the flavour cannot express it.
    """
    if isinstance(node, Neurons | Silent):
        kind, numbers = nir_neurons(name, node, flavour, dt_s, graph.numeric)
        return {"type": kind, **numbers}
    if isinstance(node, AffineNode):
        return {"type": "Affine", "weight": node.weight, "bias": node.bias}
    if isinstance(node, ConvNode):
        return _convolution(node, in_rows=in_rows)
    if isinstance(node, PoolNode):
        window = np.array(node.window)
        kind = "AvgPool2d" if node.mean else "SumPool2d"
        return {"type": kind, "kernel_size": window, "stride": window, "padding": np.zeros(2, np.int64)}
    if isinstance(node, OutputNode):
        return {"type": "Output", "shape": np.array([node.width])}
    if isinstance(node, InputNode):
        if node.host_gain:
            raise _refused(
                name, "a gain per sample, given by the host", "neuroff.exchange.graph.fold.fold_gains"
            )
        return {"type": "Input", "shape": np.array([node.width])}
    if isinstance(node, NormaliseNode):
        raise _refused(
            name,
            "divisive normalisation, which needs the whole presentation",
            "neuroff.exchange.graph.fold.fold_gains",
        )
    if flavour != "nir":
        fix = "neuroff.exchange.graph.fold.fold_scales" if isinstance(node, ScaleNode) else ""
        raise _refused(name, f"a {type(node).__name__}, which {flavour} does not import", fix)
    if isinstance(node, ScaleNode):
        return {"type": "Scale", "scale": node.gain}
    if isinstance(node, DelayNode):
        return {"type": "Delay", "delay": node.steps * dt_s}
    raise _refused(name, f"a {type(node).__name__}", "")


def _convolution(node: ConvNode, *, in_rows: bool) -> dict[str, Any]:
    """Return a Conv2d; between groups stand zeros, since nir 1.0.8 infers shapes as if there were none."""
    weight = node.weight
    if node.groups > 1:
        weight = np.zeros((weight.shape[0], node.planes.channels, *weight.shape[2:]), weight.dtype)
        blocks = zip(
            np.split(np.arange(weight.shape[0]), node.groups),
            np.split(np.arange(node.planes.channels), node.groups),
            strict=True,
        )
        for outer, inner in blocks:
            weight[np.ix_(outer, inner)] = node.weight[outer]
    weight, padding = (weight, node.padding) if in_rows else _square(weight, node.padding)
    fields = {
        "type": "Conv2d",
        "input_shape": np.array(node.planes.shape[1:]),
        "weight": weight,
        "bias": node.bias,
        "stride": np.full(2, node.stride),
        "padding": np.array(padding),
        "dilation": np.ones(2, np.int64),
        "groups": 1,
    }
    return _over_rows(fields) if in_rows else fields


def _square(weight: FloatArray, padding: tuple[int, int]) -> tuple[FloatArray, tuple[int, int]]:
    """Return a window of zeros around one that is not square, where both have a middle.

    nir up to 1.0.8 takes the window's height for its width when it checks shapes, and refuses the file.
    """
    height, width = weight.shape[2:]
    down, across = (max(height, width) - each for each in (height, width))
    if down % 2 or across % 2:
        return weight, padding
    down, across = down // 2, across // 2
    zeros = ((0, 0), (0, 0), (down, down), (across, across))
    return np.pad(weight, zeros), (padding[0] + down, padding[1] + across)


def _over_rows(fields: dict[str, Any]) -> dict[str, Any]:
    """Return the Conv1d of a Conv2d on planes of height one."""
    last = {name: fields[name][-1] for name in ("input_shape", "stride", "padding", "dilation")}
    return {**fields, **last, "type": "Conv1d", "weight": fields["weight"][:, :, 0]}


def _in_shape(fields: dict[str, Any], shape: tuple[int, ...]) -> dict[str, Any]:
    """Return a node's fields with one number for each axon in the axes that the axons lie in."""
    if fields["type"] in ("Input", "Output"):
        return {**fields, "shape": np.array(shape)}
    if len(shape) == 1 or fields["type"] in _PLANAR:
        return fields
    return {
        name: value.reshape(shape) if isinstance(value, np.ndarray) else value
        for name, value in fields.items()
    }


def _own(node: Node) -> dict[str, Any]:
    """Return what neuroff keeps of a node beside NIR's parameters."""
    if isinstance(node, Neurons | Silent):
        return own_numbers(node)
    if isinstance(node, ConvNode) and node.groups > 1:
        return {"groups": node.groups}
    if isinstance(node, PoolNode):
        return {"planes": np.array(node.planes.shape)}
    return {"carries": node.carries} if isinstance(node, InputNode) else {}


def own_numbers(node: Neurons | Silent) -> dict[str, Any]:
    """Return neuroff's own numbers of a population."""
    every = ("reset", "fires", "threshold", "value", "rest", "alpha", "beta")
    found = {key: getattr(node, key, None) for key in every}
    return {"neuroff_kind": type(node).__name__} | {
        key: value for key, value in found.items() if value is not None
    }


def _refused(name: str, what: str, function: str) -> ExportError:
    fix = f"use {function} first" if function else ""
    return ExportError(what, where=f"node {name!r}", expected="what the file can express", fix=fix)
