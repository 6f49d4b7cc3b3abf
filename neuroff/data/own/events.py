"""Events of a camera in a file: a structured ``.npy`` or an ``.npz`` of arrays, with t, x, y and p.

These are the names that tonic has; ``timestamp`` and ``polarity`` (dv-processing), ``ts`` and ``pol`` mean
the same. Times may be in any unit and from any start: a recording begins with its first event.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from neuroff.data.file_rows import opened
from neuroff.data.own.doubles import doubles
from neuroff.data.own.npz import array_of, open_arrays
from neuroff.data.sensor import LATEST, Events, require_times
from neuroff.errors import DataError
from neuroff.files import require_regular

SUFFIXES: Final = (".npy", ".npz")
_NAMES: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {"t": ("t", "ts", "timestamp", "timestamps"), "x": ("x",), "y": ("y",), "p": ("p", "pol", "polarity")}
)
_MOST_BYTES = 2**28
_EXPECTED = "events with t, x, y and p: a structured array in a .npy, or four arrays in a .npz"


def read_events(path: Path) -> Events:
    """Read a recording.

    Raises:
        DataError: if the file is damaged, too large, or has no such events.
    """
    where = str(path)
    size = require_regular(path, DataError)
    if size > _MOST_BYTES:
        raise DataError(
            f"{size} bytes", where=where, expected=f"at most {_MOST_BYTES} a recording", fix="cut it up"
        )
    columns = _of_npz(path) if path.suffix.lower() == ".npz" else _of_npy(path)
    lengths = {name: column.shape for name, column in columns.items()}
    if len(set(lengths.values())) > 1 or len(lengths["t"]) != 1:
        raise DataError(
            ", ".join(f"{name} of shape {shape}" for name, shape in lengths.items()),
            where=where,
            expected="one number an event in each of them",
        )
    x, y, on = (_whole(columns[name], name, where) for name in "xyp")
    return Events(x, y, _polarity(on, where), _from_first(columns["t"], where))


def _of_npy(path: Path) -> dict[str, npt.NDArray[Any]]:
    rows = opened(path)
    if rows.dtype.names is None:
        raise DataError(
            f"an array of shape {rows.shape} and type {rows.dtype}",
            where=str(path),
            expected=_EXPECTED,
            fix="say which column is which: numpy.savez(file, t=a[:, 0], x=a[:, 1], y=a[:, 2], p=a[:, 3])",
        )
    chosen = _chosen(rows.dtype.names, str(path))
    return {name: rows[field] for name, field in chosen.items()}


def _of_npz(path: Path) -> dict[str, npt.NDArray[Any]]:
    with open_arrays(path, _MOST_BYTES) as arrays:
        chosen = _chosen(arrays.files, str(path))
        return {name: array_of(arrays, field, str(path)) for name, field in chosen.items()}


def _chosen(names: Iterable[str], where: str) -> dict[str, str]:
    """Return which of the names is t, x, y and p."""
    there = {name.lower(): name for name in names}
    found = {key: [there[each] for each in usual if each in there] for key, usual in _NAMES.items()}
    for key, fields in found.items():
        if len(fields) != 1:
            named = f"no {key} among {', '.join(there) or 'none'}"
            raise DataError(
                f"{' and '.join(fields)} for {key}" if fields else named, where=where, expected=_EXPECTED
            )
    return {key: fields[0] for key, fields in found.items()}


def _whole(values: npt.NDArray[Any], name: str, where: str) -> npt.NDArray[np.int64]:
    kind = values.dtype.kind
    finite = kind == "f" and bool(np.isfinite(values).all())  # else rounding may warn
    numbers = kind in "iub" or (finite and bool((values == np.round(values)).all()))
    if not numbers or (values.size and not (abs(float(values.min())) < 2**31 > float(values.max()))):
        raise DataError(f"{name} of type {values.dtype}", where=where, expected="whole numbers below 2^31")
    return values.astype(np.int64)


def _polarity(values: npt.NDArray[np.int64], where: str) -> npt.NDArray[np.int64]:
    """Return 0 and 1 of these, or of -1 and 1."""
    found = set(np.unique(values).tolist())
    if not (found <= {0, 1} or found <= {-1, 1}):
        raise DataError(
            f"p of {', '.join(map(str, sorted(found)[:5]))}", where=where, expected="0 and 1, or -1 and 1"
        )
    return values.clip(min=0)


def _from_first(values: npt.NDArray[Any], where: str) -> npt.NDArray[Any]:
    """Return times from the first event on; those of whole numbers are exact, however large they are."""
    real = values.dtype.kind == "f"
    if not real and values.dtype.kind not in "iu":
        raise DataError(f"t of type {values.dtype}", where=where, expected="numbers")
    if not values.size:
        return np.zeros(0)
    if real:
        times: npt.NDArray[Any] = doubles(values)
        require_times(times, -LATEST, where)
    else:
        times = values.astype(np.uint64 if values.dtype.kind == "u" else np.int64)
    first: npt.NDArray[Any] = times - times.min()
    return first if real else first.view(np.uint64)
