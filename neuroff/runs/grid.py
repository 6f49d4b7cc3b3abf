"""A grid: named runs, each trained into a folder of its own and read, executed by a back end.

Every experiment of more than one run is a list of runs, a function that reads a trained one, and what is made
of all that was read. A finished run is not trained again, and an interrupted one goes on from its checkpoint.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any, Generic, Protocol, TypeVar

from neuroff.config import Config
from neuroff.config.inputs import prepare
from neuroff.core.inputs import Split
from neuroff.data import DataSet
from neuroff.runs.backends import Backend, Hooks, Serial
from neuroff.runs.folder import RunDirectory, TrainedRun, load_run, refuse_other_run, train_run
from neuroff.runs.listening import RunsProgress
from neuroff.runs.result import PARTS, Part
from neuroff.runs.stage_store import StageStore
from neuroff.training import Progress


class GridRun(Protocol):
    """One run of a grid; an experiment's own class adds what it knows of the run."""

    @property
    def folder(self) -> str:
        """Where the run lives, below the grid's folder; unique in the grid."""
        ...

    @property
    def config(self) -> Config:
        """Its configuration."""
        ...


Run = TypeVar("Run", bound=GridRun)
Row = TypeVar("Row")
Work = Callable[[Run, Hooks], Row]
"""What is done for a run; it travels to another process, so it holds plain values and functions."""


@dataclass(frozen=True)
class Execution:
    """How the runs of a grid are executed; the same for every experiment.

    Attributes:
        device: where to train and measure.
        backend: what executes the runs.
        progress: listener.
        should_stop: asked after every batch.
    """

    device: str = "cpu"
    backend: Backend = field(default_factory=Serial)
    progress: RunsProgress | None = None
    should_stop: Callable[[], bool] = lambda: False


HERE = Execution()
"""One run after the other, in this process, on its CPU, and nobody listens."""


@dataclass(frozen=True)
class TrainAndRead(Generic[Run, Row]):
    """The usual work: train into the run's folder, load, and read.

    Attributes:
        read: takes the run, what was trained, and its images.
        out: the grid's folder.
        dataset: the images.
        device: where to train and read.
        resume: use a run that is finished there and go on with an interrupted one.
        measured: images that final accuracies are taken on.
        stages: folder of finished stages that runs share.
    """

    read: Callable[[Run, TrainedRun, Split], Row]
    out: Path
    dataset: DataSet
    device: str = "cpu"
    resume: bool = True
    measured: Sequence[Part] = PARTS
    stages: Path | None = None

    def begun(self, runs: Sequence[Run]) -> TrainAndRead[Run, Row]:
        """Return the work as it is done once the grid has begun: what lies in its folders is its own then.

        A worker that dies leaves a run's folder behind, which the next one goes on from.

        Raises:
            RunError: if a folder holds a run that is not to be resumed.
        """
        for run in runs:
            refuse_other_run(RunDirectory(self.out / run.folder), run.config, self.resume)
        return replace(self, resume=True)

    def __call__(self, run: Run, hooks: Hooks) -> Row:
        """Return what was read.

        Raises:
            RunError: if the folder holds another run, or one that is not to be resumed.
            neuroff.training.Interrupted: if asked to stop; the checkpoint is kept.
        """
        directory = RunDirectory(self.out / run.folder)
        train_run(
            directory,
            run.config,
            self.dataset,
            device=self.device,
            resume=self.resume,
            measured=self.measured,
            stage_store=None if self.stages is None else StageStore(self.stages),
            progress=hooks.progress,
            should_stop=hooks.should_stop,
        )
        return self.read(
            run, load_run(directory, self.device), prepare(self.dataset, run.config, self.device)
        )


def run_grid(
    runs: Sequence[Run],
    work: Work[Run, Row],
    execution: Execution,
    *,
    summary: Callable[[Run, Row], str],
    keep: Callable[[list[Row]], Any] = lambda rows: None,
) -> list[Row]:
    """Do the work of every run, and return what it gave, in the order of the runs.

    Args:
        runs: the grid.
        work: trains and reads a run.
        execution: by what, where, and who listens.
        summary: a run's outcome in a few words, for the listener.
        keep: called after every run with the rows there are so far, in the order of the runs.

    Raises:
        NeuroffError: that of the first run that fails.
        neuroff.training.Interrupted: if asked to stop.
    """
    progress = execution.progress

    def listener(number: int) -> Progress | None:
        return progress.run_started(runs[number].config, number, len(runs)) if progress else None

    if progress:
        progress.grid_started(len(runs), execution.backend.at_once)
    begun = work.begun(runs) if isinstance(work, TrainAndRead) and not work.resume else work
    jobs = [partial(begun, run) for run in runs]
    done: dict[int, Row] = {}
    for number, row in execution.backend.execute(jobs, listener, execution.should_stop):
        if number in done:  # done again for a worker that was believed dead
            continue
        done[number] = row
        keep([done[key] for key in sorted(done)])
        if progress:
            progress.run_finished(number, len(runs), summary(runs[number], row))
    return [done[key] for key in sorted(done)]
