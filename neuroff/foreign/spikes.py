"""Recorded spikes, and other values over time, for the inputs of a graph."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from neuroff.data.numpy_files import UNREADABLE, open_npz
from neuroff.errors import DataError, ExportError
from neuroff.files import require_regular
from neuroff.foreign.graph import SpikingGraph
from neuroff.foreign.nodes.protocol import Shape, size, words

Values = Mapping[str, npt.ArrayLike | Tensor] | npt.ArrayLike | Tensor
"""An array ``(T, B, …)``, or arrays by the names of inputs."""

MAX_BYTES = 2**32
_KEY = "spikes"


def read_spikes(path: Path | str, dt_ms: float | None = None) -> dict[str, npt.NDArray[Any]]:
    """Read the arrays of an ``.npz``: ``spikes``, or one for each input of a graph under its name.

    A data file of NIR's is read too: what was recorded of nodes as ``spikes``, by their names.

    Args:
        path: the file.
        dt_ms: duration of a step of the network, which a data file of NIR's needs.

    Raises:
        DataError: if it is no such file, too large, or holds anything but numbers.
        ExportError: if it is a data file of NIR's that is damaged, or of another step.
    """
    where = str(path)
    require_regular(Path(path), DataError)
    if _is_hdf5(Path(path)):
        if dt_ms is None:
            raise DataError("a data file of NIR's and no time step", where=where, fix="pass dt_ms")
        from neuroff.exchange.nir.recordings import read_recordings  # needs h5py

        seen = read_recordings(Path(path), dt_ms / 1000.0)
        return {each.node: each.values for each in seen if each.name == _KEY}
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
            if sum(member.file_size for member in members) > MAX_BYTES:
                raise DataError("too large", where=where, expected=f"at most {MAX_BYTES} bytes, unpacked")
        with open_npz(Path(path)) as file:
            return {name: _numbers(file[name], name, where) for name in file.files}
    except DataError:
        raise
    except UNREADABLE as error:
        reason = (str(error).splitlines() or [type(error).__name__])[0][:120]
        raise DataError(
            f"not a readable .npz ({reason})",
            where=where,
            expected=f"a file of numpy.savez with the array {_KEY!r}, (T, B, …)",
        ) from None


def _is_hdf5(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return file.read(4) == b"\x89HDF"
    except OSError:
        return False  # said where the file is read


def values_for(graph: SpikingGraph, data: Values, where: str = "data") -> dict[str, Tensor]:
    """Return the values of every input of a graph, checked, ``(T, B, *shape)`` float64.

    Args:
        graph: the network.
        data: one array ``(T, B, …)`` for its only input, or arrays by name: ``spikes`` for an only input, the
            names of the inputs where there are several. Axes of one may be missing or more, and either may be
            flat.
        where: for messages.

    Raises:
        DataError: if an array is missing, or does not fit its input.
    """
    given = dict(data) if isinstance(data, Mapping) else {_KEY: data}
    names = graph.inputs
    if len(names) == 1 and names[0] not in given and _KEY in given:
        given[names[0]] = given[_KEY]
    missing = [name for name in names if name not in given]
    if missing:
        there = ", ".join(map(repr, given))[:80] or "none"
        raise DataError(
            f"no array {(_KEY if len(names) == 1 else missing[0])!r} among {there}",
            where=where,
            expected=f"{_KEY!r}, (T, B, {words(graph.nodes[names[0]].inputs)})"
            if len(names) == 1
            else f"an array for each input: {', '.join(map(repr, names))}",
        )
    found = {name: _fitting(given[name], graph.nodes[name].inputs, f"{where}, {name!r}") for name in names}
    if len({tensor.shape[:2] for tensor in found.values()}) > 1:
        raise DataError(
            "inputs of different numbers of steps or samples", where=where, expected="as many of each"
        )
    return found


def _numbers(array: npt.NDArray[Any], name: str, where: str) -> npt.NDArray[Any]:
    if array.dtype.kind not in "fiub":
        raise DataError(f"{name!r} holds {array.dtype}", where=where, expected="numbers")
    return array


def _fitting(values: Any, shape: Shape, where: str) -> Tensor:
    raw = values.detach().cpu().numpy() if isinstance(values, Tensor) else np.asarray(values)
    array = _numbers(raw, "data", where)
    expected = f"(T, B, {', '.join(map(str, shape))}): steps, samples, and the input's shape"
    inner = array.shape[2:]
    fits = [each for each in inner if each > 1] == [each for each in shape if each > 1]
    flat = len(inner) == 1 or len(shape) == 1
    if array.ndim < 2 or not (fits or flat) or size(tuple(inner)) != size(shape):
        raise DataError(f"an array of shape {array.shape}", where=where, expected=expected)
    if 0 in array.shape:
        raise DataError(f"an array of shape {array.shape}", where=where, expected="steps and samples")
    if not np.isfinite(array).all():
        raise DataError("numbers that are not finite", where=where, expected="spikes, or values")
    return torch.from_numpy(np.ascontiguousarray(array, dtype=np.float64)).reshape(*array.shape[:2], *shape)


def are_spikes(values: Mapping[str, Tensor]) -> bool:
    """Whether all values are zeros and ones."""
    return all(bool(((each == 0) | (each == 1)).all()) for each in values.values())


def require_spikes(values: Mapping[str, Tensor], where: str) -> None:
    """Raise ExportError if values are anything but zeros and ones."""
    if not are_spikes(values):
        raise ExportError("values other than spikes", where=where, expected="zeros and ones")
