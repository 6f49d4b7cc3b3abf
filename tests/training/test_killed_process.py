"""A real process, killed while it trains, and resumed by the same command."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from safetensors.torch import load_file

COMMAND = [sys.executable, "-c", "from neuroff.cli import main; main()", "train", "--variant", "acff"]
SETTINGS = ["--set", "widths=40,30", "--set", "checkpoint_every=1", "--set", "evaluate_every=0"]
COMMAND += [*SETTINGS, "--epochs", "40"]


def start(out: Path, path: str, *more: str) -> Any:
    return subprocess.Popen(
        [*COMMAND, "--path", path, "--out", str(out), *more],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def wait_for(path: Path, process: Any) -> None:
    deadline = time.monotonic() + 120
    while not path.exists():
        assert process.poll() is None, process.stderr.read()
        assert time.monotonic() < deadline
        time.sleep(0.01)


@pytest.mark.parametrize(
    ("path", "number"), [("dense", signal.SIGKILL), ("dense", signal.SIGINT), ("spiking", signal.SIGKILL)]
)
def test_killed_and_resumed_equals_uninterrupted(tmp_path: Path, path: str, number: Any) -> None:
    whole = start(tmp_path / "whole", path)
    _, errors = whole.communicate(timeout=300)
    assert whole.returncode == 0, errors
    broken = start(tmp_path / "broken", path)
    wait_for(tmp_path / "broken" / "checkpoint.safetensors", broken)
    broken.send_signal(number)
    _, errors = broken.communicate(timeout=300)
    if number == signal.SIGINT:
        assert broken.returncode == 130
        assert "go on with --resume" in errors
    assert not (tmp_path / "broken" / "result.json").exists()
    resumed = start(tmp_path / "broken", path, "--resume")
    _, errors = resumed.communicate(timeout=300)
    assert resumed.returncode == 0, errors
    one, other = (load_file(tmp_path / name / "network.safetensors") for name in ("whole", "broken"))
    assert one.keys() == other.keys()
    for name, tensor in one.items():
        assert tensor.equal(other[name]), name
