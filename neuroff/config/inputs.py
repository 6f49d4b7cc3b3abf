"""From a data set to what the first layer receives, split and scaled as a configuration says."""

from __future__ import annotations

import math

import numpy as np
import torch

from neuroff.checks import require_kind
from neuroff.config.build import build_asking, build_network
from neuroff.config.file_pixels import FilePixels
from neuroff.config.layers import parameter_dtype
from neuroff.config.planes import flat, planes_of
from neuroff.config.schema import Config
from neuroff.core.asking import Asking
from neuroff.core.inputs import Encoder, Inputs, Split
from neuroff.core.network import Network
from neuroff.core.pixels import largest_value, mean_and_deviation
from neuroff.core.synapses import Planes
from neuroff.data import DataSet, FileRows, overwritten
from neuroff.device import require_device
from neuroff.errors import ConfigError
from neuroff.rng import generator

LOST_AT_MOST = 0.02
"""Share of the variance that a label may overwrite. MNIST and digits lose nothing, Fashion-MNIST 0.05 %, even
MNIST-sized images of independent pixels 1.3 %; tables of few features lose 8 % (breast cancer) and more."""


def prepare(dataset: DataSet, config: Config, device: torch.device | str = "cpu") -> Split:
    """Split, scale and encode a data set.

    Args:
        dataset: the data set.
        config: the run's configuration.
        device: where the images go.

    Raises:
        ConfigError: if more training images are asked for than there are, pixels that are all alike are to be
            standardised, images that are not square are to be shifted, recorded spikes do not meet a
            spiking network of as many steps, or labels would overwrite more than `LOST_AT_MOST` of what
            tells images apart.
    """
    require_kind("dataset", dataset, DataSet, where="prepare", fix="neuroff.load makes one of a name")
    require_kind("config", config, Config, where="prepare", fix="neuroff.preset makes one")
    require_device(device)
    planes, encoder = _fitting(dataset, config)
    chosen, rest = (
        _held_out(dataset.train_labels, config) if config.data.held_out_share else _first(dataset, config)
    )

    def inputs(images: np.ndarray | FileRows, labels: np.ndarray, name: str) -> Inputs:
        classes = torch.from_numpy(labels.astype(np.int64)).to(device)
        if isinstance(images, FileRows):
            return Inputs(FilePixels(images, device), classes, encoder, None, name, planes=planes)
        values = flat(images, dataset, config)
        # What torch cannot share is copied: arrays that are read-only or run backwards.
        pixels = torch.from_numpy(np.require(values, requirements=["C", "W"])).to(device)
        still = encoder.encoding == "constant" and dataset.steps is None
        constant = encoder.stimulus(pixels) if still else None
        return Inputs(pixels, classes, encoder, constant, name, planes=planes)

    return Split(
        inputs(_rows(dataset.train_images, chosen), dataset.train_labels[chosen], "train"),
        inputs(_rows(dataset.train_images, rest), dataset.train_labels[rest], "held_out"),
        inputs(dataset.test_images, dataset.test_labels, "test"),
    )


def described(dataset: DataSet, config: Config) -> Network:
    """Return the network that a configuration describes for a data set, its layers without numbers.

    Nothing of what training takes is allocated.

    Raises:
        ConfigError: as of `prepare`, but for held-out images.
    """
    planes, encoder = _fitting(dataset, config)
    values = math.prod(dataset.train_images.shape[1:]) // (dataset.steps or 1)
    inputs = encoder.asking.inputs(values)
    return build_network(config, inputs, dataset.n_classes, planes=planes, asking=encoder.asking, blank=True)


def _fitting(dataset: DataSet, config: Config) -> tuple[Planes | None, Encoder]:
    """Return how a data set's images lie and become a stimulus, if they do as the configuration says."""
    _require_room(dataset, config)
    if dataset.steps is not None:
        _require_spikes(dataset, config)
    planes = planes_of(dataset, config)
    _require_changeable(dataset, planes, config)
    total = dataset.train_labels.shape[0]
    if (config.data.train_count or total) > total:
        raise ConfigError(
            f"{config.data.train_count} training images asked for",
            where="data.train_count",
            expected=f"at most {total}, which is all that {dataset.name} has",
        )
    return planes, _encoder(dataset, config, planes)


def _first(dataset: DataSet, config: Config) -> tuple[np.ndarray, np.ndarray]:
    """Return the first rows, as they stand or drawn, as many as the configuration says, and the others."""
    total = dataset.train_labels.shape[0]
    count = config.data.train_count or total
    order = (
        torch.arange(total)
        if config.data.subset == "first"
        else torch.randperm(total, generator=generator(config.seed, "subset"))
    )
    return order[:count].numpy(), order[count:].numpy()


def _held_out(labels: np.ndarray, config: Config) -> tuple[np.ndarray, np.ndarray]:
    """Return rows to train on and rows to hold out, the same share of every class, one of each at least.

    Raises:
        ConfigError: if a class has too few rows to be in both.
    """
    order = torch.randperm(len(labels), generator=generator(config.seed, "held out")).numpy()
    left = np.zeros(len(labels), dtype=bool)
    for label in np.unique(labels):
        members = order[labels[order] == label]
        count = max(1, round(config.data.held_out_share * len(members)))
        if count >= len(members):
            raise ConfigError(
                f"{len(members)} training images of class {label}",
                where=f"data.held_out_share={config.data.held_out_share:g}",
                expected="some to train on and some to hold out, of every class",
                fix="hold a smaller share out, or drop the class",
            )
        left[members[:count]] = True
    return np.flatnonzero(~left), np.flatnonzero(left)


def _rows(images: np.ndarray | FileRows, rows: np.ndarray) -> np.ndarray | FileRows:
    return images.taken(rows) if isinstance(images, FileRows) else images[rows]


def _require_room(dataset: DataSet, config: Config) -> None:
    """Raise ConfigError where labels would overwrite what the images have to say."""
    if config.asking.form != "label" or config.label.place == "beside":
        return
    values, classes = math.prod(dataset.train_images.shape[1:]) // (dataset.steps or 1), dataset.n_classes
    lost = overwritten(dataset, min(classes, values))
    if classes >= values or lost > LOST_AT_MOST:
        raise ConfigError(
            f"the labels of {classes} classes would overwrite the first {min(classes, values)} of {values} "
            f"inputs, which carry {lost:.1%} of the variance",
            where=f"data set {dataset.name}",
            expected=f"at most {LOST_AT_MOST:.0%}",
            fix="set label.place=beside",
        )


def _require_changeable(dataset: DataSet, planes: Planes | None, config: Config) -> None:
    """Raise ConfigError where images are to change in training in a way that they cannot."""
    training = config.training
    spatial = {"shift": "shifted", "flip": "mirrored", "cutout": "cut"}
    for key, word in spatial.items():
        if getattr(training, key) and (planes is None or planes.height == 1):
            raise ConfigError(
                f"images of {dataset.train_images.shape[1:]} are to be {word}",
                where=f"training.{key}",
                expected="images of one plane, or network.layers with a convolution, which knows planes"
                if planes is None
                else "images of height and width, which rows of values do not have",
                fix=f"set training.{key}=0",
            )
    if config.asking.mirrored and (planes is None or min(planes.height, planes.width) == 1):
        raise ConfigError(
            f"images of {dataset.train_images.shape[1:]} are to be presented mirrored",
            where="asking.mirrored",
            expected="images of height and width",
            fix="set asking.mirrored=false",
        )
    for key in ("event_jitter", "event_drop"):
        if getattr(training, key) and dataset.steps is None:
            raise ConfigError(
                f"training.{key}={getattr(training, key)}",
                where=f"data set {dataset.name}",
                expected="recordings, whose events have times: nmnist, dvsgesture, shd, ssc, or your own",
                fix=f"set training.{key}=0",
            )


def _require_spikes(dataset: DataSet, config: Config) -> None:
    """Raise ConfigError where recorded spikes cannot be what the first layer receives."""
    wanted = {
        "path": (config.path, "spiking"),
        "neuron.steps": (config.neuron.steps, dataset.steps),
        "neuron.encoding": (config.neuron.encoding, "constant"),
        "data.input_scale": (config.data.input_scale, "raw"),
        "label.amplitude": (config.label.amplitude, "one"),
    }
    if config.asking.form != "label":
        del wanted["label.amplitude"]
    for key, (found, expected) in wanted.items():
        if found != expected:
            raise ConfigError(
                f"{key}={found}",
                where=f"data set {dataset.name}",
                expected=f"{key}={expected}, since the data are recorded spikes, which are taken as they are",
                fix="add --path spiking" if key == "path" else f"set {key}={expected}",
            )


def _encoder(dataset: DataSet, config: Config, planes: Planes | None) -> Encoder:
    mean, deviation = 0.0, 1.0
    if config.data.input_scale == "standardised":
        # Of all training images, held-out ones too.
        mean, deviation = mean_and_deviation(dataset.train_images)
        if not deviation:
            raise ConfigError(
                "all training pixels are alike: there is nothing to learn, and no deviation to divide by",
                where="data.input_scale",
                fix="check the data, or set data.input_scale=raw",
            )
    largest = (largest_value(dataset.train_images) - mean) / deviation
    wanted = config.label.amplitude
    amplitude = largest if wanted == "max" else 1.0 if wanted == "one" else wanted
    if config.asking.form != "label":
        amplitude = 1.0  # without effect
    asking = build_asking(config, dataset.n_classes, planes)
    return build_encoder(config, asking, mean, deviation, amplitude)


def build_encoder(config: Config, asking: Asking, mean: float, deviation: float, amplitude: float) -> Encoder:
    """Return how pixels become a stimulus.

    Args:
        config: the configuration.
        asking: the network's.
        mean: subtracted from pixels in [0, 1].
        deviation: pixels are divided by it.
        amplitude: value of an input that stands for the asked class.
    """
    return Encoder(
        asking,
        mean,
        deviation,
        amplitude,
        encoding=config.neuron.encoding if config.path == "spiking" else "constant",
        steps=config.neuron.steps,
        normalisation=config.network.normalisation,
        epsilon=config.network.epsilon,
        dtype=parameter_dtype(config),
        seed=config.seed,
    )
