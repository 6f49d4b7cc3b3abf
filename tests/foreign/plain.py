"""Networks stepped by plain loops over numpy arrays: what NIR's equations say, and nothing of neuroff's.

A network is a dictionary of nodes as NIR's files hold them, and edges. Recurrent edges are named by who made
the network, not found.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import numpy.typing as npt

from neuroff.hdf5.files import write_hdf5

Array = npt.NDArray[Any]
Fields = dict[str, Any]


@dataclass
class Plain:
    """A network of nodes and edges, in an order in which every node follows what reaches it.

    Attributes:
        nodes: fields by name, ``type`` among them.
        edges: from, to.
        late: those of the edges that take a step.
    """

    nodes: dict[str, Fields]
    edges: list[tuple[str, str]]
    late: set[tuple[str, str]] = field(default_factory=set)

    def write(self, path: Path) -> Path:
        """Write the network as a NIR file."""
        edges = [list(edge) for edge in self.edges]
        write_hdf5(
            path, {"version": "1.0.8", "node": {"type": "NIRGraph", "nodes": self.nodes, "edges": edges}}
        )
        return path

    def tree(self) -> dict[str, Any]:
        """Return the content of a NIR file as a reader has it."""
        edges = np.array(self.edges, dtype=object).reshape(-1, 2)
        return {"version": "1.0.8", "node": {"type": "NIRGraph", "nodes": self.nodes, "edges": edges}}


@dataclass
class Ran:
    """What came of a run: by node what it sent ``(T, B, …)``, and non-zero products of values and weights."""

    sent: dict[str, Array]
    operations: dict[str, int]
    stored: dict[str, int]


def run(net: Plain, values: Array, dt: float, how: Mapping[str, Any] = MappingProxyType({})) -> Ran:
    """Step a network over ``(T, B, …)`` values of its node ``input``.

    ``how`` says what NIR does not: ``subtract``, ``late``, ``reached``, ``many``, ``exponential`` and
    ``floored`` are true where neurons do so, and ``whole`` holds the kinds that take what arrives as it is.
    """
    states: dict[str, dict[str, Any]] = {name: {} for name in net.nodes}
    sent: dict[str, list[Array]] = {name: [] for name in net.nodes}
    operations, stored = dict.fromkeys(net.nodes, 0), dict.fromkeys(net.nodes, 0)
    for t in range(len(values)):
        for name, node in net.nodes.items():
            if name == "input":
                sent[name].append(values[t].astype(np.float64))
                continue
            arriving: Any = 0.0
            for source, target in net.edges:
                if target != name:
                    continue
                if (source, target) not in net.late:
                    arriving = arriving + sent[source][t]
                elif t:
                    arriving = arriving + sent[source][t - 1]
            out, met, held = _step(node, arriving, states[name], dt, how)
            operations[name] += met
            stored[name] += held
            sent[name].append(out)
    return Ran({name: np.stack(each) for name, each in sent.items()}, operations, stored)


def _step(
    node: Fields, x: Array, state: dict[str, Any], dt: float, how: Mapping[str, Any]
) -> tuple[Array, int, int]:
    kind = node["type"]
    if kind in ("Affine", "Linear"):
        weight = np.asarray(node["weight"], np.float64)
        flat = x.reshape(x.shape[0], -1)
        out = flat @ weight.T + np.asarray(node.get("bias", 0.0), np.float64)
        active = (flat != 0).sum(0)
        return out, int((active @ (weight != 0).T).sum()), int(active.sum() * weight.shape[0])
    if kind == "Scale":
        scale = np.asarray(node["scale"], np.float64)
        return x * scale, int(((x != 0) & (np.broadcast_to(scale, x.shape) != 0)).sum()), int((x != 0).sum())
    if kind in ("Conv1d", "Conv2d"):
        return _convolved(node, x)
    if kind in ("SumPool2d", "AvgPool2d"):
        return _pooled(node, x), 0, 0
    if kind == "Flatten":
        return x.reshape(x.shape[0], -1), 0, 0
    if kind == "Delay":
        held = state.setdefault("held", [])
        held.append(x)
        steps = np.broadcast_to(np.round(np.asarray(node["delay"]) / dt).astype(int), x.shape[1:])
        out = np.zeros_like(x)
        for place in np.ndindex(*x.shape[1:]):
            back = len(held) - 1 - steps[place]
            if back >= 0:
                out[(slice(None), *place)] = held[back][(slice(None), *place)]
        return out, 0, 0
    if kind in ("Input", "Output"):
        return x, 0, 0
    return _fired(kind, node, x, state, dt, how), 0, 0


def _fired(
    kind: str, node: Fields, x: Array, state: dict[str, Any], dt: float, how: Mapping[str, Any]
) -> Array:
    p = {key: np.asarray(value, np.float64) for key, value in node.items() if key != "type"}
    if kind == "Threshold":
        return _above(x, p["threshold"], how).astype(np.float64)
    whole = kind in how.get("whole", ())

    def lost(tau: str) -> Array:
        return np.asarray(1 - np.exp(-dt / p[tau]) if how.get("exponential") else dt / p[tau])

    rest = p.get("v_leak", np.zeros(1))
    v = state.get("v", np.zeros_like(x) + rest)
    if kind in ("IF", "I"):
        v = v + (x if whole else dt * p["r"] * x)
    elif kind in ("LIF", "LI"):
        v = v + lost("tau") * (p["v_leak"] - v) + (x if whole else lost("tau") * p["r"] * x)
    else:
        i = state.get("i", np.zeros_like(x))
        i = i - lost("tau_syn") * i + (x if whole else lost("tau_syn") * p["w_in"] * x)
        v = v + lost("tau_mem") * ((p["v_leak"] - v) + p["r"] * i)
        state["i"] = i
    if "v_threshold" not in p:
        state["v"] = v
        return np.asarray(v)

    def reset(v: Array, fired: Array) -> Array:
        if how.get("subtract"):
            return np.asarray(v - fired * p["v_threshold"])
        return np.where(fired > 0, p["v_reset"], v)

    if how.get("late"):
        v = reset(v, state.get("fired", np.zeros_like(v)))
    fired = _above(v, p["v_threshold"], how).astype(np.float64)
    if how.get("many"):
        whole_times, left = np.divmod(v, p["v_threshold"])
        fired = np.where(fired > 0, whole_times - ((left == 0) & (not how.get("reached"))), 0.0)
    state["fired"] = fired
    left_over = v if how.get("late") else reset(v, fired)
    state["v"] = np.maximum(left_over, 0.0) if how.get("floored") else left_over
    return np.asarray(fired)


def _above(v: Array, threshold: Array, how: Mapping[str, Any]) -> Array:
    return np.asarray(v >= threshold if how.get("reached") else v > threshold)


def _pair(value: Any, axes: int) -> list[int]:
    return [int(each) for each in np.broadcast_to(np.asarray(value), (axes,))]


def _convolved(node: Fields, x: Array) -> tuple[Array, int, int]:
    weight = np.asarray(node["weight"], np.float64)
    axes = weight.ndim - 2
    stride, dilation = _pair(node["stride"], axes), _pair(node["dilation"], axes)
    groups, width = int(node["groups"]), weight.shape[2:]
    padding = node["padding"]
    if isinstance(padding, str) and padding == "same":
        totals = [d * (k - 1) for d, k in zip(dilation, width, strict=True)]
        sides = [(total // 2, total - total // 2) for total in totals]
    else:
        sides = [(p, p) for p in _pair(0 if isinstance(padding, str) else padding, axes)]
    lengths = [
        (n + a + b - d * (k - 1) - 1) // s + 1
        for n, (a, b), d, k, s in zip(x.shape[2:], sides, dilation, width, stride, strict=True)
    ]
    out = np.zeros((x.shape[0], weight.shape[0], *lengths)) + np.asarray(node["bias"]).reshape(
        -1, *[1] * axes
    )
    per_out, per_in = weight.shape[0] // groups, weight.shape[1]
    met = held = 0
    for o in range(weight.shape[0]):
        for place in np.ndindex(*lengths):
            for i, tap in itertools.product(range(per_in), np.ndindex(*width)):
                at = tuple(
                    p * s + k * d - a
                    for p, s, k, d, (a, _) in zip(place, stride, tap, dilation, sides, strict=True)
                )
                if all(0 <= q < n for q, n in zip(at, x.shape[2:], strict=True)):
                    value = x[(slice(None), (o // per_out) * per_in + i, *at)]
                    out[(slice(None), o, *place)] += weight[(o, i, *tap)] * value
                    active = int((value != 0).sum())
                    met += active * int(weight[(o, i, *tap)] != 0)
                    held += active
    return out, met, held


def _pooled(node: Fields, x: Array) -> Array:
    width, stride, padding = (_pair(node[key], 2) for key in ("kernel_size", "stride", "padding"))
    padded = np.pad(x, ((0, 0), (0, 0), (padding[0],) * 2, (padding[1],) * 2))
    lengths = [(n - k) // s + 1 for n, k, s in zip(padded.shape[2:], width, stride, strict=True)]
    out = np.zeros((*x.shape[:2], *lengths))
    for a, b in np.ndindex(*lengths):
        window = padded[
            :, :, a * stride[0] : a * stride[0] + width[0], b * stride[1] : b * stride[1] + width[1]
        ]
        out[:, :, a, b] = window.sum((2, 3)) / (1 if node["type"] == "SumPool2d" else width[0] * width[1])
    return out


def alike(ran: Mapping[str, Array], found: Mapping[str, Any]) -> list[str]:
    """Return the nodes whose spikes or values differ."""
    return [
        name
        for name, values in found.items()
        if not np.allclose(ran[name].reshape(values.shape), values.numpy(), rtol=1e-12, atol=1e-12)
    ]
