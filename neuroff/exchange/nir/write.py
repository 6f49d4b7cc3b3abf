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

from neuroff.errors import ExportError
from neuroff.exchange.graph.graph import Graph, Node
from neuroff.exchange.graph.neurons import CubaLIFNode, LIFNode, Neurons
from neuroff.exchange.graph.nodes import (
    AffineNode,
    DelayNode,
    InputNode,
    NormaliseNode,
    OutputNode,
    ScaleNode,
)
from neuroff.exchange.hdf5 import write_hdf5
from neuroff.exchange.nir.flavour import Flavour, nir_neurons, step_s

LAYOUT_VERSION = "1.0.8"
FORMAT = 1


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
    dt_s = step_s(graph, flavour)
    nodes = {name: nir_node(name, node, graph, flavour, dt_s) for name, node in graph.nodes.items()}
    about: dict[str, Any] = {
        "neuroff_format": FORMAT,
        "flavour": flavour,
        "dt_ms": graph.dt_ms,
        "step": dt_s,
        "steps": graph.steps,
        "numeric": graph.numeric,
        "label_axons": graph.label_axons,
    }
    edges = [list(edge) for edge in graph.edges]
    root = {"type": "NIRGraph", "edges": edges, "nodes": nodes}
    own = {name: numbers for name, node in graph.nodes.items() if (numbers := _own(node))}
    write_hdf5(path, {"version": LAYOUT_VERSION, "node": root, "neuroff": {"graph": about, "nodes": own}})


def nir_node(name: str, node: Node, graph: Graph, flavour: Flavour, dt_s: float) -> dict[str, Any]:
    """Return the content of a node's group.

    Raises:
        ExportError: if the flavour cannot express it.
    """
    if isinstance(node, Neurons):
        kind, numbers = nir_neurons(name, node, flavour, dt_s, graph.numeric)
        return {"type": kind, **numbers}
    if isinstance(node, AffineNode):
        return {"type": "Affine", "weight": node.weight, "bias": node.bias}
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


def _own(node: Node) -> dict[str, Any]:
    """Return what neuroff keeps of a node beside NIR's parameters."""
    if isinstance(node, Neurons):
        return own_numbers(node)
    return {"carries": node.carries} if isinstance(node, InputNode) else {}


def own_numbers(node: Neurons) -> dict[str, Any]:
    """Return neuroff's own numbers of a population."""
    numbers: dict[str, Any] = {
        "neuroff_kind": type(node).__name__,
        "reset": node.reset,
        "fires": node.fires,
        "threshold": node.threshold,
    }
    if isinstance(node, LIFNode | CubaLIFNode):
        numbers["beta"] = node.beta
    if isinstance(node, CubaLIFNode):
        numbers["alpha"] = node.alpha
    return numbers


def _refused(name: str, what: str, function: str) -> ExportError:
    fix = f"use {function} first" if function else ""
    return ExportError(what, where=f"node {name!r}", expected="what the file can express", fix=fix)
