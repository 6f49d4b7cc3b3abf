"""What executes the runs of a grid: one after the other here, or several at once in processes."""

from __future__ import annotations

import os
import signal
import tempfile
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, TypeVar

import joblib

from neuroff.checks import require_whole
from neuroff.errors import Interrupted, NeuroffError
from neuroff.training import Progress

Result = TypeVar("Result")


@dataclass(frozen=True)
class Hooks:
    """What a run is given by whoever executes it.

    Attributes:
        should_stop: asked after every batch.
        progress: listener to the training.
    """

    should_stop: Callable[[], bool] = lambda: False
    progress: Progress | None = None


Job = Callable[[Hooks], Result]
"""One run: trains, measures, and returns what it found."""


class Backend(Protocol):
    """Executes jobs."""

    @property
    def at_once(self) -> int:
        """How many jobs run at the same time."""
        ...

    def execute(
        self,
        jobs: Sequence[Job[Result]],
        listener: Callable[[int], Progress | None],
        should_stop: Callable[[], bool],
    ) -> Iterator[tuple[int, Result]]:
        """Yield each job's number and result when it is done.

        Args:
            jobs: what to do.
            listener: called with a number when that job starts in this process.
            should_stop: asked after every batch.

        Raises:
            Interrupted: if asked to stop, when every job under way has kept its state.
            NeuroffError: that of the job that failed first, when the others have kept their state.
        """
        ...


@dataclass(frozen=True)
class Serial:
    """One job after the other, in this process."""

    @property
    def at_once(self) -> int:
        """One."""
        return 1

    def execute(
        self,
        jobs: Sequence[Job[Result]],
        listener: Callable[[int], Progress | None],
        should_stop: Callable[[], bool],
    ) -> Iterator[tuple[int, Result]]:
        """See `Backend`."""
        for number, job in enumerate(jobs):
            yield number, job(Hooks(should_stop, listener(number)))


@dataclass(frozen=True)
class Processes:
    """Several jobs at once, each in a process of its own, started by joblib.

    Every process computes with the cores' number divided by that of the processes, or with
    ``OMP_NUM_THREADS`` threads where that is set; bits may depend on the number of threads. Within
    ``joblib.parallel_config`` another back end of joblib's does the work, provided that its machines share
    the folders of runs and of temporary files; `neuroff.runs.cluster` has Dask's.

    Attributes:
        jobs: how many at once.

    Raises:
        ConfigError: if that is less than one.
    """

    jobs: int

    def __post_init__(self) -> None:
        require_whole("jobs", self.jobs, least=1, where="runs at once")

    @property
    def at_once(self) -> int:
        """As many as there are processes."""
        return self.jobs

    def execute(
        self,
        jobs: Sequence[Job[Result]],
        listener: Callable[[int], Progress | None],
        should_stop: Callable[[], bool],
    ) -> Iterator[tuple[int, Result]]:
        """See `Backend`; nobody listens to the single runs."""
        with tempfile.TemporaryDirectory(prefix="neuroff-") as folder:
            asked = StopFile(Path(folder) / "stop")
            # A batch of one, so that what is done is known at once.
            parallel = joblib.Parallel(self.jobs, return_as="generator_unordered", batch_size=1)
            yield from outcomes(parallel, jobs, asked, asked.path.touch, should_stop)


def outcomes(
    parallel: Any,
    jobs: Sequence[Job[Result]],
    asked: Callable[[], bool],
    ask: Callable[[], None],
    should_stop: Callable[[], bool],
) -> Iterator[tuple[int, Result]]:
    """Yield each job's number and result when it is done; see `Backend.execute`.

    Args:
        parallel: joblib's, which yields what is done in any order.
        jobs: what to do.
        asked: travels to the workers; says whether they are to stop.
        ask: makes it say so.
        should_stop: asked in this process.

    Raises:
        Interrupted: if asked to stop, when every job under way has kept its state.
        NeuroffError: that of the job that failed first, when the others have kept their state.
    """
    failures: list[NeuroffError] = []
    stopped = False
    owner = os.getpid()
    with _watching(should_stop, ask):
        made = parallel(
            joblib.delayed(_guarded)(job, number, asked, owner) for number, job in enumerate(jobs)
        )
        for number, outcome in made:
            if isinstance(outcome, NeuroffError):
                failures.append(outcome)
                ask()
            elif isinstance(outcome, _Stopped):
                stopped = True
            else:
                yield number, outcome
    if failures:
        raise failures[0]
    if stopped:
        raise Interrupted


@dataclass(frozen=True)
class StopFile:
    """Says that it is time to stop once a file is there.

    Attributes:
        path: the file.
    """

    path: Path

    def __call__(self) -> bool:
        """Whether it is there."""
        return self.path.exists()


class _Stopped:
    """In place of a result: the job was asked to stop."""


def _guarded(job: Job[Any], number: int, asked: Callable[[], bool], owner: int) -> tuple[int, Any]:
    """Do a job in a worker. An error is returned, since raising it would end the other workers unkept."""
    # Ctrl-C reaches every process of a terminal; whoever started this one decides and asks by `asked`.
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGINT, signal.SIG_IGN)
    is_child = os.getppid() == owner

    def should_stop() -> bool:
        return asked() or (is_child and os.getppid() != owner)

    if should_stop():
        return number, _Stopped()
    try:
        return number, job(Hooks(should_stop))
    except Interrupted:
        return number, _Stopped()
    except NeuroffError as error:
        return number, error


@contextmanager
def _watching(should_stop: Callable[[], bool], ask: Callable[[], None]) -> Iterator[None]:
    """Call ``ask`` soon after ``should_stop`` says so."""
    over = threading.Event()

    def watch() -> None:
        while not over.wait(0.1):
            if should_stop():
                ask()
                return

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield
    finally:
        over.set()
        watcher.join()
