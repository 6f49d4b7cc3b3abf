"""The history as a table: a row per epoch and layer."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from pathlib import Path

from neuroff.core.plan import Stage
from neuroff.files import write_bytes
from neuroff.training.callbacks.protocol import Callback
from neuroff.training.state import EpochRecord, TrainingState

_COLUMNS = (
    *("stage", "epoch", "layer", "loss", "goodness_positive", "goodness_negative", "gamma"),
    *("train_accuracy", "held_out_accuracy", "seconds"),
)


@dataclass(frozen=True)
class CsvLog(Callback):
    """Writes the whole history anew after every epoch, so that a resumed file is an uninterrupted one.

    Attributes:
        path: the file; stages, epochs and layers are counted from 1 in it.
    """

    path: Path

    def epoch_finished(self, stage: Stage, state: TrainingState) -> bool:
        """Write the file.

        Raises:
            RunError: if it cannot be written.
        """
        text = io.StringIO(newline="")
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(_COLUMNS)
        writer.writerows(row for record in state.history for row in _rows(record))
        write_bytes(self.path, text.getvalue().encode())
        return False


def _rows(record: EpochRecord) -> list[list[object]]:
    """Return a row per layer; what was not taken is an empty cell."""
    shared = (record.train_accuracy, record.held_out_accuracy, record.seconds)
    return [
        [
            *(record.stage + 1, record.epoch, layer.layer + 1, layer.loss, layer.goodness_positive),
            *(layer.goodness_negative, layer.gamma, *shared),
        ]
        for layer in record.layers
    ]
