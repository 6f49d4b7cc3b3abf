from __future__ import annotations

import io
import random
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from neuroff.errors import ExportError
from neuroff.exchange import hdf5_reading
from neuroff.exchange.hdf5 import read_hdf5, write_hdf5
from neuroff.exchange.hdf5_reading import main, read_tree, receive, send
from neuroff.exchange.nir.read import read_nir
from neuroff.exchange.nir.write import write_nir
from tests.graphs import random_graph

TREE: dict[str, Any] = {
    "numbers": {"wide": np.arange(6.0).reshape(2, 3), "narrow": np.array([1, 2], np.int8), "one": 3.5},
    "text": "θ",
    "texts": [["a", "b"], ["c", "ünd"]],
    "nothing": {},
}


def require_tree(found: dict[str, Any]) -> None:
    assert found.keys() == TREE.keys()
    assert np.array_equal(found["numbers"]["wide"], TREE["numbers"]["wide"])
    assert found["numbers"]["narrow"].dtype == np.int8
    assert float(found["numbers"]["one"]) == 3.5
    assert found["text"] == "θ"
    assert found["texts"].tolist() == TREE["texts"]
    assert found["nothing"] == {}


def test_there_and_back(tmp_path: Path) -> None:
    path = tmp_path / "tree.h5"
    write_hdf5(path, TREE)
    require_tree(read_tree(path))
    require_tree(read_hdf5(path))


def test_what_one_process_tells_the_other(tmp_path: Path) -> None:
    path, stream = tmp_path / "tree.h5", io.BytesIO()
    write_hdf5(path, TREE)
    send(read_tree(path), stream)
    stream.seek(0)
    require_tree(receive(stream))


def test_errors_are_told_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hdf5_reading, "_bound_process", lambda: None)  # this process is the tests'
    stream = io.BytesIO()
    main(str(tmp_path / "none.h5"), stream)
    stream.seek(0)
    with pytest.raises(ExportError, match="cannot read"):
        receive(stream)
    with pytest.raises(ExportError, match="cannot read"):
        read_hdf5(tmp_path / "none.h5")


def endless(path: Path) -> None:
    """Damage a file so that the HDF5 library never comes back from reading its texts."""
    write_nir(random_graph("lif", "zero", widths=(4, 3)), path)
    content = bytearray(path.read_bytes())
    heap = content.index(b"GCOL")
    content[heap + 16 + 8 : heap + 16 + 16] = (0).to_bytes(8, "little")  # the first text: no bytes, no index
    content[heap + 16 : heap + 18] = (0).to_bytes(2, "little")
    path.write_bytes(content)


def test_a_file_that_never_ends(tmp_path: Path) -> None:
    path = tmp_path / "graph.nir"
    endless(path)
    with pytest.raises(ExportError, match="takes longer than 3 s"):
        read_hdf5(path, seconds=3.0)


@pytest.mark.parametrize("seed", range(6))
def test_damaged_files_end_in_a_clear_error_or_a_graph(tmp_path: Path, seed: int) -> None:
    path = tmp_path / "graph.nir"
    write_nir(random_graph("lif", "zero", widths=(4, 3)), path)
    content, stream = bytearray(path.read_bytes()), random.Random(seed)
    for _ in range(stream.randint(1, 12)):
        content[stream.randrange(len(content))] = stream.randrange(256)
    if seed % 3 == 0:
        del content[stream.randrange(len(content)) :]
    path.write_bytes(content)
    caught = None
    try:
        read_nir(path)
    except ExportError as error:
        caught = str(error)
    assert caught is None or str(path) in caught


def test_the_working_folder_is_not_searched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "tree.h5"
    write_hdf5(path, TREE)
    (tmp_path / "h5py.py").write_text("raise SystemExit('taken from the working folder')")
    monkeypatch.chdir(tmp_path)
    require_tree(read_hdf5(path))
