"""What training asks of a callback.

A callback that only looks at the state it is given, its history and what it kept there, resumes by itself: a
checkpoint holds the state. One that writes files writes what the history says.
"""

from __future__ import annotations

from typing import Protocol

from neuroff.core.inputs import Split
from neuroff.core.plan import Plan, Stage
from neuroff.training.state import TrainingState


class Callback(Protocol):
    """Told of stages and epochs; a class that derives from it overrides what it needs."""

    def started(self, split: Split, plan: Plan, state: TrainingState) -> None:
        """Training starts, or goes on from a state.

        Raises:
            ConfigError: if the callback has no use for such images or such a plan.
        """
        return

    def epoch_finished(self, stage: Stage, state: TrainingState) -> bool:
        """Return whether the stage is to end; the epoch's record is the last of ``state.history``."""
        return False

    def stage_finished(self, stage: Stage, state: TrainingState) -> None:
        """Every epoch of the stage is done, or a callback ended it; parameters may be moved in place."""
        return

    def finished(self, state: TrainingState) -> None:
        """Training is over."""
        return
