"""Recordings that travel with a network: NIR's data files, as the package ``nir`` (1.0.7 on) has them.

====================== ===================================================================================
/nodes/NAME            NIRNodeData, with observables by name: ``spikes``, ``voltages``; or NIRGraphData
TimeGriddedData        ``data`` (samples, steps, neurons), attribute ``dt``
EventData              ``idx``, ``time`` (samples, events), −1 and ∞ where there is none, attributes
                       ``n_neurons`` and ``t_max``
ValuedEventData        the same with ``value``
====================== ===================================================================================

``__type__`` is an attribute of every group; times are in the unit of the network's own, seconds.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from neuroff.errors import ExportError, in_both, shortened
from neuroff.exchange.nir.fields import array, group, says
from neuroff.hdf5.files import read_hdf5, write_hdf5
from neuroff.hdf5.tree import Tree

MAX_VALUES = 2**28
_WHOLE = 1e-3  # of a step: times are floats
Array = npt.NDArray[Any]


@dataclass(frozen=True)
class Observable:
    """What was recorded of one node.

    Attributes:
        node: its name; ``graph.node`` within another graph.
        name: ``spikes``, ``voltages``, …
        values: ``(T, B, N)``.
    """

    node: str
    name: str
    values: Array


def read_recordings(path: Path, dt_s: float) -> tuple[Observable, ...]:
    """Read a data file; events become steps, several of one neuron in a step their number, or their sum.

    Args:
        path: the file.
        dt_s: duration of a step.

    Raises:
        ExportError: if it is damaged, too large, of another step, or no data file.
    """
    try:
        tree = read_hdf5(path, attributes=True)
        if not says(tree, "@__type__", "NIRGraphData"):
            raise ExportError("no recordings", expected="NIRGraphData, as nir.write_data writes it")
        return tuple(_graph(tree, "", dt_s))
    except ExportError as error:
        if error.where.startswith(str(path)):
            raise
        where = f"{path}: {error.where}" if error.where else str(path)
        raise ExportError(error.what, where=where, expected=error.expected, fix=error.fix) from None


def write_recordings(path: Path, recorded: Mapping[str, Mapping[str, Array]], dt_s: float) -> None:
    """Write what was recorded, step by step; spikes of zeros and ones as truths.

    Args:
        path: the file.
        recorded: arrays ``(T, B, …)`` by node and observable.
        dt_s: duration of a step.

    Raises:
        RunError: if the file cannot be written.
    """
    nodes = {
        name: {
            "@__type__": "NIRNodeData",
            "observables": {
                key: {"@__type__": "TimeGriddedData", "@dt": dt_s, "data": _as_samples(values)}
                for key, values in observables.items()
            },
        }
        for name, observables in recorded.items()
    }
    write_hdf5(path, {"@__type__": "NIRGraphData", "nodes": nodes}, attributes=True)


def _as_samples(values: Array) -> Array:
    flat = np.ascontiguousarray(values.reshape(*values.shape[:2], -1).transpose(1, 0, 2))
    return flat.astype(bool) if np.isin(flat, (0, 1)).all() else flat


def _graph(tree: Tree, prefix: str, dt_s: float) -> Iterator[Observable]:
    nodes = group(tree, "nodes", f"graph {prefix[:-1]!r}" if prefix else "")
    for key in nodes:
        if key.startswith("@"):
            continue
        name = prefix + key
        fields = group(nodes, key, f"node {name!r}")
        if says(fields, "@__type__", "NIRGraphData"):
            yield from _graph(fields, f"{name}.", dt_s)
            continue
        observables = group(fields, "observables", f"node {name!r}")
        for observable in (each for each in observables if not each.startswith("@")):
            where = f"node {name!r}, {observable!r}"
            yield Observable(name, observable, _observed(group(observables, observable, where), where, dt_s))


def _observed(fields: Tree, where: str, dt_s: float) -> Array:
    """Return ``(T, B, N)``."""
    if says(fields, "@__type__", "TimeGriddedData"):
        step_s = _number(fields, "@dt", where)
        if abs(step_s - dt_s) > _WHOLE * dt_s:
            raise ExportError(
                f"steps of {step_s * 1000:g} ms for a network of {dt_s * 1000:g} ms a step",
                where=where,
                expected="the same step",
                fix=f"pass {in_both('dt_ms', f'{step_s * 1000:g}')}, if the network was trained so",
            )
        data = fields.get("data")
        if not isinstance(data, np.ndarray) or data.ndim != 3 or 0 in data.shape or data.dtype.kind == "O":
            raise ExportError(f"data {shortened(data)}", where=where, expected="(samples, steps, neurons)")
        return np.ascontiguousarray(data.transpose(1, 0, 2))
    for kind in ("EventData", "ValuedEventData"):
        if says(fields, "@__type__", kind):
            return _gridded(fields, where, dt_s, valued=kind == "ValuedEventData")
    kind = shortened(fields.get("@__type__"))
    raise ExportError(f"data of type {kind}", where=where, expected="gridded data or events")


def _gridded(fields: Tree, where: str, dt_s: float, *, valued: bool) -> Array:
    index, time = array(fields, "idx", where), array(fields, "time", where)
    neurons, steps = _number(fields, "@n_neurons", where), _number(fields, "@t_max", where) / dt_s
    value = array(fields, "value", where) if valued else np.ones(index.shape)
    if index.ndim != 2 or index.dtype.kind not in "iu" or index.shape != time.shape:
        raise ExportError(
            f"indices {index.shape}, times {time.shape}", where=where, expected="(samples, events) of each"
        )
    if value.shape != index.shape or not (neurons % 1 == 0 and neurons >= 1 and steps >= 0.5):
        raise ExportError(
            f"{neurons:g} neurons, {steps:g} steps",
            where=where,
            expected="at least one, and values of events",
        )
    length, width = round(steps), int(neurons)
    if len(index) * length * width > MAX_VALUES:
        raise ExportError(
            f"{len(index)} samples of {length} steps of {width} neurons",
            where=where,
            expected=f"at most {MAX_VALUES} values",
            fix="check --dt-ms (in Python dt_ms=)",
        )
    there = index != -1
    at = np.floor(np.where(there, time, 0.0) / dt_s + _WHOLE)
    if not ((index < width) & (at >= 0) & (at < length) & (index >= -1))[there].all() or index.min() < -1:
        raise ExportError(
            "events beyond its neurons or its time",
            where=where,
            expected=f"indices below {width}, times from 0 to t_max",
        )
    samples, _ = np.nonzero(there)
    found = np.zeros((length, len(index), width))
    np.add.at(found, (at[there].astype(int), samples, index[there]), value[there])
    return found


def _number(fields: Tree, name: str, where: str) -> float:
    found = fields.get(name)
    number = math.nan
    if isinstance(found, np.ndarray) and found.size == 1 and found.dtype.kind in "fiu":
        number = float(found.ravel()[0])
    if not 0 < number < math.inf:
        raise ExportError(f"{name[1:]} = {shortened(found)}", where=where, expected="a number above 0")
    return number
