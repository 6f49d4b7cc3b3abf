"""The two sides of the dense benchmark, trained epoch by epoch in turn."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import torch
from torch import Tensor

from benchmarks import textbook
from benchmarks.images import mnist_or_random
from benchmarks.measure import in_turn, matrix_rate, seconds_of
from neuroff.config import Config
from neuroff.config.build import build
from neuroff.config.inputs import prepare
from neuroff.config.overrides import apply_settings
from neuroff.config.presets import preset
from neuroff.core.engine import has_kernels
from neuroff.core.inputs import Inputs, Split
from neuroff.core.network import Network
from neuroff.core.pixels import unit_values
from neuroff.core.plan import Stage
from neuroff.data import DataSet
from neuroff.training import TrainingState, initial_state, train
from neuroff.training.evaluate import predict
from neuroff.training.state import EpochRecord

LAYERS = ("layer1", "layer2")
_TEST_IMAGES = 10_000
_LEARNED = 10_000


def configuration(samples: int, epochs: int, precision: str = "float32") -> Config:
    """Return the paper's preset on so many images and epochs; accuracies come only at the end of a layer.

    Loops are taken where Numba is installed, as the preset's own number of epochs takes them.
    """
    settings = (
        f"train_count={samples}",
        f"epochs={epochs}",
        f"precision={precision}",
        "evaluate_every=0",
        f"training.engine={'numba' if has_kernels() else 'torch'}",
    )
    return apply_settings(preset("paper"), settings)


def images_for(config: Config, *, random_images: bool) -> DataSet:
    """Return a data set with the images to train on, a fifth more of them to hold out, and some to test."""
    count = config.data.train_count or 0
    return mnist_or_random(count + count // 5, min(count, _TEST_IMAGES), random=random_images)


def scaled(images: Inputs) -> Tensor:
    """Return what the textbook starts from: pixels in neuroff's scale, ``(B, 784)``."""
    values = unit_values(images.pixels[:], torch.float32)
    return values.sub_(images.encoder.mean).div_(images.encoder.deviation)


class Textbook:
    """The textbook network in training; both overlaid copies stay in memory, as textbooks have it."""

    def __init__(self, images: Inputs, state: TrainingState, config: Config) -> None:
        start = [
            textbook.TextbookLayer(layer.synapses.affine()[0], layer.synapses.affine()[1])
            for layer in state.layers
        ]
        self._layers = [textbook.trainable(layer) for layer in start]
        self._optimisers = [textbook.adam(layer, config.training.learning_rate) for layer in self._layers]
        self._theta = config.training.theta
        self._amplitude = images.encoder.amplitude
        wrong = (images.labels + 1) % images.encoder.classes
        pixels = scaled(images)
        self._copies = [
            textbook.overlay(pixels, labels, self._amplitude) for labels in (images.labels, wrong)
        ]

    def advance(self, layer: int) -> None:
        """Replace both copies by what the layer before ``layer`` makes of them, if there is one."""
        before = self._layers[:layer][-1:]
        self._copies = [textbook.through(before, copy) for copy in self._copies]

    def epoch(self, layer: int) -> None:
        """Train a layer for one epoch."""
        positive, negative = self._copies
        with torch.enable_grad():
            textbook.step(self._layers[layer], self._optimisers[layer], positive, negative, self._theta)

    def predict(self, images: Tensor) -> Tensor:
        """Predict by ten overlaid passes."""
        return textbook.predict(self._layers, images, self._amplitude)


def _empty() -> dict[str, dict[str, list[float]]]:
    return {layer: {"textbook": [], "neuroff": []} for layer in LAYERS}


@dataclass
class Clock:
    """Listener of neuroff's training that clocks each epoch and has the textbook do one in between.

    Attributes:
        rival: the textbook.
        seconds: by layer and engine, wall time of each epoch but the first.
        rates: by layer, the machine's matrix-product rate after each of these epochs, flop/s.
    """

    rival: Textbook
    seconds: dict[str, dict[str, list[float]]] = field(default_factory=_empty)
    rates: dict[str, list[float]] = field(default_factory=lambda: {layer: [] for layer in LAYERS})
    _started: float = 0.0
    _taken: float = 0.0

    def stage_started(self, stage: Stage, stages: int, done_epochs: int) -> None:
        """Bring the rival to the layer."""
        self.rival.advance(stage.index)
        self._started = time.perf_counter()

    def batch_finished(self, stage: Stage, epoch: int, share: float) -> None:
        """Stop neuroff's clock; the accuracy that may follow is not counted."""
        self._taken = time.perf_counter() - self._started

    def epoch_finished(self, stage: Stage, record: EpochRecord) -> None:
        """Have the rival do its epoch and measure the machine; the first epoch of a layer warms up."""
        layer = LAYERS[stage.index]
        rival = seconds_of(lambda: self.rival.epoch(stage.index))
        if record.epoch > 1:
            self.seconds[layer]["neuroff"].append(self._taken)
            self.seconds[layer]["textbook"].append(rival)
            self.rates[layer].append(matrix_rate())
        self._started = time.perf_counter()


@dataclass(frozen=True)
class Trained:
    """Two networks after a clocked training, and the clock."""

    network: Network
    rival: Textbook
    clock: Clock


def clocked_training(split: Split, config: Config) -> Trained:
    """Train neuroff's network and the textbook's in turn, from the same weights."""
    network, plan = build(config, split)
    state = initial_state(network, plan)
    rival = Textbook(split.train, state, config)
    clock = Clock(rival)
    return Trained(train(network, split, plan, state=state, progress=clock).network, rival, clock)


def clocked_prediction(
    trained: Trained, split: Split, repeats: int, precisions: Sequence[str]
) -> dict[str, list[float]]:
    """Predict the test images by the textbook and by neuroff in each precision; return wall times."""
    images = scaled(split.test)
    networks = {name: replace(trained.network, precision=getattr(torch, name)) for name in precisions}
    works: dict[str, Callable[[], Any]] = {"textbook": lambda: trained.rival.predict(images)}
    works |= {name: partial(predict, network, split.test) for name, network in networks.items()}
    with torch.no_grad():
        return in_turn(works, repeats)


def agreement(dataset: DataSet, samples: int) -> dict[str, float]:
    """Return what bfloat16 changes in the predictions of a network that has learned something.

    It is the `best` preset's, trained for a few epochs in float32: one that has learned nothing tells labels
    apart by less than bfloat16 resolves.

    Returns:
        Accuracies on the test images in both precisions, and the share that get the same class in both.
    """
    settings = (f"train_count={min(samples, _LEARNED)}", "epochs=6", "evaluate_every=0")
    config = apply_settings(preset("best", path="dense"), settings)
    split = prepare(dataset, config)
    network, plan = build(config, split)
    network = train(network, split, plan).network
    found = {
        name: predict(replace(network, precision=getattr(torch, name)), split.test)
        for name in ("float32", "bfloat16")
    }
    right = {name: float((each == split.test.labels).float().mean()) for name, each in found.items()}
    return {**right, "equal": float((found["float32"] == found["bfloat16"]).float().mean())}
