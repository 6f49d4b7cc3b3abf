from __future__ import annotations

import json
import os
import pickle
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import joblib
import pytest
import torch

from neuroff.config import Config
from neuroff.core.inputs import Split
from neuroff.data import DataSet
from neuroff.errors import ConfigError, NeuroffError, RunError
from neuroff.files import read_tensors
from neuroff.runs import Execution, Processes, Serial
from neuroff.runs.backends import Backend, Hooks, Job
from neuroff.runs.folder import TrainedRun
from neuroff.runs.grid import TrainAndRead, run_grid
from neuroff.training import Interrupted, Progress, Silent

BACKENDS = (Serial(), Processes(2))


@dataclass(frozen=True)
class Named:
    folder: str
    config: Config


@dataclass
class Heard:
    """A listener that notes what it is told."""

    told: list[tuple[object, ...]]

    def grid_started(self, runs: int, at_once: int) -> None:
        self.told.append(("grid", runs, at_once))

    def run_started(self, config: Config, number: int, runs: int) -> Progress:
        self.told.append(("run", config.seed, number, runs))
        return Silent()

    def run_finished(self, number: int, runs: int, summary: str) -> None:
        self.told.append(("done", number, runs, summary))


def first_weight(run: Named, trained: TrainedRun, split: Split) -> tuple[int, float, int]:
    return run.config.seed, float(trained.network.layers[0].tensors()["weight"].flatten()[0]), len(split.test)


def runs_of(quick: Callable[..., Config], seeds: int = 3) -> list[Named]:
    return [Named(f"runs/{seed}", quick(f"seed={seed}")) for seed in range(seeds)]


def test_processes_give_the_same_bits_in_the_same_order_as_one_after_the_other(
    quick: Callable[..., Config], few_digits: DataSet, tmp_path: Path
) -> None:
    runs, found = runs_of(quick), []
    for backend in BACKENDS:
        out = tmp_path / str(backend.at_once)
        found.append(
            run_grid(
                runs, TrainAndRead(first_weight, out, few_digits), Execution(backend=backend), summary=str_of
            )
        )
    assert found[0] == found[1]
    assert [seed for seed, _, _ in found[0]] == [0, 1, 2]
    for run in runs:
        one, other = (
            read_tensors(tmp_path / str(backend.at_once) / run.folder / "network.safetensors")[0]
            for backend in BACKENDS
        )
        assert all(torch.equal(one[name], other[name]) for name in one)


def str_of(run: Named, row: object) -> str:
    return f"seed {run.config.seed}"


def test_the_listener_hears_of_every_run_and_rows_are_kept_as_they_come(
    quick: Callable[..., Config], few_digits: DataSet, tmp_path: Path
) -> None:
    runs = runs_of(quick, 2)
    for backend in BACKENDS:
        heard = Heard([])
        kept: list[list[int]] = []
        out = tmp_path / str(backend.at_once)
        run_grid(
            runs,
            TrainAndRead(first_weight, out, few_digits),
            Execution(backend=backend, progress=heard),
            summary=str_of,
            keep=lambda rows, kept=kept: kept.append([row[0] for row in rows]),  # type: ignore[misc]
        )
        assert heard.told[0] == ("grid", 2, backend.at_once)
        done = sorted(entry for entry in heard.told if entry[0] == "done")
        assert done == [("done", 0, 2, "seed 0"), ("done", 1, 2, "seed 1")]
        started = [entry for entry in heard.told if entry[0] == "run"]
        assert started == ([("run", 0, 0, 2), ("run", 1, 1, 2)] if backend.at_once == 1 else [])
        assert [len(rows) for rows in kept] == [1, 2]
        assert kept[-1] == [0, 1]


@pytest.mark.parametrize("backend", BACKENDS, ids=("serial", "processes"))
def test_a_failing_run_ends_the_grid_in_its_own_message_and_the_others_are_kept(
    quick: Callable[..., Config], few_digits: DataSet, tmp_path: Path, backend: Backend
) -> None:
    runs = runs_of(quick)
    work = TrainAndRead(first_weight, tmp_path, few_digits)
    run_grid(runs[:1], work, Execution(), summary=str_of)
    other = Named("runs/0", quick("seed=7"))  # where seed 0 is already
    with pytest.raises(RunError, match="the run here has another configuration"):
        run_grid([runs[1], other, runs[2]], work, Execution(backend=backend), summary=str_of)
    rows = run_grid(runs, work, Execution(backend=backend), summary=str_of)
    assert [row[0] for row in rows] == [0, 1, 2]


@pytest.mark.parametrize("backend", BACKENDS, ids=("serial", "processes"))
def test_asked_to_stop_every_run_keeps_its_state_and_goes_on_to_the_same_bits(
    quick: Callable[..., Config], few_digits: DataSet, tmp_path: Path, backend: Backend
) -> None:
    runs = [Named(f"runs/{seed}", quick(f"seed={seed}", "training.epochs=100")) for seed in range(2)]
    work = TrainAndRead(first_weight, tmp_path / "stopped", few_digits)
    with pytest.raises(Interrupted):
        run_grid(
            runs,
            work,
            Execution(backend=backend, should_stop=lambda: any(tmp_path.glob("stopped/runs/*/config.json"))),
            summary=str_of,
        )
    under_way = list(tmp_path.glob("stopped/runs/*/checkpoint.safetensors"))
    assert under_way
    assert not list(tmp_path.glob("stopped/runs/*/result.json"))
    going_on = run_grid(runs, work, Execution(backend=backend), summary=str_of)
    whole = run_grid(
        runs, TrainAndRead(first_weight, tmp_path / "whole", few_digits), Execution(), summary=str_of
    )
    assert going_on == whole


def test_killed_and_resumed_equals_uninterrupted(tmp_path: Path) -> None:
    """The command line, killed with nothing to say about it, its workers too."""
    out = tmp_path / "killed"
    settings = ("epochs=60", "checkpoint_every=1", "train_count=300")
    command = [sys.executable, "-m", "neuroff", "compare", "--paths", "dense", "--jobs", "2"]
    command += [part for setting in settings for part in ("--set", setting)]
    command += ["--profile", "loihi1-davies2018", "--out"]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    process = subprocess.Popen([*command, str(out)], env=environment, stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 100
    while not list(out.glob("runs/*/checkpoint.safetensors")):
        assert time.monotonic() < deadline, "no checkpoint was written"
        assert process.poll() is None, "finished before it could be killed"
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.wait()
    before = len(list(out.glob("runs/*/result.json")))
    assert before < 3
    # The workers notice at their next batch that nobody waits for them; what they keep is not torn.
    subprocess.run([*command, str(out), "--resume"], env=environment, check=True, capture_output=True)
    subprocess.run([*command, str(tmp_path / "whole")], env=environment, check=True, capture_output=True)
    one, other = (
        json.loads((folder / "comparison.json").read_text()) for folder in (out, tmp_path / "whole")
    )
    timed = ("seconds", "peak_rss_bytes", "history")
    for left, right in zip(one["runs"], other["runs"], strict=True):
        assert {key: left[key] for key in left if key not in timed} == {
            key: right[key] for key in right if key not in timed
        }
    for file in (tmp_path / "whole").glob("runs/*/network.safetensors"):
        twin, _ = read_tensors(out / file.relative_to(tmp_path / "whole"))
        tensors, _ = read_tensors(file)
        assert all(torch.equal(tensors[name], twin[name]) for name in tensors)


def test_a_run_stops_when_whoever_started_it_is_gone() -> None:
    with joblib.parallel_config("sequential"):
        # In this process the parent is another one, so only the stop file counts.
        found = list(Processes(1).execute([stops, stops], lambda number: None, lambda: False))
    assert sorted(found) == [(0, False), (1, False)]


def stops(hooks: Hooks) -> bool:
    return hooks.should_stop()


def test_no_runs_are_no_rows() -> None:
    jobs: list[Job[int]] = []
    for backend in BACKENDS:
        assert list(backend.execute(jobs, lambda number: None, lambda: False)) == []


def test_errors_travel_whole() -> None:
    error = ConfigError("three", where="jobs", expected="two", fix="wait")
    twin = pickle.loads(pickle.dumps(error))
    assert type(twin) is ConfigError
    assert (str(twin), twin.what, twin.where, twin.expected, twin.fix) == (
        "jobs: three; expected two. Wait.",
        "three",
        "jobs",
        "two",
        "wait",
    )


@pytest.mark.parametrize("jobs", [0, -1])
def test_less_than_one_process_is_refused(jobs: int) -> None:
    with pytest.raises(NeuroffError, match=f"jobs = {jobs}; expected a number at least 1"):
        Processes(jobs)


class Twice:
    """Does every run again, as for a worker that was believed dead."""

    at_once = 2

    def execute(self, jobs: Any, listener: Any, should_stop: Any) -> Any:
        for number, job in enumerate(jobs):
            yield number, job(Hooks())
        for number, job in enumerate(jobs):
            yield number, job(Hooks())


def test_a_run_that_is_done_again_is_no_other_run_and_counts_once(
    quick: Callable[..., Config], few_digits: DataSet, tmp_path: Path
) -> None:
    runs = runs_of(quick, 2)
    work = TrainAndRead(first_weight, tmp_path, few_digits, resume=False)
    heard = Heard([])
    rows = run_grid(runs, work, Execution(backend=Twice(), progress=heard), summary=str_of)
    assert [row[0] for row in rows] == [0, 1]
    assert [entry[1] for entry in heard.told if entry[0] == "done"] == [0, 1]
    with pytest.raises(RunError, match="a run is already here"):
        run_grid(runs, work, Execution(), summary=str_of)
