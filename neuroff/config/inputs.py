"""From a data set to what the first layer receives, split and scaled as a configuration says."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from neuroff.config.schema import Config
from neuroff.core.encoding import EncodingName, encode, encode_recorded
from neuroff.core.network import target_length
from neuroff.core.signal import LabelledSignal
from neuroff.data import DataSet
from neuroff.errors import ConfigError
from neuroff.rng import generator


@dataclass(frozen=True)
class Encoder:
    """How pixels become a signal; the same for training, held-out and test images.

    Attributes:
        config: the run's configuration.
        mean: subtracted from pixels in [0, 1].
        deviation: pixels are divided by it.
        amplitude: value of the label pixel.
        classes: number of labels.
    """

    config: Config
    mean: float
    deviation: float
    amplitude: float
    classes: int

    @property
    def encoding(self) -> EncodingName:
        """The name of the encoding in use; the dense path's input is constant."""
        return self.config.neuron.encoding if self.config.path == "spiking" else "constant"

    def signal(self, pixels: Tensor, *purpose: str | int) -> LabelledSignal:
        """Encode images.

        Args:
            pixels: ``(B, D)`` uint8, or ``(B, D, T)`` recorded spikes.
            purpose: names the random stream of a stochastic encoding.
        """
        dtype = torch.float64 if self.config.training.precision == "float64" else torch.float32
        if pixels.ndim == 3:
            return encode_recorded(
                pixels.to(dtype),
                classes=self.classes,
                target_length=target_length(self.config.network.normalisation, pixels.shape[1]),
                epsilon=self.config.network.epsilon,
            )
        images = pixels.to(dtype).div_(255.0).sub_(self.mean).div_(self.deviation)
        return encode(
            images,
            encoding=self.encoding,
            classes=self.classes,
            amplitude=self.amplitude,
            target_length=target_length(self.config.network.normalisation, images.shape[1]),
            epsilon=self.config.network.epsilon,
            steps=self.config.neuron.steps,
            generator=generator(self.config.seed, "encode", *purpose),
        )


@dataclass(frozen=True)
class Inputs:
    """Images with their labels and their encoder.

    Attributes:
        pixels: ``(B, D)`` uint8, or ``(B, D, T)`` recorded spikes.
        labels: ``(B,)`` int64.
        encoder: how pixels become a signal.
        constant: the encoded images where the encoding is constant: made once, sliced ever after.
        name: names the random stream of a stochastic encoding.
    """

    pixels: Tensor
    labels: Tensor
    encoder: Encoder
    constant: LabelledSignal | None
    name: str

    def __len__(self) -> int:
        return self.labels.shape[0]

    def signal(self, rows: slice | Tensor, *purpose: str | int) -> LabelledSignal:
        """Return the encoded images of some rows; ``purpose`` names the stream of a stochastic encoding."""
        if self.constant is not None:
            return self.constant.rows(rows)
        return self.encoder.signal(self.pixels[rows], self.name, *purpose)

    def head(self, count: int) -> Inputs:
        """Return the first ``count`` images."""
        return self._part(slice(count))

    def tail(self, count: int) -> Inputs:
        """Return the last ``count`` images."""
        return self._part(slice(max(0, len(self) - count), None))

    def _part(self, rows: slice) -> Inputs:
        constant = None if self.constant is None else self.constant.rows(rows)
        return Inputs(self.pixels[rows], self.labels[rows], self.encoder, constant, self.name)


@dataclass(frozen=True)
class Split:
    """Training, held-out and test images of one run; held-out ones may be none."""

    train: Inputs
    held_out: Inputs
    test: Inputs


def prepare(dataset: DataSet, config: Config, device: torch.device | str = "cpu") -> Split:
    """Split, scale and encode a data set.

    Args:
        dataset: the data set.
        config: the run's configuration.
        device: where the images go.

    Raises:
        ConfigError: if more training images are asked for than there are, pixels that are all alike are to be
            standardised, images that are not square are to be shifted, or recorded spikes do not meet a
            spiking network of as many steps.
    """
    if dataset.steps is not None:
        _require_spikes(dataset, config)
    elif config.training.shift and dataset.train_images.shape[1] != dataset.train_images.shape[2]:
        raise ConfigError(
            f"images of {dataset.train_images.shape[1:]} pixels are to be shifted",
            where="training.shift",
            expected="square images",
            fix="set training.shift=0",
        )
    total = dataset.train_labels.shape[0]
    count = config.data.train_count or total
    if count > total:
        raise ConfigError(
            f"{count} training images asked for",
            where="data.train_count",
            expected=f"at most {total}, which is all that {dataset.name} has",
        )
    order = (
        torch.arange(total)
        if config.data.subset == "first"
        else torch.randperm(total, generator=generator(config.seed, "subset"))
    )
    encoder = _encoder(dataset, config)

    def inputs(images: np.ndarray, labels: np.ndarray, name: str) -> Inputs:
        flat = images if dataset.steps else images.reshape(images.shape[0], math.prod(images.shape[1:]))
        pixels = torch.from_numpy(flat).to(device)
        classes = torch.from_numpy(labels.astype(np.int64)).to(device)
        still = encoder.encoding == "constant" and dataset.steps is None
        constant = encoder.signal(pixels) if still else None
        return Inputs(pixels, classes, encoder, constant, name)

    chosen, rest = order[:count].numpy(), order[count:].numpy()
    return Split(
        inputs(dataset.train_images[chosen], dataset.train_labels[chosen], "train"),
        inputs(dataset.train_images[rest], dataset.train_labels[rest], "held_out"),
        inputs(dataset.test_images, dataset.test_labels, "test"),
    )


def _require_spikes(dataset: DataSet, config: Config) -> None:
    """Raise ConfigError where recorded spikes cannot be what the first layer receives."""
    wanted = {
        "path": (config.path, "spiking"),
        "neuron.steps": (config.neuron.steps, dataset.steps),
        "neuron.encoding": (config.neuron.encoding, "constant"),
        "data.input_scale": (config.data.input_scale, "raw"),
        "label.amplitude": (config.label.amplitude, "one"),
        "training.shift": (config.training.shift, 0),
    }
    for key, (found, expected) in wanted.items():
        if found != expected:
            raise ConfigError(
                f"{key}={found}",
                where=f"data set {dataset.name}",
                expected=f"{key}={expected}, since the data are recorded spikes, which are taken as they are",
            )


def _encoder(dataset: DataSet, config: Config) -> Encoder:
    mean, deviation = 0.0, 1.0
    if config.data.input_scale == "standardised":
        # From all training images, by a histogram: exact, and no float copy of the set.
        counts = np.bincount(dataset.train_images.ravel(), minlength=256)
        levels = np.arange(256) / 255.0
        mean = float((counts * levels).sum() / counts.sum())
        deviation = float(np.sqrt((counts * (levels - mean) ** 2).sum() / counts.sum()))
        if np.count_nonzero(counts) < 2:
            raise ConfigError(
                "all training pixels are alike, so they have no deviation to divide by",
                where="data.input_scale",
                fix="set data.input_scale=raw",
            )
    largest = (float(dataset.train_images.max()) / 255.0 - mean) / deviation
    wanted = config.label.amplitude
    amplitude = largest if wanted == "max" else 1.0 if wanted == "one" else wanted
    return Encoder(config, mean, deviation, amplitude, dataset.n_classes)
