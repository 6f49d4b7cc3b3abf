"""A few inputs of every reader; `python -m benchmarks.fuzz` tries a million."""

from __future__ import annotations

import json
import mmap
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.fuzz import State, changed, watched
from benchmarks.fuzz_readers import READERS, Fuzzed

LIBRARIES = {"nir": "nir", "own parquet": "pyarrow", "own images": "PIL"}


@pytest.mark.parametrize("name", READERS)
def test_inputs_are_read_or_refused(name: str, tmp_path: Path) -> None:
    pytest.importorskip(LIBRARIES.get(name, "h5py"))
    done = watched(READERS[name](), State(tmp_path / "state.json"), 120, 60.0, 1)
    assert done["faults"] == []
    assert done["inputs"] == done["read"] + done["refused"] == 120
    assert done["refused"] > 10


def test_an_input_is_made_again_by_its_number() -> None:
    seeds = (b'{"a": 1.5, "b": [2, 3]}', b'{"c": 4}')
    made = [changed(seeds, number, 3, text=True) for number in range(200)]
    assert made == [changed(seeds, number, 3, text=True) for number in range(200)]
    assert len(set(made)) > 150


def test_exceptions_falls_and_what_takes_long_are_faults_and_the_rest_goes_on(tmp_path: Path) -> None:
    program = """
import os, sys, time
from pathlib import Path
import benchmarks.fuzz as fuzz
from benchmarks.fuzz_readers import Fuzzed
fuzz._SLOW_S, fuzz._LONG_S = 0.2, 2.5
calls, worked = [], []
def prepare(home):
    def read(content):
        calls.append(1)
        worked[:] = [time.process_time()]
        if len(calls) == 3: raise KeyError("foreign")
        if len(calls) == 6: time.sleep(5)
        if len(calls) == 7:
            while time.process_time() < worked[0] + 0.25: pass
        if len(calls) == 9: os.kill(os.getpid(), 11)
    return read
state = fuzz.State(Path(sys.argv[1]) / "state.json")
fuzz.watched(Fuzzed("own", (b"abc",), prepare), state, 20, 60.0, 0)
"""
    subprocess.run([sys.executable, "-c", program, str(tmp_path)], check=True, timeout=60)
    state = json.loads((tmp_path / "state.json").read_text())
    said = [fault["what"].partition(" ")[0] for fault in state["faults"]]
    assert {"KeyError", "Slow:", "Fallen:"} <= set(said)
    slow = {fault["what"] for fault in state["faults"] if fault["what"].startswith("Slow:")}
    assert slow == {"Slow: more than 2.5 s", "Slow: more than 0.2 s of a processor"}
    assert state["inputs"] == 20


def test_a_reader_goes_on_where_it_stood(tmp_path: Path) -> None:
    seen = mmap.mmap(-1, 8)

    def prepare(home: Path) -> object:
        def read(content: bytes) -> None:
            seen[:8] = (int.from_bytes(seen[:8], "little") + 1).to_bytes(8, "little")

        return read

    reader = Fuzzed("own", (b"abc",), prepare)  # type: ignore[arg-type]
    for count in (10, 25):
        watched(reader, State(tmp_path / "state.json"), count, 60.0, 0)
    assert int.from_bytes(seen[:8], "little") == 25
