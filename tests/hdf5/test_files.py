from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from neuroff.errors import ExportError
from neuroff.exchange.nir.read import read_nir
from neuroff.exchange.nir.write import write_nir
from neuroff.hdf5.files import read_hdf5, write_hdf5
from neuroff.hdf5.process import reader
from neuroff.hdf5.reading import files_left_open, h5py, read_tree
from neuroff.hdf5.reply import packed, unpacked
from neuroff.hdf5.serving import answer
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
    path = tmp_path / "tree.h5"
    write_hdf5(path, TREE)
    require_tree(unpacked(packed(read_tree(path))))


def test_errors_are_told_too(tmp_path: Path) -> None:
    with pytest.raises(ExportError, match="cannot read"):
        unpacked(answer(str(tmp_path / "none.h5"), False))
    with pytest.raises(ExportError, match="cannot read"):
        read_hdf5(tmp_path / "none.h5")


def test_one_process_reads_many_files_quickly(tmp_path: Path) -> None:
    path = tmp_path / "tree.h5"
    write_hdf5(path, TREE)
    read_hdf5(path)
    shared = reader(os.getpid())
    first = shared.pid
    assert first is not None
    child = children_of(first)
    started = time.monotonic()
    for _ in range(100):
        require_tree(read_hdf5(path))
    assert time.monotonic() - started < 4  # 0.5 s each, where each starts a Python
    assert (shared.pid, children_of(first)) == (first, child)
    os.kill(first, signal.SIGKILL)
    while shared.pid == first:  # until it has ended with its child, which still reads
        require_tree(read_hdf5(path))


def test_a_reader_ends_with_its_killed_caller(tmp_path: Path) -> None:
    endless(tmp_path / "graph.nir")
    program = (
        "import os, sys, threading, time; from pathlib import Path\n"
        "from neuroff.hdf5.files import read_hdf5\n"
        "from neuroff.hdf5.process import reader\n"
        "def told():\n"
        "    while reader(os.getpid()).pid is None: time.sleep(0.01)\n"
        "    print(reader(os.getpid()).pid, flush=True)\n"
        "threading.Thread(target=told).start()\n"
        "read_hdf5(Path(sys.argv[1]), seconds=60)"
    )
    caller = subprocess.Popen(
        [sys.executable, "-c", program, str(tmp_path / "graph.nir")], stdout=subprocess.PIPE, text=True
    )
    assert caller.stdout is not None
    pid = int(caller.stdout.readline())
    children = [pid, *children_of(pid)]
    caller.kill()
    caller.communicate()
    deadline = time.monotonic() + 10
    while any(map(_runs, children)):
        assert time.monotonic() < deadline, children
        time.sleep(0.02)


def children_of(pid: int) -> list[int]:
    """Wait until a file is being read: on a busy machine the reader starts for seconds before it forks."""
    deadline = time.monotonic() + 30
    while not (found := [each for each in _all_children_of(pid) if _program(each) == _program(pid)]):
        assert time.monotonic() < deadline, "no file is being read"
        time.sleep(0.02)
    return found


def _all_children_of(pid: int) -> list[int]:
    return [int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def _program(pid: int) -> str:
    """Return what a process runs: h5py asks another program for the processor while it is loaded."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_text()
    except OSError:  # it has ended
        return ""


def _runs(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def endless(path: Path) -> None:
    """Damage a file so that the HDF5 library never comes back from reading its texts."""
    write_nir(random_graph("lif", "zero", widths=(4, 3)), path)
    content = bytearray(path.read_bytes())
    heap = content.index(b"GCOL")
    content[heap + 16 + 8 : heap + 16 + 16] = (0).to_bytes(8, "little")  # the first text: no bytes, no index
    content[heap + 16 : heap + 18] = (0).to_bytes(2, "little")
    path.write_bytes(content)


def test_files_that_stay_open_are_counted(tmp_path: Path) -> None:
    path, before = tmp_path / "tree.h5", files_left_open()
    write_hdf5(path, TREE)
    read_tree(path)
    assert files_left_open() == before
    with h5py.File(path, "a") as file:
        assert files_left_open() == before + 1
        file["typed"] = np.dtype("f4")
    with pytest.raises(ExportError, match="a Datatype"):
        read_tree(path)
    assert files_left_open() == before


def test_a_file_that_never_ends(tmp_path: Path) -> None:
    path = tmp_path / "graph.nir"
    endless(path)
    with pytest.raises(ExportError, match=r"takes longer than 0\.5 s"):
        read_hdf5(path, seconds=0.5)
    with pytest.raises(ExportError, match=r"takes longer than (1 s of a processor|30)"):
        read_hdf5(path)


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
