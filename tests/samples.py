"""Small synthetic data sets and configurations, shared by the tests."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from hypothesis import settings
from numpy.typing import NDArray
from torch import Tensor

from neuroff.config import Config
from neuroff.config.build import build_asking, build_network, build_plan
from neuroff.config.inputs import build_encoder, prepare
from neuroff.config.overrides import apply_settings
from neuroff.core.inputs import Encoder, Inputs, Split
from neuroff.core.network import BlackBox, Layer, Network, initial_layers
from neuroff.core.neurons.population import Population
from neuroff.core.signal import Stimulus
from neuroff.data import DataSet
from neuroff.data.dataset import Provenance
from neuroff.training import TrainingResult, TrainingState, initial_state, train

CLASSES, PIXELS = 4, 12

# For properties whose cases are cheap to reach: enough examples, little time.
few = settings(max_examples=30, deadline=None)


def synthetic(
    train: int = 40, test: int = 20, shape: tuple[int, int] = (3, 4), classes: int = CLASSES, seed: int = 0
) -> DataSet:
    """Images whose brightest rows depend on the class, with noise and some black pixels."""
    stream = np.random.default_rng(seed)

    def part(count: int) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
        labels = stream.integers(0, classes, count)
        images = stream.integers(0, 120, (count, *shape)) * stream.integers(0, 2, (count, *shape))
        flat = images.reshape(count, -1)
        for image, label in zip(flat, labels, strict=True):
            image[:classes] = 0  # as a border, where a label hides nothing
            image[classes + label :: classes] += 100
        return images.astype(np.uint8), labels.astype(np.int64)

    train_images, train_labels = part(train)
    test_images, test_labels = part(test)
    made = Provenance("made for a test", "none", (), (), train, test)
    return DataSet("synthetic", train_images, train_labels, test_images, test_labels, made, classes)


def configured(*settings: str, path: str = "dense", variant: str = "ff", seed: int = 0) -> Config:
    """A small float64 configuration that every encoding accepts."""
    start = [
        f"path={path}",
        f"variant={variant}",
        f"seed={seed}",
        "widths=6,5",
        "precision=float64",
        "input_scale=raw",
        "amplitude=one",
        "neuron.steps=4",
        f"normalisation={'rms' if path == 'spiking' else 'unit'}",
    ]
    return apply_settings(Config(), [*start, *settings])


def lively_network(config: Config, gammas: tuple[float, ...] = (0.3, 0.7, 1.1)) -> Network:
    """A network whose layers fire more than at the start of training and differ in γ."""
    widths = (PIXELS, *config.network.widths)
    scale = 3.0 if config.path == "spiking" else 1.0
    layers = tuple(
        Layer(
            layer.synapses.mapped(lambda weight: scale * weight, torch.abs),
            torch.tensor(gamma, dtype=torch.float64),
        )
        for layer, gamma in zip(initial_layers(widths, config.seed, 0.0, torch.float64), gammas, strict=False)
    )
    return build_network(config, PIXELS, CLASSES, layers=layers)


def split_of(config: Config, **options: Any) -> Split:
    return prepare(synthetic(**options), config)


def few_inputs(config: Config, count: int = 6, **options: Any) -> Inputs:
    return prepare(synthetic(test=count, **options), config).test


def all_labels(classes: int, stimulus: Stimulus) -> Tensor:
    """Every label for every image, (classes, B)."""
    return torch.arange(classes)[:, None].expand(-1, stimulus.samples)


def encoder_of(config: Config) -> Encoder:
    """How a configuration encodes pixels in [0, 1] with a label of one."""
    return build_encoder(config, build_asking(config, CLASSES, None), 0.0, 1.0, 1.0)


def train_by(
    config: Config,
    split: Split,
    *,
    population: Population | Mapping[int, Population] | None = None,
    black_boxes: Mapping[int, BlackBox] | None = None,
    **options: Any,
) -> TrainingResult:
    """Train the network that a configuration describes as it says."""
    inputs = split.train
    network = build_network(
        config, inputs.width, inputs.encoder.classes, population=population, black_boxes=black_boxes
    )
    return train(network, split, build_plan(config), **options)


def state_by(config: Config, inputs: int) -> TrainingState:
    """The state before the first step of a configured network."""
    return initial_state(build_network(config, inputs, CLASSES), build_plan(config))


def stream_of(seed: int) -> torch.Generator:
    return torch.Generator().manual_seed(seed)
