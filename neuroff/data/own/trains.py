"""Spike trains in HDF5, laid out as the Spiking Heidelberg Digits are.

``spikes/times`` and ``spikes/units`` have a row of variable length for each recording, ``labels`` a whole
number, and ``extra/keys``, where it is there, the classes' names (zenkelab.org/datasets; Cramer et al. 2022).
Times start at 0, in any unit. Read in a process of its own, as every HDF5 file is.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from neuroff.data.own.doubles import doubles
from neuroff.data.sensor import Events, require_times
from neuroff.errors import DataError, ExportError

SUFFIXES = (".h5", ".hdf5")
_EXPECTED = "spikes/times and spikes/units, a row of variable length for each recording, and labels"


@dataclass(frozen=True)
class Trains:
    """What a file holds.

    Attributes:
        times, units: a row for each recording.
        classes: ``(n,)`` words or numbers; None where the file has no labels.
    """

    times: list[npt.NDArray[Any]]
    units: list[npt.NDArray[Any]]
    classes: npt.NDArray[Any] | None

    def events(self, recording: int, where: str) -> Events:
        """Return one recording; DataError if a time cannot be."""
        times = doubles(self.times[recording])
        require_times(times, 0.0, where)
        nothing = np.zeros(len(times), np.int64)
        return Events(self.units[recording].astype(np.int64), nothing, nothing, times)


def read_trains(path: Path) -> Trains:
    """Read a file.

    Raises:
        DataError: if it is damaged, too large, or of another layout.
        MissingDependencyError: if h5py is not installed.
    """
    from neuroff.hdf5.files import read_hdf5  # needs h5py
    from neuroff.hdf5.tree import Ragged

    where = str(path)
    try:
        tree = read_hdf5(path, ragged=True)
    except ExportError as error:
        raise DataError(error.what, where=error.where, expected=error.expected, fix=error.fix) from None
    spikes = tree.get("spikes")
    times, units = (spikes.get(key) if isinstance(spikes, dict) else None for key in ("times", "units"))
    if not isinstance(times, Ragged) or not isinstance(units, Ragged):
        raise DataError(f"groups {', '.join(tree) or 'none'}", where=where, expected=_EXPECTED)
    if times.lengths.tolist() != units.lengths.tolist():
        raise DataError(
            f"{len(times.lengths)} rows of times, {len(units.lengths)} of units, or rows of other lengths",
            where=where,
            expected="a unit for each time",
        )
    if units.values.dtype.kind not in "iu" or times.values.dtype.kind not in "iuf":
        raise DataError(
            f"units of type {units.values.dtype}, times of type {times.values.dtype}",
            where=where,
            expected="whole numbers and numbers",
        )
    return Trains(times.rows(), units.rows(), _classes(tree, len(times.lengths), where))


def _classes(tree: dict[str, Any], recordings: int, where: str) -> npt.NDArray[Any] | None:
    labels, extra = tree.get("labels"), tree.get("extra")
    if labels is None:
        return None
    if not isinstance(labels, np.ndarray) or labels.shape != (recordings,) or labels.dtype.kind not in "iu":
        raise DataError(
            f"labels of shape {getattr(labels, 'shape', '()')}",
            where=where,
            expected=f"{recordings} whole numbers, one a recording",
        )
    keys = extra.get("keys") if isinstance(extra, dict) else None
    if keys is None or not recordings:
        return labels
    words = keys.tolist() if isinstance(keys, np.ndarray) and keys.dtype == object and keys.ndim == 1 else []
    if len(set(words)) != len(words) or not 0 <= labels.min() <= labels.max() < len(words):
        raise DataError(
            f"{len(words)} names in extra/keys, labels from {labels.min()} to {labels.max()}",
            where=where,
            expected="a name of its own for each label, from 0 on",
        )
    return np.array(words)[labels]
