"""Small files that ask for much: how long each takes to be refused, and how much memory.

    python -m benchmarks.bombs [--json FILE]

writes every bomb into a folder, reads it in a child of its own, and prints the message, the wall time, the
processor time and how far the child's memory grew over what it had loaded, beside the size of the file. Time
and memory of the process that reads HDF5 for the child are in its own.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks import hdf5_reader
from benchmarks.bombs_made import BOMBS, read_as_data, read_as_netx, read_as_nir, read_as_profile
from neuroff.errors import NeuroffError

_PATIENCE_S = 60.0
_OF_HDF5 = (read_as_nir, read_as_netx)


def warm(home: Path) -> None:
    """Load what readers load, so that a bomb's time and memory are its own."""
    for name, read in (
        ("a.nir", read_as_nir),
        ("a.netx", read_as_netx),
        ("a.npz", read_as_data),
        ("a.toml", read_as_profile),
    ):
        (home / name).write_bytes(b"none")
        try:
            read(home / name)
        except NeuroffError:
            continue
    for name in ("PIL.Image", "pyarrow.parquet", "neuroff.runs.network_file", "neuroff.chip.file"):
        __import__(name)


def dropped(file: Path, read: Callable[[Path], object]) -> dict[str, Any]:
    """Read a bomb in a child, and return its message, its times and by how much its memory grew."""
    reads, writes = os.pipe()
    child = os.fork()
    if not child:
        _report(file, read, writes)
    os.close(writes)
    deadline, ended = time.monotonic() + _PATIENCE_S, 0
    while not ended and time.monotonic() < deadline:
        time.sleep(0.005)
        ended, _ = os.waitpid(child, os.WNOHANG)
    if not ended:
        os.kill(child, 9)
        os.waitpid(child, 0)
    with os.fdopen(reads, "rb") as stream:
        told = stream.read()
    return json.loads(told) if told else {"message": "no answer", "wall_s": _PATIENCE_S, "refused": False}


def _report(file: Path, read: Callable[[Path], object], writes: int) -> None:
    try:
        if read in _OF_HDF5:  # what reads for it starts before
            with suppress(NeuroffError):
                read(file.parent.parent / "a.nir")
        before, started, spent = _peak_kB(os.getpid()), time.perf_counter(), _spent_s()
        with hdf5_reader.watched() as peak:
            there = peak.kB
            try:
                read(file)
                told, refused = "it was read", False
            except NeuroffError as error:
                told, refused = str(error).replace(str(file.parent), "…"), True
            except BaseException as error:
                told, refused = f"{type(error).__name__}: {error}", False
        found = {
            "refused": refused,
            "message": told[:300],
            "wall_s": round(time.perf_counter() - started, 3),
            "cpu_s": round(_spent_s() - spent, 3),
            "memory_MB": round((_peak_kB(os.getpid()) - before + peak.kB - there) / 1024, 1),
        }
        os.write(writes, json.dumps(found).encode())
        os.close(writes)
    finally:
        sys.stdout.flush()
        os._exit(0)


def _spent_s() -> float:
    return time.process_time() + hdf5_reader.spent_s()


def _peak_kB(pid: int) -> int:
    return hdf5_reader.peak_kB(pid) or resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def dropped_all(home: Path, names: tuple[str, ...] = tuple(BOMBS)) -> dict[str, dict[str, Any]]:
    """Write bombs below a folder, read each, and return what was found by name."""
    warm(home)
    found = {}
    for index, name in enumerate(names):
        file_name, write, read = BOMBS[name]
        file = home / str(index) / file_name
        file.parent.mkdir()
        write(file)
        size = file.stat().st_size if file.is_file() else 0
        found[name] = {"file_bytes": size, **dropped(file, read)}
    return found


def main() -> None:
    """Print what became of every bomb."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    from neuroff.provenance import commit, machine, versions

    with TemporaryDirectory() as folder:
        found = dropped_all(Path(folder))
    for name, each in found.items():
        print(f"{name}: {each['wall_s']:.2f} s, {each.get('memory_MB', 0):.0f} MB: {each['message']}")
    if given.json:
        result = {
            "what": "small files that ask for much, each read in a child of its own",
            "bombs": found,
            "slowest_s": max(each["wall_s"] for each in found.values()),
            "not_refused": sum(not each["refused"] for each in found.values()),
            "versions": versions(),
            "commit": commit(),
            "machine": machine("cpu"),
        }
        given.json.write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
