"""From the text of a stack to its layers, drawn for images of a shape."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import torch

from neuroff.core.architecture.max_pool import MaxPool
from neuroff.core.architecture.parts import ConvPart, DensePart, PoolPart
from neuroff.core.architecture.text import Architecture
from neuroff.core.asking import Asking
from neuroff.core.layer import Layer
from neuroff.core.synapses import (
    Conv,
    Dense,
    LabelPlane,
    Planes,
    Pooled,
    Standardised,
    Synapses,
    initial_conv,
    initial_dense,
)
from neuroff.errors import ConfigError
from neuroff.rng import generator


@dataclass(frozen=True)
class Stack:
    """Drawn layers, and what stands between them.

    Attributes:
        layers: first to last.
        between: maxima behind layers, by index.
    """

    layers: tuple[Layer, ...]
    between: Mapping[int, MaxPool]


def drawn(
    architecture: Architecture,
    planes: Planes,
    asking: Asking,
    *,
    seed: int,
    dtype: torch.dtype,
    standardise: bool = False,
) -> Stack:
    """Draw the layers of a stack; each has its own stream of random numbers.

    Labels that stand beside an image reach a dense first layer as inputs of their own, and planes as one more
    (`neuroff.core.synapses.label_plane`).

    Args:
        architecture: the stack.
        planes: of the images.
        asking: how the network is asked: about how many classes, and by what inputs beside the image.
        seed: of the run.
        dtype: type of the parameters.
        standardise: whether layers behind others receive channels of mean zero and variance one.

    Returns:
        The layers, with a collaboration strength of zero.

    Raises:
        ConfigError: naming the layer that does not fit the one below.
    """
    layers: list[Layer] = []
    between: dict[int, MaxPool] = {}
    pool: PoolPart | None = None
    beside = asking.inputs(planes.size) - planes.size
    for part in architecture.parts:
        if isinstance(part, PoolPart):
            pool = part
            continue
        index, labels = len(layers), 0 if layers else beside
        try:
            if pool is not None and pool.maxima:
                between[index - 1] = MaxPool(planes, pool.on(planes))
                planes, pool = pool.leaving(planes), None
            direct = labels and pool is None and isinstance(part, DensePart)
            received = planes if direct or not labels else _with_plane(planes)
            seen = received if pool is None else pool.leaving(received)
            stream = generator(seed, "init", index)
            plain: Dense | Conv
            if isinstance(part, DensePart):
                leaving = Planes(part.neurons, 1, 1)
                inputs = seen.size + (labels if direct else 0)
                plain = initial_dense(inputs, part.neurons, stream, dtype)
            else:
                leaving = part.leaving(seen)
                plain = _convolution(part, seen, asking.classes, stream, dtype)
            synapses: Synapses = Standardised.of(plain, seen) if standardise and layers else plain
            if pool is not None:
                synapses = Pooled(synapses, received, pool.on(received))
            if received != planes:
                synapses = LabelPlane(synapses, planes, labels, seed)
        except ConfigError as error:
            where = f"network.layers, layer {index + 1}"
            raise ConfigError(error.what, where=where, expected=error.expected, fix=error.fix) from None
        layers.append(Layer(synapses, torch.zeros((), dtype=dtype)))
        planes, pool = leaving, None
    return Stack(tuple(layers), between)


def weights_of(architecture: Architecture, planes: Planes, asking: Asking) -> int:
    """Return the number of weights of a stack, before anything is allocated.

    Raises:
        ConfigError: if a layer does not fit the one below.
    """
    total, beside = 0, asking.inputs(planes.size) - planes.size
    for part in architecture.parts:
        if isinstance(part, PoolPart):
            planes = part.leaving(planes)
        elif isinstance(part, DensePart):
            total += (planes.size + beside) * part.neurons
            planes, beside = Planes(part.neurons, 1, 1), 0
        else:
            seen = planes.channels // (asking.classes if part.by_class else 1) + bool(beside)
            total += part.channels * seen * math.prod(part.on(planes))
            planes, beside = part.leaving(planes), 0
    return total


def _with_plane(planes: Planes) -> Planes:
    return Planes(planes.channels + 1, planes.height, planes.width)


def _convolution(
    part: ConvPart, seen: Planes, classes: int, stream: torch.Generator, dtype: torch.dtype
) -> Conv:
    return initial_conv(
        seen,
        part.channels,
        part.on(seen),
        stream,
        dtype,
        stride=part.stride,
        padding=part.around(seen),
        groups=classes if part.by_class else 1,
    )
