"""A training plan: everything training needs to know beside the network and the images.

Stages of layers, epochs of batches, what moves the parameters and which wrong labels negative data carries.
All that follows from it follows from counters alone, so a resumed run finds its place by number.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Literal, get_args

import torch
from torch import Tensor

from neuroff.core.asking.wrong import NegativeLabels
from neuroff.core.loss import LayerLoss, Loss
from neuroff.core.rules import LearningRule
from neuroff.core.scores import PredictionRule
from neuroff.errors import ConfigError, require_choice
from neuroff.rng import generator

Schedule = Literal["sequential", "interleaved"]
RateCourse = Literal["constant", "cosine"]
GammaOptimiser = Literal["descent", "adam"]


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


@dataclass(frozen=True)
class Negatives:
    """Which wrong labels negative data carries; see `neuroff.training.negatives`.

    Attributes:
        kind: drawn once, redrawn every epoch, the true labels permuted once, or redrawn every epoch by how
            well they fit (``hard``).
        hardness: odds of a hard wrong label are exp(hardness · its score).
        candidates: wrong labels that all layers score, those that fit the first layer best; all if ``None``.
    """

    kind: NegativeLabels = "redrawn"
    hardness: float = 2.0
    candidates: int | None = None

    def __post_init__(self) -> None:
        require_choice(self.kind, get_args(NegativeLabels), "negative labels")


@dataclass(frozen=True)
class GammaStep:
    """How adaptive collaboration moves γ.

    Attributes:
        optimiser: plain gradient ``descent``, or ``adam``.
        learning_rate: η of γ.
    """

    optimiser: GammaOptimiser = "adam"
    learning_rate: float = 0.01

    def __post_init__(self) -> None:
        require_choice(self.optimiser, get_args(GammaOptimiser), "optimiser of γ")
        _require("learning_rate of γ", self.learning_rate, above=0.0)


@dataclass(frozen=True)
class Plan:
    """How a network is trained.

    Attributes:
        epochs: epochs of each stage.
        batch_size: images per update; the full batch if ``None``.
        learning_rate: Adam's, of weights and biases.
        learning_rate_decay: its course within a stage.
        weight_decay: share of weights and biases lost per update, times the learning rate (AdamW).
        loss: of every layer.
        negatives: wrong labels.
        schedule: layers one after the other, or all in every batch.
        gamma: how γ moves; it stays where it is if ``None``.
        neuron_learning_rate: Adam's, of the neurons' learned numbers.
        rule: the learning rule of spiking layers (`neuroff.training.online`).
        rate_penalty: λ of the loss term λ · mean activity.
        pixel_dropout: share of pixels silenced, per image, while the first layer learns.
        shift: pixels by which an image moves at random, at most.
        prediction: rule of the accuracies on the way, and of hard negatives.
        chunk_size: images in flight at once; changes rounding and memory only.
        evaluate_every: epochs between accuracies; 0: only at the end.
        checkpoint_every: epochs between checkpoints.
        seed: of every stream of random numbers.

    Raises:
        ConfigError: naming a number out of range, or what does not go together.
    """

    epochs: int = 60
    batch_size: int | None = None
    learning_rate: float = 0.03
    learning_rate_decay: RateCourse = "constant"
    weight_decay: float = 0.0
    loss: LayerLoss = field(default_factory=Loss)
    negatives: Negatives = field(default_factory=Negatives)
    schedule: Schedule = "sequential"
    gamma: GammaStep | None = None
    neuron_learning_rate: float = 0.001
    rule: LearningRule = "batch"
    rate_penalty: float = 0.0
    pixel_dropout: float = 0.0
    shift: int = 0
    prediction: PredictionRule = "goodness"
    chunk_size: int = 2000
    evaluate_every: int = 10
    checkpoint_every: int = 10
    seed: int = 0

    def __post_init__(self) -> None:
        require_choice(self.learning_rate_decay, get_args(RateCourse), "learning_rate_decay")
        require_choice(self.schedule, get_args(Schedule), "schedule")
        require_choice(self.rule, get_args(LearningRule), "learning rule")
        require_choice(self.prediction, get_args(PredictionRule), "prediction")
        for name in ("epochs", "chunk_size", "checkpoint_every"):
            _require(name, getattr(self, name), least=1)
        _require("batch_size", 1 if self.batch_size is None else self.batch_size, least=1)
        for name in ("learning_rate", "neuron_learning_rate"):
            _require(name, getattr(self, name), above=0.0)
        for name in ("weight_decay", "rate_penalty", "shift", "evaluate_every", "seed"):
            _require(name, getattr(self, name), least=0)
        _require("pixel_dropout", self.pixel_dropout, least=0.0, below=1.0)
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

    def batches(self, stage: int, epoch: int, images: int) -> list[slice | Tensor]:
        """Return the rows of every batch of an epoch: all at once, or a fresh shuffle cut in pieces."""
        size = self.batch_size
        if size is None or size >= images:
            return [slice(0, images)]
        order = torch.randperm(images, generator=generator(self.seed, "shuffle", stage, epoch))
        return list(torch.split(order, size))

    def chunks(self, rows: slice | Tensor) -> list[slice | Tensor]:
        """Cut the rows of a batch into pieces of at most ``chunk_size`` images."""
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
    """Cut the rows of a batch into pieces of at most ``size`` images."""
    if isinstance(rows, slice):
        return [slice(start, min(start + size, rows.stop)) for start in range(rows.start, rows.stop, size)]
    return list(torch.split(rows, size))


def _require(
    name: str,
    value: float,
    *,
    least: float | None = None,
    above: float | None = None,
    below: float = math.inf,
) -> None:
    low = value >= least if least is not None else value > (above or 0.0)
    if not (low and value < below and math.isfinite(value)):
        bound = f"at least {least:g}" if least is not None else f"above {above or 0.0:g}"
        upper = f" and below {below:g}" if math.isfinite(below) else ""
        raise ConfigError(f"{name} = {value}", where="Plan", expected=f"a number {bound}{upper}")
