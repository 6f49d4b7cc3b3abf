"""The history as scalars for TensorBoard, which is optional."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from neuroff.core.inputs import Split
from neuroff.core.plan import Plan, Stage
from neuroff.errors import MissingDependencyError
from neuroff.training.callbacks.protocol import Callback
from neuroff.training.state import EpochRecord, TrainingState


class TensorBoard(Callback):
    """Writes loss, goodness, γ and accuracies of every epoch as events; epochs of all stages are counted on.

    A resumed training makes TensorBoard forget what an interrupted one wrote beyond its checkpoint.

    Args:
        path: folder of the events.

    Raises:
        MissingDependencyError: if tensorboard is not installed.
    """

    def __init__(self, path: Path | str) -> None:
        try:
            from torch.utils.tensorboard import SummaryWriter
        except ImportError as error:
            raise MissingDependencyError(
                f"tensorboard cannot be imported ({error})",
                where="TensorBoard",
                fix="run `pip install 'neuroff[tensorboard]'`",
            ) from None
        self._path, self._open = str(path), SummaryWriter
        self._writer: Any = None

    def started(self, split: Split, plan: Plan, state: TrainingState) -> None:
        """Open a file of events behind those of the epochs done."""
        done = len(state.history)
        self._writer = self._open(self._path, purge_step=done + 1 if done else None)

    def epoch_finished(self, stage: Stage, state: TrainingState) -> bool:
        """Write one epoch."""
        for name, value in scalars(state.history[-1]).items():
            self._writer.add_scalar(name, value, len(state.history))
        self._writer.flush()
        return False

    def finished(self, state: TrainingState) -> None:
        """Close the file."""
        self._writer.close()


def scalars(record: EpochRecord) -> dict[str, float]:
    """Return what an epoch's record holds, by the names that TensorBoard shows."""
    found: dict[str, float] = {}
    for layer in record.layers:
        place = f"layer {layer.layer + 1}"
        found[f"loss/{place}"] = layer.loss
        found[f"goodness/{place} positive"] = layer.goodness_positive
        found[f"goodness/{place} negative"] = layer.goodness_negative
        found[f"gamma/{place}"] = layer.gamma
        found |= {f"{name}/{place}": value for name, value in layer.neuron.items()}
    accuracies = {"train": record.train_accuracy, "held out": record.held_out_accuracy}
    return found | {f"accuracy/{part}": share for part, share in accuracies.items() if share is not None}
