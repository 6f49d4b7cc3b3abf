"""A training plan: everything training needs to know beside the network and the images.

Stages of layers, epochs of batches, what moves the parameters and which wrong labels negative data carries.
All that follows from it follows from counters alone, so a resumed run finds its place by number.
"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass, field
from typing import get_args

import torch
from torch import Tensor

from neuroff.checks import require_able, require_kind, require_number, require_whole
from neuroff.core.loss import LayerLoss, Loss
from neuroff.core.plan.augmentation import Augmentation
from neuroff.core.plan.parts import GammaStep, Negatives, RateCourse, Schedule, Stage
from neuroff.core.rules import LearningRule
from neuroff.core.scores import PredictionRule
from neuroff.errors import ConfigError, require_choice
from neuroff.rng import generator


@dataclass(frozen=True)
class Plan:
    """How a network is trained.

    Attributes:
        epochs: epochs of each stage.
        batch_size: images per update; the full batch if ``None``.
        learning_rate: Adam's, of weights and biases.
        learning_rate_decay: its course within a stage.
        weight_decay: share of weights and biases lost per update, times the learning rate (AdamW).
        loss: of every layer, or one for each.
        negatives: wrong labels.
        schedule: layers one after the other, or all in every batch.
        gamma: how γ moves; it stays where it is if ``None``.
        neuron_learning_rate: Adam's, of the neurons' learned numbers.
        rule: the learning rule of spiking layers (`neuroff.training.online`).
        rate_penalty: λ of the loss term λ · mean activity.
        pixel_dropout: share of pixels silenced, per image, while the first layer learns.
        augmentation: how training images change at random.
        prediction: rule of the accuracies on the way, of hard negatives, and of the network that training
            leaves; the network's own if ``None``.
        chunk_size: images in flight at once; changes rounding and memory only.
        evaluate_every: epochs between accuracies; 0: only at the end.
        checkpoint_every: epochs between checkpoints.
        patience: epochs after which a stage ends if held-out accuracy has not risen; never if ``None``.
        keep_best: whether a stage's layers go back to its epoch of highest held-out accuracy.
        seed: of every stream of random numbers.

    Raises:
        ConfigError: naming a number out of range, or what does not go together.
    """

    epochs: int = 60
    batch_size: int | None = None
    learning_rate: float = 0.03
    learning_rate_decay: RateCourse = "constant"
    weight_decay: float = 0.0
    loss: LayerLoss | tuple[LayerLoss, ...] = field(default_factory=Loss)
    negatives: Negatives = field(default_factory=Negatives)
    schedule: Schedule = "sequential"
    gamma: GammaStep | None = None
    neuron_learning_rate: float = 0.001
    rule: LearningRule = "batch"
    rate_penalty: float = 0.0
    pixel_dropout: float = 0.0
    augmentation: Augmentation = field(default_factory=Augmentation)
    prediction: PredictionRule | None = None
    chunk_size: int = 2000
    evaluate_every: int = 10
    checkpoint_every: int = 10
    patience: int | None = None
    keep_best: bool = False
    seed: int = 0

    def __post_init__(self) -> None:
        require_choice(self.learning_rate_decay, get_args(RateCourse), "learning_rate_decay")
        require_choice(self.schedule, get_args(Schedule), "schedule")
        require_choice(self.rule, get_args(LearningRule), "learning rule")
        if self.prediction is not None:
            require_choice(self.prediction, get_args(PredictionRule), "prediction")
        for each in self.loss if isinstance(self.loss, tuple) else (self.loss,):
            require_able(
                "loss", each, "modulator", where="Plan", expected="a Loss or ClassLoss, or one for each layer"
            )
        require_kind("negatives", self.negatives, Negatives, where="Plan")
        require_kind(
            "gamma", self.gamma, (GammaStep, type(None)), where="Plan", expected="a GammaStep or None"
        )
        require_kind("augmentation", self.augmentation, Augmentation, where="Plan")
        require_kind("keep_best", self.keep_best, bool, where="Plan")
        for name in ("epochs", "chunk_size", "checkpoint_every"):
            require_whole(name, getattr(self, name), least=1)
        for name in ("batch_size", "patience"):
            value = getattr(self, name)
            require_whole(name, 1 if value is None else value, least=1)
        require_whole("evaluate_every", self.evaluate_every, least=0)
        require_whole("seed", self.seed, least=0, below=2**63)
        for name in ("learning_rate", "neuron_learning_rate"):
            require_number(name, getattr(self, name), above=0.0)
        for name in ("weight_decay", "rate_penalty"):
            require_number(name, getattr(self, name), least=0.0)
        require_number("pixel_dropout", self.pixel_dropout, least=0.0, below=1.0)
        if self.rule != "batch" and self.rate_penalty:
            raise ConfigError(
                f"rate_penalty = {self.rate_penalty:g} with rule = {self.rule}",
                where="Plan",
                expected="rule = batch, since an online rule has no such term",
            )

    def stages(self, depth: int) -> tuple[Stage, ...]:
        """Return the stages of ``depth`` layers: one per layer (sequential), or one for all."""
        if self.schedule == "interleaved":
            return (Stage(0, tuple(range(depth)), self.epochs),)
        return tuple(Stage(index, (index,), self.epochs) for index in range(depth))

    def losses(self, depth: int) -> tuple[LayerLoss, ...]:
        """Return the loss of each of ``depth`` layers, the lowest where higher ones were taken off since.

        Raises:
            ConfigError: if there are fewer.
        """
        if not isinstance(self.loss, tuple):
            return (self.loss,) * depth
        if len(self.loss) < depth:
            raise ConfigError(
                f"{len(self.loss)} losses for {depth} layers",
                where="Plan",
                expected="one loss for all, or one for each",
            )
        return self.loss[:depth]

    def batches(self, stage: int, epoch: int, images: int) -> list[slice | Tensor]:
        """Return the rows of every batch of an epoch: all at once, or a fresh shuffle cut in pieces."""
        size = self.batch_size
        if size is None or size >= images:
            return [slice(0, images)]
        order = torch.randperm(images, generator=generator(self.seed, "shuffle", stage, epoch))
        return list(torch.split(order, int(size)))  # numpy's whole numbers too

    def chunks(self, rows: slice | Tensor) -> list[slice | Tensor]:
        """Cut the rows of a batch into even pieces of at most ``chunk_size`` images."""
        return chunks(rows, self.chunk_size)

    def rate(self, stage: Stage, epoch: int, progress: float) -> float:
        """Return Adam's learning rate at a point of a stage.

        Args:
            stage: the stage.
            epoch: index of the epoch in the stage.
            progress: share of the epoch done, in [0, 1).
        """
        if self.learning_rate_decay == "constant":
            return self.learning_rate
        return self.learning_rate * 0.5 * (1.0 + math.cos(math.pi * (epoch + progress) / stage.epochs))


def chunks(rows: slice | Tensor, size: int) -> list[slice | Tensor]:
    """Cut the rows of a batch into as few even pieces of at most ``size`` images as there can be.

    Raises:
        ConfigError: if a piece may have no image.
    """
    require_whole("size", size, least=1, where="chunks")
    images = rows.stop - rows.start if isinstance(rows, slice) else len(rows)
    pieces = max(1, math.ceil(images / size))
    if not isinstance(rows, slice):
        return list(torch.tensor_split(rows, pieces))
    edges = [rows.start + images * piece // pieces for piece in range(pieces + 1)]
    return [slice(*pair) for pair in itertools.pairwise(edges)]
