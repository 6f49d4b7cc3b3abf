"""From the text of a stack to its layers, drawn for images of a shape."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import torch

from neuroff.checks import require_kind, require_whole
from neuroff.core.architecture.laid import LaidLayer, laid_out
from neuroff.core.architecture.max_pool import MaxPool
from neuroff.core.architecture.parts import DensePart
from neuroff.core.architecture.text import Architecture
from neuroff.core.asking import Asking
from neuroff.core.checks import require_dtype
from neuroff.core.layer import Layer
from neuroff.core.synapses import (
    Conv,
    Dense,
    GroupNormalised,
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

_MOST_WEIGHTS: Final = 2**59
"""Of a layer: PyTorch counts the bytes of a tensor in 63 bits."""


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
    group_norm: int | None = None,
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
        group_norm: in how many groups the channels that they receive have mean zero and variance one instead,
            sample by sample.

    Returns:
        The layers, with a collaboration strength of zero.

    Raises:
        ConfigError: naming the layer that does not fit the one below or has more weights than a tensor, or
            if both are asked for.
    """
    require_kind("architecture", architecture, Architecture, where="drawn")
    require_whole("seed", seed, least=0, below=2**63, where="drawn")
    require_dtype("dtype", dtype, where="drawn")
    if standardise and group_norm is not None:
        raise ConfigError(
            f"network.standardise=true and network.group_norm={group_norm}",
            where="network",
            expected="one of them: what a layer receives is given mean zero and variance one once",
            fix="say network.standardise=false",
        )
    laid = laid_out(architecture, planes, asking)
    _require_countable(laid)
    layers = []
    for index, layer in enumerate(laid):
        plain = _drawn(layer, generator(seed, "init", index), dtype)
        synapses: Synapses = plain
        if standardise and index:
            synapses = Standardised.of(plain, layer.seen)
        if group_norm is not None and index:
            synapses = _group_normalised(plain, layer.seen, group_norm, index)
        if layer.pool is not None:
            synapses = Pooled(synapses, layer.received, layer.pool)
        if layer.has_plane:
            synapses = LabelPlane(synapses, layer.planes, layer.labels, seed)
        layers.append(Layer(synapses, torch.zeros((), dtype=dtype)))
    between = {index - 1: layer.maxima for index, layer in enumerate(laid) if layer.maxima is not None}
    return Stack(tuple(layers), between)


def _require_countable(laid: Sequence[LaidLayer]) -> None:
    for index, layer in enumerate(laid):
        if layer.weights > _MOST_WEIGHTS:
            raise ConfigError(
                f"layer {index + 1} of {layer.weights:,} weights",
                where="network",
                expected=f"at most {_MOST_WEIGHTS:,} in a tensor",
                fix="choose smaller widths (network.widths), or fewer channels (network.layers)",
            )


def _group_normalised(plain: Dense | Conv, seen: Planes, groups: int, index: int) -> GroupNormalised:
    try:
        return GroupNormalised(plain, seen, groups)
    except ConfigError as error:
        where = f"network.group_norm, layer {index + 1}"
        raise ConfigError(error.what, where=where, expected=error.expected) from None


def _drawn(layer: LaidLayer, stream: torch.Generator, dtype: torch.dtype) -> Dense | Conv:
    part, seen = layer.part, layer.seen
    if isinstance(part, DensePart):
        return initial_dense(layer.fan_in, part.neurons, stream, dtype)
    return initial_conv(
        seen,
        part.channels,
        part.on(seen),
        stream,
        dtype,
        stride=part.stride,
        padding=part.around(seen),
        groups=layer.groups,
    )
