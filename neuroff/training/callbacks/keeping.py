"""Held-out accuracy decides: when a stage has lasted long enough, and which of its epochs is kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from neuroff.checks import require_whole
from neuroff.core.inputs import Split
from neuroff.core.plan import Plan, Stage
from neuroff.errors import ConfigError
from neuroff.training.callbacks.protocol import Callback
from neuroff.training.state import EpochRecord, TrainingState, layer_tensors


def best_epoch(history: Sequence[EpochRecord], stage: int) -> int | None:
    """Return the epoch of a stage, from 1, with the highest held-out accuracy, the first of equals.

    None where it was never taken.
    """
    taken = [record for record in history if record.stage == stage and record.held_out_accuracy is not None]
    # max returns the first of equals
    return max(taken, key=lambda record: record.held_out_accuracy or 0.0).epoch if taken else None


def _require_held_out(split: Split, plan: Plan, where: str) -> None:
    if not len(split.held_out):
        raise ConfigError(
            "no held-out images to judge by",
            where=where,
            expected="some training images that are not trained on",
            fix="set data.held_out_share=0.1, or data.train_count to less than there are",
        )
    if not plan.evaluate_every:
        raise ConfigError(
            "accuracies are taken at the end alone",
            where=where,
            expected="evaluate_every of 1 or more",
            fix="set training.evaluate_every=1",
        )


@dataclass(frozen=True)
class EarlyStopping(Callback):
    """End a stage whose best held-out accuracy is ``patience`` epochs old.

    Attributes:
        patience: epochs, at least one.

    Raises:
        ConfigError: if there is none.
    """

    patience: int

    def __post_init__(self) -> None:
        require_whole("patience", self.patience, least=1, where="EarlyStopping")

    def started(self, split: Split, plan: Plan, state: TrainingState) -> None:
        """Refuse a training without held-out images."""
        _require_held_out(split, plan, "early stopping")

    def epoch_finished(self, stage: Stage, state: TrainingState) -> bool:
        """Say whether nothing got better for so long."""
        best = best_epoch(state.history, stage.index)
        return best is not None and state.history[-1].epoch - best >= self.patience


@dataclass(frozen=True)
class KeepBest(Callback):
    """At the end of a stage its layers go back to where they stood at its best held-out accuracy."""

    def started(self, split: Split, plan: Plan, state: TrainingState) -> None:
        """Refuse a training without held-out images."""
        _require_held_out(split, plan, "keeping the best epoch")

    def epoch_finished(self, stage: Stage, state: TrainingState) -> bool:
        """Keep what is the best so far."""
        if state.history[-1].epoch == best_epoch(state.history, stage.index):
            found = layer_tensors(state.layers)
            state.kept = {
                name: tensor.clone() for name, tensor in found.items() if _layer_of(name) in stage.layers
            }
        return False

    def stage_finished(self, stage: Stage, state: TrainingState) -> None:
        """Put it back."""
        for name, tensor in layer_tensors(state.layers).items():
            if name in state.kept:
                tensor.copy_(state.kept[name])
        state.kept = {}


def _layer_of(name: str) -> int:
    return int(name.split(".")[1])
