"""Grids on a real Dask cluster of this machine's loopback: same bits, a worker killed, refusals."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch

from neuroff.cli.main import run
from neuroff.errors import ConfigError
from neuroff.files import read_tensors
from neuroff.runs import DaskCluster, Processes, Serial
from neuroff.runs.cluster import backend_of

Client = pytest.importorskip("distributed", reason="distributed is not installed").Client

ENVIRONMENT = {**os.environ, "OMP_NUM_THREADS": "1"}
SETTINGS = ("epochs=100", "checkpoint_every=1", "evaluate_every=0", "train_count=300", "widths=60,40")
COMMAND = [sys.executable, "-m", "neuroff", "compare", "--paths", "dense", "--profile", "loihi1-davies2018"]
COMMAND += [part for setting in SETTINGS for part in ("--set", setting)]
QUICKER = ["--set", "training.epochs=3"]


def wait(condition: Any, *processes: Any) -> Any:
    deadline = time.monotonic() + 250
    while not (found := condition()):
        assert time.monotonic() < deadline
        for process in processes:
            assert process.poll() is None, process.stderr.read() if process.stderr else "ended"
        time.sleep(0.01)
    return found


class Cluster:
    """A scheduler and two workers, processes of their own."""

    def __init__(self, folder: Path) -> None:
        self._file, self._folder = folder / "scheduler.json", folder
        self.scheduler = self._start(
            *("scheduler", "--host", "127.0.0.1", "--port", "0", "--scheduler-file", str(self._file)),
            *("--no-dashboard", "--no-jupyter"),
        )
        text = wait(lambda: self._file.exists() and self._file.read_text(), self.scheduler)
        self.address = json.loads(text)["address"].removeprefix("tcp://")
        self.workers = [self.worker() for _ in range(2)]

    def worker(self) -> Any:
        return self._start(
            *("worker", f"tcp://{self.address}", "--host", "127.0.0.1", "--nthreads", "1", "--no-nanny"),
            *("--no-dashboard", "--local-directory", str(self._folder)),
        )

    def _start(self, *words: str) -> Any:
        quiet: Any = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        return subprocess.Popen([sys.executable, "-m", "dask", *words], env=ENVIRONMENT, **quiet)

    def end(self) -> None:
        for process in (self.scheduler, *self.workers):
            process.kill()
            process.wait()


@pytest.fixture
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    started = Cluster(tmp_path_factory.mktemp("dask"))
    try:
        yield started
    finally:
        started.end()


def without_times(file: Path) -> list[dict[str, Any]]:
    timed = ("seconds", "peak_rss_bytes", "history")
    runs = json.loads(file.read_text())["runs"]
    return [{key: value for key, value in each.items() if key not in timed} for each in runs]


def test_a_killed_worker_loses_its_run_which_is_done_again(tmp_path: Path, cluster: Cluster) -> None:
    subprocess.run(
        [*COMMAND, "--out", str(tmp_path / "here")], env=ENVIRONMENT, check=True, capture_output=True
    )
    out = tmp_path / "there"
    started: Any = subprocess.Popen(
        [*COMMAND, "--out", str(out), "--backend", f"dask://{cluster.address}"],
        env=ENVIRONMENT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    with Client(f"tcp://{cluster.address}", set_as_default=False) as client:
        processes = client.run(os.getpid)
        wait(lambda: list(out.glob("runs/*/checkpoint.safetensors")), started)
        busy = [address for address, tasks in client.processing().items() if tasks]
        os.kill(processes[busy[0]], signal.SIGKILL)
    _, errors = started.communicate(timeout=300)
    assert started.returncode == 0, errors
    assert without_times(out / "comparison.json") == without_times(tmp_path / "here" / "comparison.json")
    files = sorted((tmp_path / "here").glob("runs/*/network.safetensors"))
    assert len(files) == 3
    for file in files:
        tensors, _ = read_tensors(file)
        twin, _ = read_tensors(out / file.relative_to(tmp_path / "here"))
        assert all(torch.equal(tensors[name], twin[name]) for name in tensors)
    assert len(list(out.glob("runs/*"))) == 3


def test_interrupted_on_a_cluster_and_resumed_here(tmp_path: Path, cluster: Cluster) -> None:
    command = [*COMMAND, "--set", "training.epochs=400", "--out", str(tmp_path)]
    started: Any = subprocess.Popen(
        [*command, "--backend", f"dask://{cluster.address}"],
        env=ENVIRONMENT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    wait(lambda: list(tmp_path.glob("runs/*/checkpoint.safetensors")), started)
    started.send_signal(signal.SIGINT)
    _, errors = started.communicate(timeout=300)
    assert started.returncode == 130, errors
    assert "checkpoints are kept" in errors
    assert list(tmp_path.glob("runs/*/checkpoint.safetensors"))


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("threads", "--backend: 'threads'; expected processes, or dask://HOST:PORT"),
        ("dask://here", "--backend: dask://here; expected dask://HOST:PORT of a scheduler"),
        ("dask://a/b:1", "expected dask://HOST:PORT of a scheduler"),
    ],
)
def test_what_is_no_back_end_is_refused(name: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        backend_of(name, 1)


def test_names_of_back_ends() -> None:
    assert backend_of(None, 1) == backend_of("processes", 1) == Serial()
    assert backend_of("processes", 3) == Processes(3)
    assert backend_of("dask://host:8786", 1) == DaskCluster("host:8786")


def test_nobody_answers(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Port 1 of the loopback is closed."""
    monkeypatch.setattr("neuroff.runs.cluster._PATIENCE_S", 1)
    found = run(["compare", *QUICKER, "--out", str(tmp_path), "--backend", "dask://127.0.0.1:1"])
    assert found == 2
    assert "dask://127.0.0.1:1: no scheduler answers" in " ".join(capsys.readouterr().err.split())
