"""Runs on the workers of a Dask cluster, through joblib's back end for it.

Workers see the folder of the runs under the same path as whoever starts them. A worker that dies loses the
run it had: Dask gives it to another one, which goes on from the run's checkpoint.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import joblib

from neuroff.checks import require_kind
from neuroff.errors import ConfigError, MissingDependencyError, RunError
from neuroff.provenance import versions
from neuroff.runs.backends import Backend, Job, Processes, Result, Serial, outcomes
from neuroff.training import Progress

_SCHEME = "dask://"
_PATIENCE_S = 10.0
_LOOK_EVERY_S = 1.0


@dataclass(frozen=True)
class DaskCluster:
    """Several jobs at once, on whatever workers a Dask scheduler has.

    Attributes:
        address: ``HOST:PORT`` of the scheduler.

    Raises:
        ConfigError: if that is no address.
        MissingDependencyError: if dask and distributed are not installed.
    """

    address: str

    def __post_init__(self) -> None:
        require_kind("address", self.address, str, where="DaskCluster", expected="HOST:PORT")
        host, _, port = self.address.rpartition(":")
        if not host or not port.isdigit() or "/" in host:
            raise ConfigError(
                f"{_SCHEME}{self.address}", where="--backend", expected=f"{_SCHEME}HOST:PORT of a scheduler"
            )
        try:
            import distributed  # noqa: F401
        except ImportError as error:
            raise MissingDependencyError(
                f"distributed cannot be imported ({error})",
                where="--backend dask",
                fix="run `pip install 'neuroff[cluster]'`, here and where the workers are",
            ) from None

    @property
    def at_once(self) -> int:
        """As many as the workers have threads.

        Raises:
            ConfigError: if no scheduler answers, or it has no workers.
        """
        with self._client() as client:
            return int(sum(client.ncores().values()))

    def execute(
        self,
        jobs: Sequence[Job[Result]],
        listener: Callable[[int], Progress | None],
        should_stop: Callable[[], bool],
    ) -> Iterator[tuple[int, Result]]:
        """See `Backend`; nobody listens to the single runs.

        Raises:
            RunError: if a run brings down one worker after the other, or the scheduler goes away.
        """
        from distributed import Event, KilledWorker
        from distributed.comm import CommClosedError

        with self._client() as client:
            asked = StopEvent(f"neuroff-stop-{uuid.uuid4().hex}")
            event = Event(asked.name, client=client)
            try:
                with joblib.parallel_config(backend="dask", client=client):
                    parallel = joblib.Parallel(return_as="generator_unordered", batch_size=1)
                    yield from outcomes(parallel, jobs, asked, event.set, should_stop)
            except KilledWorker as error:
                raise RunError(
                    f"a run ended {error.allowed_failures + 1} workers one after the other",
                    where=_SCHEME + self.address,
                    fix="see the workers' logs: memory is the usual reason; then go on with --resume",
                ) from None
            except CommClosedError as error:
                raise RunError(
                    f"the scheduler is gone ({error})",
                    where=_SCHEME + self.address,
                    fix="start it again and go on with --resume",
                ) from None

    @property
    def _scheduler(self) -> str:
        return f"tcp://{self.address}"

    @contextmanager
    def _client(self) -> Iterator[Any]:
        from distributed import Client

        try:
            client = Client(self._scheduler, timeout=_PATIENCE_S, set_as_default=False)
        except (OSError, TimeoutError, ValueError) as error:
            raise ConfigError(
                f"no scheduler answers ({error})",
                where=_SCHEME + self.address,
                expected="a Dask scheduler, as `dask scheduler` starts one",
                fix="check host and port",
            ) from None
        try:
            if not client.ncores():
                raise ConfigError(
                    "the scheduler has no workers",
                    where=_SCHEME + self.address,
                    fix=f"start some: `dask worker {self._scheduler} --nthreads 1`",
                )
            self._require_alike(client)
            yield client
        finally:
            client.close()

    def _require_alike(self, client: Any) -> None:
        """Refuse workers that would compute by other rules.

        Raises:
            ConfigError: if a worker has another version of neuroff or of torch, or none.
        """
        here = own_versions()
        for worker, found in client.run(own_versions, on_error="return").items():
            if found != here:
                raise ConfigError(
                    f"worker {worker} has {found}",
                    where=_SCHEME + self.address,
                    expected=str(here),
                    fix="install the same versions where the workers are, and start them anew",
                )


def own_versions() -> dict[str, str]:
    """Return the versions that decide what a run computes."""
    found = versions()
    return {name: found[name] for name in ("neuroff", "torch")}


class StopEvent:
    """Says on a worker that it is time to stop, by an event of the scheduler's; looks once a second.

    Args:
        name: of the event.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self._looked_s = float("-inf")
        self._found = False

    def __call__(self) -> bool:
        """Whether it is set, or nobody can be asked any more."""
        now = time.monotonic()
        if not self._found and now - self._looked_s >= _LOOK_EVERY_S:
            from distributed import Event, get_client

            try:
                self._found = bool(Event(self.name, client=get_client()).is_set())
            except (OSError, TimeoutError, ValueError):
                self._found = True
            self._looked_s = now
        return self._found


def backend_of(name: str | None, jobs: int) -> Backend:
    """Return what a command's options name.

    Args:
        name: ``processes`` or ``dask://HOST:PORT``; None for processes where there are several jobs.
        jobs: runs at once, of processes.

    Raises:
        ConfigError: if the name is another one.
    """
    if name is not None and name.startswith(_SCHEME):
        return DaskCluster(name.removeprefix(_SCHEME))
    if name not in (None, "processes"):
        raise ConfigError(f"{name!r}", where="--backend", expected=f"processes, or {_SCHEME}HOST:PORT")
    return Processes(jobs) if jobs > 1 else Serial()
