"""Rows of variable length, one by one.

Nothing tells how long they are before they are read, and many rows may name the same bytes of a file.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from h5py import h5d, h5s, vlen_dtype

from neuroff.hdf5.tree import Ragged


def read_ragged(dataset: h5d.DatasetID, base: np.dtype[Any], count: Callable[[int], None]) -> Ragged:
    """Read all rows of a dataset.

    Args:
        dataset: of one axis.
        base: type of the numbers, in the machine's order of bytes: h5py reads others wrongly.
        count: called with the bytes of every row, to stop where they are too many.
    """
    space, one = dataset.get_space(), h5s.create_simple((1,))
    rows = []
    for row in range(space.shape[0]):
        held = np.empty(1, vlen_dtype(base))
        space.select_hyperslab((row,), (1,))
        dataset.read(one, space, held)
        rows.append(np.asarray(held[0], base))
        count(rows[-1].nbytes)
    values = np.concatenate(rows) if rows else np.empty(0, base)
    return Ragged(values, np.array([len(row) for row in rows], np.int64))
