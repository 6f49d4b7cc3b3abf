"""The order of work: stages of layers, epochs of batches, and the labels each epoch presents.

Everything here follows from the configuration and counters alone, so a resumed run finds its place by number.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from neuroff.config import Config
from neuroff.rng import generator


@dataclass(frozen=True)
class Stage:
    """Layers that learn together.

    Attributes:
        index: of the stage.
        layers: indices of the layers that learn.
        epochs: how often they see the training images.
    """

    index: int
    layers: tuple[int, ...]
    epochs: int


def stages(config: Config) -> tuple[Stage, ...]:
    """Return the stages: one per layer (sequential), or one for all (interleaved)."""
    depth, epochs = len(config.network.widths), config.training.epochs
    if config.training.schedule == "interleaved":
        return (Stage(0, tuple(range(depth)), epochs),)
    return tuple(Stage(index, (index,), epochs) for index in range(depth))


def batch_rows(config: Config, stage: int, epoch: int, images: int) -> list[slice | Tensor]:
    """Return the rows of every batch of an epoch: all at once, or a fresh shuffle cut in pieces."""
    size = config.training.batch_size
    if size is None or size >= images:
        return [slice(0, images)]
    order = torch.randperm(images, generator=generator(config.seed, "shuffle", stage, epoch))
    return list(torch.split(order, size))


def chunks(rows: slice | Tensor, size: int) -> list[slice | Tensor]:
    """Cut the rows of a batch into pieces of at most ``size`` images."""
    if isinstance(rows, slice):
        return [slice(start, min(start + size, rows.stop)) for start in range(rows.start, rows.stop, size)]
    return list(torch.split(rows, size))


def learning_rate(config: Config, stage: Stage, epoch: int, progress: float) -> float:
    """Return Adam's learning rate at a point of a stage.

    Args:
        config: names the course of the learning rate.
        stage: the stage.
        epoch: index of the epoch in the stage.
        progress: share of the epoch done, in [0, 1).
    """
    rate = config.training.learning_rate
    if config.training.learning_rate_decay == "constant":
        return rate
    return rate * 0.5 * (1.0 + math.cos(math.pi * (epoch + progress) / stage.epochs))
