"""The yardstick: backpropagation of the cross-entropy on the same stack of layers, with a linear read-out.

Same images, input scale, widths, ReLU, optimiser, batch, number of epochs and precision of products as the
Forward-Forward columns. No label is embedded, since backpropagation reads it out. Only this baseline
differentiates automatically.
"""

from __future__ import annotations

import itertools
import math
import time
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

from neuroff.claims import claimed
from neuroff.config import Config
from neuroff.config.build import build_plan, precision_of
from neuroff.config.inputs import prepare
from neuroff.core.inputs import Inputs, Split
from neuroff.core.pixels import unit_values
from neuroff.core.plan import Stage, chunks
from neuroff.core.signal import product
from neuroff.data import DataSet
from neuroff.errors import ConfigError, TrainingError
from neuroff.experiments.backprop_files import BackpropState, named, restore, save
from neuroff.experiments.backprop_files import backprop_parameters as backprop_parameters
from neuroff.files import write_json, write_tensors
from neuroff.provenance import commit, machine, peak_rss_bytes, versions
from neuroff.results import BackpropResult
from neuroff.rng import generator
from neuroff.runs.content import content_of
from neuroff.runs.folder import RunDirectory, refuse_other_run
from neuroff.training import Interrupted, Progress, Silent
from neuroff.training.state import EpochRecord

_CHUNK = 2000  # images in flight at once


def train_backprop(
    directory: RunDirectory,
    config: Config,
    dataset: DataSet,
    *,
    learning_rate: float,
    device: str = "cpu",
    progress: Progress | None = None,
    should_stop: Callable[[], bool] = lambda: False,
) -> BackpropResult:
    """Train the baseline into a run directory, going on from its checkpoint, and return its result.

    Args:
        directory: where the run lives.
        config: its data, widths, batches, epochs, precision, evaluation and checkpoint intervals are used.
        dataset: the images.
        learning_rate: Adam's.
        device: where to train.
        progress: listener.
        should_stop: asked after every epoch.

    Raises:
        ConfigError: if the configuration asks for dropout, augmentation or decay: the baseline has none.
        TrainingError: if the loss is no longer finite.
        RunError: if the directory holds another run.
        Interrupted: if asked to stop; the checkpoint is kept.
    """
    _require_plain(config)
    with claimed(directory.path):
        refuse_other_run(directory, config, resume=True)
        directory.forget_temporaries()
        if directory.result_file.exists():
            result = BackpropResult.read(directory.result_file)
            directory.checkpoint_file.unlink(missing_ok=True)  # of a run killed after its last write
            return result
        return _trained(directory, config, dataset, learning_rate, device, progress, should_stop)


def _trained(
    directory: RunDirectory,
    config: Config,
    dataset: DataSet,
    learning_rate: float,
    device: str,
    progress: Progress | None,
    should_stop: Callable[[], bool],
) -> BackpropResult:
    split = prepare(dataset, config, device)
    state = _initial(config, split, learning_rate, dataset.n_classes)
    content = content_of(config, dataset)
    if directory.checkpoint_file.exists():
        restore(state, directory, content, config.training.epochs)
    write_json(directory.config_file, config.model_dump(mode="json"))
    precision, plan = precision_of(config), build_plan(config)
    images = _pixels(split.train, slice(None)).to(precision)
    listener = progress or Silent()
    stage = Stage(0, tuple(range(config.network.depth + 1)), config.training.epochs)
    listener.stage_started(stage, 1, len(state.history))
    for epoch in range(len(state.history), config.training.epochs):
        started = time.perf_counter()
        batches = plan.batches(0, epoch, len(images))
        loss = _epoch(state, images, split.train.labels, batches, precision)
        record = {"epoch": epoch + 1, "loss": loss, "seconds": time.perf_counter() - started}
        if not math.isfinite(loss):
            raise TrainingError(
                f"backpropagation has loss {loss} after epoch {epoch + 1}",
                where=str(directory.path),
                fix="lower the learning rate",
            )
        every = config.training.evaluate_every
        if epoch + 1 == config.training.epochs or (every and (epoch + 1) % every == 0):
            record["train_accuracy"] = _share_right(state.parameters, split.train.head(10_000), precision)
            if len(split.held_out):
                record["held_out_accuracy"] = _share_right(
                    state.parameters, split.held_out.head(10_000), precision
                )
        state.history.append(record)
        listener.epoch_finished(stage, _shown(record))
        stop = should_stop()
        if stop or (epoch + 1) % config.training.checkpoint_every == 0:
            save(state, directory, content)
        if stop:
            raise Interrupted
    write_tensors(directory.network_file, named(state.parameters), {"format": 1, "backprop": True})
    result = _result(config, dataset, split, state, learning_rate, device)
    result.write(directory.result_file)
    directory.checkpoint_file.unlink(missing_ok=True)
    return result


def _shown(record: dict[str, Any]) -> EpochRecord:
    accuracies = (record.get("train_accuracy"), record.get("held_out_accuracy"))
    return EpochRecord(0, record["epoch"], (), record["seconds"], *accuracies)


def _initial(config: Config, split: Split, learning_rate: float, classes: int) -> BackpropState:
    pixels, widths = split.train.pixels.shape[1], config.network.dense_widths("backpropagation")
    parameters = []
    for index, (inputs, outputs) in enumerate(itertools.pairwise((pixels, *widths, classes))):
        bound, stream = 1 / math.sqrt(inputs), generator(config.seed, "backprop", index)
        drawn = torch.rand(outputs, inputs + 1, generator=stream).mul_(2 * bound).sub_(bound)
        parameters += [drawn[:, :-1].contiguous(), drawn[:, -1].contiguous()]
    parameters = [tensor.to(split.train.labels.device).requires_grad_() for tensor in parameters]
    return BackpropState(parameters, torch.optim.Adam(parameters, lr=learning_rate), [])


def _pixels(inputs: Inputs, rows: slice) -> Tensor:
    encoder = inputs.encoder
    return unit_values(inputs.pixels[rows], torch.float32).sub_(encoder.mean).div_(encoder.deviation)


def _logits(parameters: list[Tensor], images: Tensor, precision: torch.dtype) -> Tensor:
    *hidden, (weight, bias) = zip(parameters[::2], parameters[1::2], strict=True)
    for inner, offset in hidden:
        images = torch.relu(product(images, inner.T, precision) + offset)
    return product(images, weight.T, precision) + bias


def _epoch(
    state: BackpropState,
    images: Tensor,
    labels: Tensor,
    batches: list[slice | Tensor],
    precision: torch.dtype,
) -> float:
    """Take a step per batch, whose gradient is summed over chunks, and return the mean loss."""
    total = 0.0
    for batch in batches:
        state.optimiser.zero_grad()
        size = len(labels[batch])
        for rows in chunks(batch, _CHUNK):
            logits = _logits(state.parameters, images[rows], precision)
            loss = cross_entropy(logits, labels[rows], reduction="sum")
            torch.autograd.backward(loss / size)
            total += float(loss.detach())
        state.optimiser.step()
    return total / len(labels)


def _require_plain(config: Config) -> None:
    """Raise ConfigError where the configuration asks for what the baseline does not do."""
    for key in ("pixel_dropout", "shift", "flip", "cutout", "event_jitter", "event_drop", "weight_decay"):
        if getattr(config.training, key):
            raise ConfigError(
                f"training.{key}={getattr(config.training, key)}",
                where="backpropagation",
                expected=f"training.{key}=0: the baseline is trained without",
                fix="leave the column bp out",
            )


@torch.no_grad()
def backprop_predictions(
    parameters: list[Tensor], inputs: Inputs, precision: torch.dtype = torch.float32
) -> Tensor:
    """Return the predicted class of every image, ``(B,)``."""
    parts = [
        _logits(parameters, _pixels(inputs, slice(start, start + _CHUNK)), precision).argmax(1)
        for start in range(0, len(inputs), _CHUNK)
    ]
    return torch.cat(parts)


def _share_right(parameters: list[Tensor], inputs: Inputs, precision: torch.dtype) -> float:
    return float((backprop_predictions(parameters, inputs, precision) == inputs.labels).double().mean())


def _result(
    config: Config, dataset: DataSet, split: Split, state: BackpropState, learning_rate: float, device: str
) -> BackpropResult:
    parts = {"train": split.train, "held_out": split.held_out, "test": split.test}
    seconds = sum(record["seconds"] for record in state.history)
    values = {
        "format": 1,
        "config": config.model_dump(mode="json"),
        "learning_rate": learning_rate,
        "seed": config.seed,
        "versions": versions(),
        "commit": commit(),
        "machine": machine(device),
        "data": dataset.provenance.to_json(),
        "accuracy": {
            name: _share_right(state.parameters, inputs, precision_of(config)) if len(inputs) else None
            for name, inputs in parts.items()
        },
        "training_seconds": {"total": seconds, "by_stage": [seconds]},
        "peak_rss_bytes": peak_rss_bytes(),
        "history": state.history,
    }
    return BackpropResult.of(values, "the trained baseline")
