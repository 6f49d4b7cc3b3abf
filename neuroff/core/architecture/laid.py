"""What each layer of a stack receives and sends, for images of a shape: known before anything is drawn."""

from __future__ import annotations

import math
from dataclasses import dataclass

from neuroff.checks import require_able, require_kind
from neuroff.core.architecture.max_pool import MaxPool
from neuroff.core.architecture.parts import ConvPart, DensePart, PoolPart
from neuroff.core.architecture.text import Architecture
from neuroff.core.asking import Asking
from neuroff.core.synapses import Planes
from neuroff.errors import ConfigError


@dataclass(frozen=True)
class LaidLayer:
    """A layer in its place.

    Attributes:
        part: what it is.
        planes: what reaches it, labels apart.
        received: the same, and the labels' plane where there is one.
        seen: of that behind its pool of means: what its synapses proper receive.
        pool: height and width of the means' windows; ``None`` without.
        maxima: what stands between the layer below and this one, if it is maxima.
        labels: inputs in front that stand for classes; they reach a dense layer directly where ``received``
            has no plane for them.
        groups: of its channels.
        leaving: planes of its neurons.
    """

    part: DensePart | ConvPart
    planes: Planes
    received: Planes
    seen: Planes
    pool: tuple[int, int] | None
    maxima: MaxPool | None
    labels: int
    groups: int
    leaving: Planes

    @property
    def has_plane(self) -> bool:
        """Whether labels reach it as a plane."""
        return self.received != self.planes

    @property
    def fan_in(self) -> int:
        """Weights of a neuron."""
        if isinstance(self.part, DensePart):
            return self.seen.size + (0 if self.has_plane else self.labels)
        return self.seen.channels // self.groups * math.prod(self.part.on(self.seen))

    @property
    def weights(self) -> int:
        """Number of weights."""
        part = self.part
        return self.fan_in * (part.neurons if isinstance(part, DensePart) else part.channels)


def laid_out(architecture: Architecture, planes: Planes, asking: Asking) -> tuple[LaidLayer, ...]:
    """Return the layers of a stack in their places, first to last.

    Args:
        architecture: the stack.
        planes: of the images.
        asking: how the network is asked: about how many classes, and by what inputs beside the image.

    Raises:
        ConfigError: naming the layer that does not fit the one below.
    """
    require_kind("architecture", architecture, Architecture, where="layers")
    require_kind("planes", planes, Planes, where="layers")
    require_able("asking", asking, "goodness", where="layers", expected="one such as GroupAsking(10)")
    found: list[LaidLayer] = []
    pool: PoolPart | None = None
    for part in architecture.parts:
        if isinstance(part, PoolPart):
            pool = part
            continue
        labels = 0 if found else asking.inputs(planes.size) - planes.size
        try:
            layer = _laid(part, pool, planes, labels, asking.classes)
        except ConfigError as error:
            where = f"network.layers, layer {len(found) + 1}"
            raise ConfigError(error.what, where=where, expected=error.expected, fix=error.fix) from None
        found.append(layer)
        planes, pool = layer.leaving, None
    return tuple(found)


def _laid(
    part: DensePart | ConvPart, pool: PoolPart | None, planes: Planes, labels: int, classes: int
) -> LaidLayer:
    maxima = MaxPool(planes, pool.on(planes)) if pool is not None and pool.maxima else None
    if maxima is not None:
        planes, pool = planes.pooled(maxima.window), None
    plane = labels and (pool is not None or isinstance(part, ConvPart))
    received = Planes(planes.channels + 1, planes.height, planes.width) if plane else planes
    window = None if pool is None else pool.on(received)
    seen = received if window is None else received.pooled(window)
    leaving = Planes(part.neurons, 1, 1) if isinstance(part, DensePart) else part.leaving(seen)
    groups = classes if isinstance(part, ConvPart) and part.by_class else 1
    if seen.channels % groups or leaving.channels % groups:
        raise ConfigError(
            f"{groups} groups of {seen.channels} channels below and {leaving.channels} of its own",
            expected="numbers of channels that the classes divide",
        )
    return LaidLayer(part, planes, received, seen, window, maxima, labels, groups, leaving)
