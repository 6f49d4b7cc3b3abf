"""A node of a file by someone else, read as NIR's equations say."""

from __future__ import annotations

import numpy as np

from neuroff.chip.checks import FloatArray
from neuroff.errors import ExportError
from neuroff.exchange.graph.graph import Node
from neuroff.exchange.graph.neurons import CubaLIFNode, IFNode, LIFNode
from neuroff.exchange.graph.nodes import AffineNode, DelayNode, InputNode, OutputNode, ScaleNode
from neuroff.exchange.hdf5_reading import Tree
from neuroff.exchange.nir.fields import array, text, weights, width

NEURON_TYPES = ("IF", "LIF", "CubaLIF")
_ONE = 1e-6


def foreign_node(name: str, fields: Tree, dt_s: float, outputs: int | None) -> tuple[Node, FloatArray | None]:
    """Read a node.

    Args:
        name: of the node.
        fields: its group.
        dt_s: duration of a step.
        outputs: how many axons reach the node, where that is known: parameters may be given once for all.

    Returns:
        The node, and the gain of its input where that is not one.

    Raises:
        ExportError: naming what a graph does not have.
    """
    where = f"node {name!r}"
    kind = text(fields, "type", where)
    if kind in NEURON_TYPES:
        return _neurons(kind, fields, dt_s, outputs, where)
    if kind == "Input":
        return InputNode(width(fields, where), "values"), None
    if kind == "Output":
        return OutputNode(width(fields, where)), None
    if kind == "Affine":
        weight, bias = weights(fields, "weight", where), weights(fields, "bias", where)
        return AffineNode(weight, bias.astype(weight.dtype)), None
    if kind == "Linear":
        weight = weights(fields, "weight", where)
        return AffineNode(weight, np.zeros(weight.shape[:1], weight.dtype)), None
    if kind == "Scale":
        return ScaleNode(weights(fields, "scale", where)), None
    if kind == "Delay":
        steps = array(fields, "delay", where) / dt_s
        if not np.allclose(steps, np.round(steps), rtol=0, atol=1e-3):
            raise ExportError(
                "delays that are no whole steps",
                where=where,
                expected="multiples of dt_ms",
                fix="change dt_ms",
            )
        return DelayNode(np.round(np.clip(steps, -1, 2.0**31)).astype(np.int64)), None
    raise ExportError(
        f"a node of type {kind!r}",
        where=where,
        expected="Input, Output, Affine, Linear, Scale, Delay, IF, LIF or CubaLIF",
        fix="neuroff has dense layers of spiking neurons only",
    )


def _neurons(
    kind: str, fields: Tree, dt_s: float, outputs: int | None, where: str
) -> tuple[Node, FloatArray | None]:
    names = {"IF": (), "LIF": ("tau", "v_leak"), "CubaLIF": ("tau_syn", "tau_mem", "v_leak")}[kind]
    given = {key: array(fields, key, where) for key in ("r", "v_threshold", *names)}
    for key, default in (("v_reset", 0.0), ("w_in", 1.0)):
        if key in fields or key == "v_reset" or kind == "CubaLIF":
            given[key] = array(fields, key, where) if key in fields else np.array(default)
    values = _alike(given, outputs, where)
    for key in ("v_reset", "v_leak"):
        if key in values and (values[key] != 0.0).any():
            raise ExportError(
                f"{key} other than 0",
                where=where,
                expected="0",
                fix="shift all potentials by the same voltage",
            )
    for key in ("tau", "tau_syn", "tau_mem"):
        if key in values and not (values[key] >= dt_s * (1.0 - _ONE)).all():
            raise ExportError(
                f"{key} shorter than a step of {dt_s:g}",
                where=where,
                expected="a time constant of a step or more",
            )
    threshold, gain = values["v_threshold"], values["r"] * dt_s
    if kind == "IF":
        return IFNode(threshold, "zero", "exceeded"), _not_one(gain)
    if kind == "LIF":
        node = LIFNode(threshold, "zero", "exceeded", beta=_decay(values["tau"], dt_s))
        return node, _not_one(gain / values["tau"])
    alpha, beta = _decay(values["tau_syn"], dt_s), _decay(values["tau_mem"], dt_s)
    total = gain / values["tau_mem"] * values["w_in"] * dt_s / values["tau_syn"]
    return CubaLIFNode(threshold, "zero", "exceeded", alpha=alpha, beta=beta), _not_one(total)


def _alike(given: Tree, outputs: int | None, where: str) -> dict[str, FloatArray]:
    """Return all parameters as float64 vectors of one length."""
    sizes = {value.size for value in given.values() if value.size != 1}
    if any(value.ndim > 1 for value in given.values()) or len(sizes) > 1:
        shapes = ", ".join(f"{key} {value.shape}" for key, value in given.items())
        raise ExportError(f"parameters of shapes {shapes}", where=where, expected="vectors of one length")
    neurons = sizes.pop() if sizes else (outputs or 1)
    return {
        key: np.broadcast_to(value.ravel(), (neurons,)).astype(np.float64) for key, value in given.items()
    }


def _decay(tau: FloatArray, dt_s: float) -> FloatArray:
    decay: FloatArray = np.maximum(1.0 - dt_s / tau, 0.0)
    return decay


def _not_one(gain: FloatArray) -> FloatArray | None:
    return None if np.allclose(gain, 1.0, rtol=0, atol=_ONE) else gain
