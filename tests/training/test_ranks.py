"""One training by several processes of torchrun: real processes over gloo, on this machine's loopback."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

from neuroff.results import RunResult
from neuroff.training.ranks import Ranks, local_device
from neuroff.training.team import Alone

TORCHRUN = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]
TRAIN = ["-m", "neuroff", "train", "--variant", "acff", "--set", "widths=40,30", "--set", "train_count=400"]
TRAIN += ["--set", "evaluate_every=0", "--set", "checkpoint_every=1"]
ENVIRONMENT = {**os.environ, "OMP_NUM_THREADS": "1", "GLOO_SOCKET_IFNAME": "lo"}

pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="finds processes in /proc"),
    pytest.mark.skipif(not torch.distributed.is_gloo_available(), reason="this PyTorch has no gloo"),
]


def run(*command: str) -> None:
    done = subprocess.run(command, env=ENVIRONMENT, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr


def farthest(one: Path, other: Path) -> float:
    """Largest difference of two runs' parameters."""
    left, right = (load_file(folder / "network.safetensors") for folder in (one, other))
    assert left.keys() == right.keys()
    return max(float((left[name] - right[name]).abs().max()) for name in left)


@pytest.mark.parametrize(
    "settings",
    [
        ("--path", "dense", "--set", "training.pixel_dropout=0.2"),
        ("--path", "spiking", "--set", "neuron.learned=beta"),
        ("--path", "dense", "--set", "precision=float64", "--set", "chunk_size=50"),
    ],
    ids=["dense", "spiking", "other chunks"],
)
def test_two_processes_equal_one_after_twenty_epochs(tmp_path: Path, settings: tuple[str, ...]) -> None:
    """In float32, of 25 images a chunk like those that each process takes; chunks of 50 need float64."""
    train = [*TRAIN, "--set", "chunk_size=25", *settings, "--epochs", "20"]
    run(sys.executable, *train, "--out", str(tmp_path / "one"))
    run(*TORCHRUN, *train, "--out", str(tmp_path / "two"))
    assert farthest(tmp_path / "one", tmp_path / "two") < 1e-6
    one, two = (RunResult.read(tmp_path / name / "result.json") for name in ("one", "two"))
    assert one.accuracy == two.accuracy
    assert (one.machine.processes, two.machine.processes) == (None, 2)
    for left, right in zip(one.history, two.history, strict=True):
        assert left.layers[0].loss == pytest.approx(right.layers[0].loss, rel=1e-6)


def process_of(parent: int, rank: int) -> int:
    """The process of a rank, found among the children of torchrun."""
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            stat = (folder / "stat").read_text().rpartition(")")[2].split()
            environment = (folder / "environ").read_bytes().split(b"\0")
        except OSError:
            continue
        if int(stat[1]) == parent and f"RANK={rank}".encode() in environment:
            return int(folder.name)
    raise LookupError(f"no process of rank {rank}")


@pytest.mark.parametrize("rank", [0, 1])
def test_a_lost_process_ends_in_a_message_and_a_checkpoint_to_go_on_from(tmp_path: Path, rank: int) -> None:
    train = [*TRAIN, "--set", "chunk_size=25", "--epochs", "80", "--out"]
    broken = tmp_path / "broken"
    started: Any = subprocess.Popen(
        [*TORCHRUN, *train, str(broken)], env=ENVIRONMENT, stderr=subprocess.PIPE, text=True
    )
    deadline = time.monotonic() + 200
    while not (broken / "checkpoint.safetensors").exists():
        assert started.poll() is None, started.stderr.read()
        assert time.monotonic() < deadline
        time.sleep(0.01)
    os.kill(process_of(started.pid, rank), signal.SIGKILL)
    _, errors = started.communicate(timeout=200)
    assert started.returncode != 0
    said = f"process {2 - rank} of 2: another process is gone"
    assert said in errors
    assert "start the same command again with --resume" in " ".join(errors.split())
    assert not (broken / "result.json").exists()
    run(*TORCHRUN, *train, str(broken), "--resume")
    run(sys.executable, *train, str(tmp_path / "whole"))
    assert farthest(tmp_path / "whole", broken) < 1e-6


def test_every_chunk_is_dealt_once() -> None:
    teams = []
    for rank in range(3):
        team = object.__new__(Ranks)
        team.rank, team._size = rank, 3
        teams.append(team)
    for rows, images in ((slice(10, 57), 47), (torch.arange(40), 40), (slice(0, 2), 2)):
        dealt = sorted((each for team in teams for each in team.dealt(rows, 8)), key=lambda each: each[0])
        alone = list(Alone().dealt(rows, min(8, -(-images // 3))))
        assert [place for place, _ in dealt] == [place for place, _ in alone]
        for (_, chunk), (_, same) in zip(dealt, alone, strict=True):
            assert torch.equal(torch.arange(100)[chunk], torch.arange(100)[same])


def test_without_torchrun_there_is_one_process(monkeypatch: pytest.MonkeyPatch) -> None:
    assert local_device("cuda") == "cuda"
    monkeypatch.setenv("WORLD_SIZE", "2")
    monkeypatch.setenv("MASTER_ADDR", "127.0.0.1")
    monkeypatch.setenv("LOCAL_RANK", "1")
    assert local_device("cuda") == "cuda:1"
    assert local_device("cpu") == "cpu"
