"""How the values of an image lie in planes, for layers that need to know: convolutions and their pools."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from neuroff.config.schema import Config
from neuroff.core.synapses import Planes
from neuroff.data import DataSet
from neuroff.errors import ConfigError

_COLOURS = (1, 2, 3, 4)  # grey, grey and opacity, RGB, RGB and opacity; on and off events


def planes_of(dataset: DataSet, config: Config) -> Planes | None:
    """Return the planes of a data set's images as `flat` lays them out, ``None`` where none are known.

    Images ``(H, W)`` are one plane, ``(H, W, C)`` and ``(C, H, W)`` with up to four channels C; a recording
    says itself how its inputs lie; else they, like a row of features, are one plane of height one.

    Raises:
        ConfigError: if the configuration has convolutions, and images no such shape.
    """
    if dataset.planes is not None:
        return Planes(*dataset.planes)
    shape = dataset.train_images.shape[1 : -1 if dataset.steps else None]
    if len(shape) == 1:
        return Planes(1, 1, shape[0])
    if len(shape) == 2:
        return Planes(1, *shape)
    if len(shape) == 3 and shape[0] in _COLOURS and not _last(shape):
        return Planes(*shape)
    if not config.network.architecture.convolves:
        return None  # flattened as they come
    if len(shape) == 3 and _last(shape):
        return Planes(shape[2], *shape[:2])
    raise ConfigError(
        f"images of shape {shape}",
        where=f"network.layers on data set {dataset.name}",
        expected=f"(H, W), (H, W, C) or (C, H, W) with at most {max(_COLOURS)} channels C",
        fix="reshape the images, or use dense layers (network.widths)",
    )


def flat(images: npt.NDArray[Any], dataset: DataSet, config: Config) -> npt.NDArray[Any]:
    """Return images ``(n, …)`` of a data set's shape with their values in one axis, ``(n, values)``.

    Convolutions get channel after channel; dense layers the values in the order in which they come. Recorded
    spikes ``(n, D, T)`` stay as they are.
    """
    if dataset.steps:
        return images
    if config.network.architecture.convolves and images.ndim == 4 and _last(images.shape[1:]):
        images = np.moveaxis(images, 3, 1)
    return images.reshape(images.shape[0], math.prod(images.shape[1:]))


def _last(shape: tuple[int, ...]) -> bool:
    """Whether the channels of images come last."""
    return shape[2] in _COLOURS
