"""Who is told how training goes. Silent in the library; the command line shows a bar."""

from __future__ import annotations

from typing import Protocol

from neuroff.core.plan import Stage
from neuroff.training.state import EpochRecord


class Progress(Protocol):
    """Listener of a training run."""

    def stage_started(self, stage: Stage, stages: int, done_epochs: int) -> None:
        """A stage starts, or goes on after ``done_epochs`` of its epochs."""
        ...

    def batch_finished(self, stage: Stage, epoch: int, share: float) -> None:
        """A batch of an epoch is done; ``share`` of the epoch's batches are."""
        ...

    def epoch_finished(self, stage: Stage, record: EpochRecord) -> None:
        """An epoch is done."""
        ...


class Silent:
    """Listener that says nothing."""

    def stage_started(self, stage: Stage, stages: int, done_epochs: int) -> None:
        """Say nothing."""

    def batch_finished(self, stage: Stage, epoch: int, share: float) -> None:
        """Say nothing."""

    def epoch_finished(self, stage: Stage, record: EpochRecord) -> None:
        """Say nothing."""
