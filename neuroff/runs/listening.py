"""Who is told how an experiment of many runs goes."""

from __future__ import annotations

from typing import Protocol

from neuroff.config import Config
from neuroff.training import Progress


class RunsProgress(Protocol):
    """Listener of a grid; hands out the listener of each run that is trained in this process."""

    def grid_started(self, runs: int, at_once: int) -> None:
        """So many runs are to come, some of them at the same time."""
        ...

    def run_started(self, config: Config, number: int, runs: int) -> Progress:
        """A run starts in this process; return who listens to its training."""
        ...

    def run_finished(self, number: int, runs: int, summary: str) -> None:
        """A run is done and measured; `number` counts from 0 in the order of the grid."""
        ...
