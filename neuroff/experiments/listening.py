"""Who is told how an experiment of many runs goes."""

from __future__ import annotations

from typing import Protocol

from neuroff.config import Config
from neuroff.training import Progress


class RunsProgress(Protocol):
    """Listener of an experiment; hands out the listener of each run."""

    def run_started(self, config: Config, number: int, runs: int) -> Progress:
        """A run starts; return who listens to its training."""
        ...

    def run_finished(self, summary: str) -> None:
        """The run is done and measured."""
        ...
