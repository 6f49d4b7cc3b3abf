"""A file that neuroff wrote: its own numbers, held against NIR's."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, get_args

import numpy as np

from neuroff.chip.checks import require_member
from neuroff.errors import ExportError
from neuroff.exchange.graph.graph import Node, Numeric
from neuroff.exchange.graph.neurons import (
    CubaLIFNode,
    CubaLINode,
    IFNode,
    INode,
    LIFNode,
    LINode,
    Neurons,
    Silent,
)
from neuroff.exchange.graph.nodes import AffineNode, DelayNode, InputNode, OutputNode, ScaleNode
from neuroff.exchange.nir.fields import array, group, number, text, weights, whole, width
from neuroff.exchange.nir.flavour import Flavour, nir_neurons
from neuroff.exchange.nir.own_planar import conv_node, pool_node, row_node
from neuroff.hdf5.tree import Tree

_AGREE = 1e-6
_KINDS: Mapping[str, tuple[type[Any], tuple[str, ...]]] = MappingProxyType(
    {
        "IFNode": (IFNode, ()),
        "LIFNode": (LIFNode, ("beta",)),
        "CubaLIFNode": (CubaLIFNode, ("alpha", "beta")),
        "INode": (INode, ()),
        "LINode": (LINode, ("beta",)),
        "CubaLINode": (CubaLINode, ("alpha", "beta")),
    }
)
"""Neurons by the name that a file has of them, and their decays."""


@dataclass(frozen=True)
class Settings:
    """What a file says about itself.

    Attributes:
        flavour: the library it was written for.
        dt_ms: duration of a step.
        step: the same in the unit of the file's time constants.
        steps: T.
        numeric: type of weights and arithmetic.
        label_axons: axons of the input that carry the label.
    """

    flavour: Flavour
    dt_ms: float
    step: float
    steps: int
    numeric: Numeric
    label_axons: int


def with_own(tree: Tree) -> Tree:
    """Return a file's content with neuroff's own numbers as ``metadata`` of graph and nodes.

    Earlier versions wrote them there, where readers of nir 1.0.4 stumble over them; now they stand apart.

    Raises:
        ExportError: if they are none, or of nodes that are not there.
    """
    if "neuroff" not in tree:
        return tree
    root, own = group(tree, "node", ""), group(tree, "neuroff", "")
    nodes, numbers = group(root, "nodes", "/node"), group(own, "nodes", "/neuroff")
    beside = {name: {**group(nodes, name, "/node/nodes"), "metadata": each} for name, each in numbers.items()}
    return {
        **tree,
        "node": {**root, "nodes": {**nodes, **beside}, "metadata": group(own, "graph", "/neuroff")},
    }


def own_settings(about: Tree) -> Settings:
    """Read a graph's metadata.

    Raises:
        ExportError: naming what is missing, of another kind or of a later format.
    """
    where = "metadata"
    if whole(about, "neuroff_format", where) != 1:
        raise ExportError("a format of a later neuroff", where=where, fix="update neuroff")
    flavour, numeric = text(about, "flavour", where), text(about, "numeric", where)
    require_member(flavour, get_args(Flavour), "flavour", where)
    require_member(numeric, get_args(Numeric), "numeric", where)
    dt_ms, step = number(about, "dt_ms", where), number(about, "step", where)
    for name, value in (("step", step), ("dt_ms", dt_ms)):
        if not 0.0 < value < float("inf"):
            raise ExportError(f"{name} = {value}", where=where, expected="a number above 0")
    steps, labels = whole(about, "steps", where), whole(about, "label_axons", where)
    return Settings(flavour, dt_ms, step, steps, numeric, labels)  # type: ignore[arg-type]


def own_node(name: str, fields: Tree, settings: Settings) -> Node:
    """Read a node.

    Raises:
        ExportError: if it is not what `neuroff.exchange.nir.write` writes, or its metadata and NIR's
        parameters
            describe different neurons.
    """
    where = f"node {name!r}"
    kind = text(fields, "type", where)
    if kind == "Input":
        carries: Any = text(group(fields, "metadata", where), "carries", where)
        return InputNode(width(fields, where), carries)
    if kind == "Output":
        return OutputNode(width(fields, where))
    if kind == "Affine":
        return AffineNode(weights(fields, "weight", where), weights(fields, "bias", where))
    if kind == "Conv2d":
        return conv_node(fields, where)
    if kind == "Conv1d":
        return row_node(fields, where)
    if kind in ("AvgPool2d", "SumPool2d"):
        return pool_node(fields, where, mean=kind == "AvgPool2d")
    if kind == "Scale":
        return ScaleNode(weights(fields, "scale", where).reshape(-1))
    if kind == "Delay":
        delays = array(fields, "delay", where).reshape(-1) / settings.step
        if not np.allclose(delays, np.round(delays), rtol=0, atol=1e-3):  # false for what is not finite, too
            raise ExportError("delays that are no whole steps", where=where, expected="multiples of a step")
        return DelayNode(np.round(np.clip(delays, -1, 2.0**31)).astype(np.int64))
    return own_population(name, fields, settings)


def own_population(name: str, fields: Tree, settings: Settings) -> Neurons | Silent:
    """Read neurons; see `own_node`."""
    where = f"node {name!r}"
    node = _neurons(group(fields, "metadata", where), where)
    _require_agreement(name, node, text(fields, "type", where), fields, settings)
    return node


def _neurons(own: Tree, where: str) -> Neurons | Silent:
    kind = text(own, "neuroff_kind", where)
    if kind not in _KINDS:
        raise ExportError(f"neurons of kind {kind!r}", where=where, expected=" | ".join(_KINDS))
    made, decays = _KINDS[kind]
    numbers: dict[str, Any] = {key: array(own, key, where) for key in decays}
    found: Neurons | Silent
    if issubclass(made, Silent):
        found = made(array(own, "rest", where), **numbers)
        return found
    if "value" in own:
        numbers["value"] = array(own, "value", where)
    reset, fires = text(own, "reset", where), text(own, "fires", where)
    found = made(array(own, "threshold", where), reset, fires, **numbers)
    return found


def _require_agreement(
    name: str, node: Neurons | Silent, kind: str, fields: Tree, settings: Settings
) -> None:
    expected_kind, expected = nir_neurons(name, node, settings.flavour, settings.step, settings.numeric)
    wrong = [
        key for key, value in expected.items() if not _agree(array(fields, key, f"node {name!r}"), value)
    ]
    if kind != expected_kind or wrong:
        raise ExportError(
            f"NIR's {kind if kind != expected_kind else ', '.join(wrong)} and neuroff's metadata disagree",
            where=f"node {name!r}",
            expected="a file as neuroff wrote it",
            fix="remove the graph's metadata to read it by NIR's equations",
        )


def _agree(found: Any, expected: Any) -> bool:
    return found.size == expected.size and bool(
        np.allclose(found.reshape(-1), expected, rtol=_AGREE, atol=1e-300)
    )
