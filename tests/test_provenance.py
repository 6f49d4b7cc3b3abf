from __future__ import annotations

import subprocess
import sys

import torch

from neuroff.provenance import commit, machine, peak_rss_bytes, versions


def test_versions_name_what_computes() -> None:
    assert versions()["torch"] == torch.__version__
    assert {"neuroff", "python", "numpy"} <= set(versions())


def test_commit_is_a_hash_or_none() -> None:
    found = commit()
    assert found is None or len(found.rstrip("+")) == 40


def test_machine_is_described_without_its_name() -> None:
    import platform

    described = machine("cpu")
    assert described["device"] == "cpu"
    assert platform.node() not in map(str, described.values())


def test_peak_memory_is_this_process_s_own() -> None:
    ballast = bytearray(300_000_000)
    assert peak_rss_bytes() > len(ballast)
    program = (
        "import importlib.util, sys; spec = importlib.util.find_spec('neuroff.provenance');"
        "import types; sys.modules['torch'] = types.SimpleNamespace(device=str);"
        "from neuroff.provenance import peak_rss_bytes; print(peak_rss_bytes())"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    if sys.platform == "linux":
        assert int(done.stdout) < 200_000_000
