"""What a finished run says of further rows: class, goodness of every class, and spikes."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from neuroff.config.inputs import prepare
from neuroff.config.planes import flat
from neuroff.core.inputs import Inputs
from neuroff.core.network import propagate
from neuroff.core.scores import combined
from neuroff.data import is_own, is_recorded
from neuroff.data.checks import require_images
from neuroff.data.own import files_of, read_like
from neuroff.data.own.values import read_values
from neuroff.data.registry import DataDir
from neuroff.errors import DataError
from neuroff.results.ported import PredictResult
from neuroff.runs.folder import TrainedRun
from neuroff.runs.images import images_of
from neuroff.training.evaluate import chunk_rows


@dataclass(frozen=True)
class Predictions:
    """Predictions of B rows.

    Attributes:
        names: of the K classes.
        classes: ``(B,)`` numbers of the predicted classes.
        goodness: ``(B, K)``, the score of every class.
        spikes: ``(B, L)``, spikes of every layer in all presentations; None for a dense network.
        files: of images and recordings, the name of each.
    """

    names: tuple[str, ...]
    classes: torch.Tensor
    goodness: torch.Tensor
    spikes: torch.Tensor | None
    files: tuple[str, ...] = ()

    def result(self, run: Path | str, file: Path | str) -> PredictResult:
        """Return the predictions as the result that ``--json`` prints.

        Args:
            run: that predicted.
            file: whose rows they are.
        """
        return PredictResult.of(
            {"run": str(run), "file": str(file), "rows": self.rows()}, f"predicting {file}"
        )

    def rows(self) -> list[dict[str, str | float]]:
        """Return a flat record for every row."""
        found = []
        for row, best in enumerate(self.classes.tolist()):
            record: dict[str, str | float] = {"file": self.files[row]} if self.files else {}
            record["class"] = self.names[best]
            record |= {f"goodness {name}": float(self.goodness[row, k]) for k, name in enumerate(self.names)}
            if self.spikes is not None:
                spikes = self.spikes[row].tolist()
                record |= {f"spikes layer {layer + 1}": int(count) for layer, count in enumerate(spikes)}
            found.append(record)
        return found


@torch.no_grad()
def predict_file(run: TrainedRun, file: Path | str, data_dir: DataDir = None) -> Predictions:
    """Predict the rows of a file.

    Args:
        run: a finished run; its own data are read again for their scale.
        file: ``.npz`` with ``x``, ``.csv``, ``.tsv`` or ``.parquet`` with the columns of the training rows,
            or a folder of images; where the training had recordings, recordings.
        data_dir: folder of the published sets.

    Raises:
        DataError: naming what cannot be read, or does not fit the training images.
    """
    dataset, path, config = images_of(run, data_dir), Path(file), run.config
    own = is_own(config.data.dataset)
    steps = config.neuron.steps
    values = read_like(config.data.dataset, path, steps) if own else read_values(path, ())
    like = dataset.train_images
    if values.shape[1:] != like.shape[1:] or (values.dtype == np.uint8) != (like.dtype == np.uint8):
        raise DataError(
            f"rows of shape {values.shape[1:]} and type {values.dtype}",
            where=str(path),
            expected=f"{like.shape[1:]} and {like.dtype}, as the images of {dataset.name}",
        )
    if not own:
        require_images(values, dataset.steps, str(path))
    like_test = prepare(dataset, config).test
    pixels = torch.from_numpy(np.ascontiguousarray(flat(values, dataset, config)))
    encoder, nothing = like_test.encoder, torch.zeros(len(pixels), dtype=torch.int64)
    constant = encoder.stimulus(pixels) if encoder.encoding == "constant" else None
    inputs = Inputs(pixels, nothing, encoder, constant, "predict", planes=like_test.planes)
    scores, spikes = [], []
    for rows in chunk_rows(run.network, inputs):
        stimulus = inputs.stimulus(rows, "predict", rows.start)
        asked = run.network.asking.everything(stimulus.samples)
        shown = list(propagate(run.network, stimulus, asked))
        goodness, messages = ([getattr(each, name) for each in shown] for name in ("goodness", "message"))
        scores.append(combined(run.network, goodness, config.network.prediction, messages).T)
        if config.path == "spiking":
            fired = [each.response.output.sum((0, 2)).view(asked.shape).sum(0) for each in shown]
            spikes.append(torch.stack(fired, 1))
    found = torch.cat(scores)
    names = dataset.class_names
    files = files_of(path, recorded=is_recorded(config.data.dataset)) if path.is_dir() else ()
    return Predictions(names, found.argmax(1), found, torch.cat(spikes) if spikes else None, files)
