"""Any value in the place of any field of a file of groups: it is read, or refused in one message."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from neuroff.errors import NeuroffError
from neuroff.exchange import netx
from neuroff.exchange.nir import read as nir
from neuroff.exchange.nir import recordings
from neuroff.exchange.nir.write import write_nir
from neuroff.hdf5 import files as hdf5
from tests.chips import random_program
from tests.foreign.test_fuzz import _ODD, places
from tests.graphs import random_graph, read_out

ODD = (*_ODD, np.zeros(0, dtype=object), np.array(["dense"] * 3, dtype=object), np.array("LIF", dtype=object))


def written_nir(path: Path) -> None:
    write_nir(read_out(random_graph("lif", "value", widths=(4, 3)), "li", rests=True), path)


def written_netx(path: Path) -> None:
    netx.write_netx(path, random_program(1, plain=True, silent=True))


def written_recordings(path: Path) -> None:
    recordings.write_recordings(path, {"lif": {"spikes": np.ones((3, 2, 4), np.float32)}}, 1e-3)


@pytest.mark.parametrize(
    ("of", "write", "read"),
    [
        (nir, written_nir, nir.read_nir),
        (netx, written_netx, netx.read_netx),
        (recordings, written_recordings, lambda path: recordings.read_recordings(path, 1e-3)),
    ],
)
def test_any_value_in_any_place(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    of: ModuleType,
    write: Callable[[Path], None],
    read: Callable[[Path], Any],
) -> None:
    path = tmp_path / "file"
    write(path)
    tree = hdf5.read_hdf5(path, attributes=of is recordings)
    monkeypatch.setattr(of, "read_hdf5", lambda *_, **__: tree)
    read(path)
    tried = 0
    for *above, last in places(tree):
        group = tree
        for key in above:
            group = group[key]
        before = group[last]
        for odd in ODD:
            group[last] = odd
            with suppress(NeuroffError):
                read(path)
            tried += 1
        group[last] = before
    read(path)
    assert tried > 100
