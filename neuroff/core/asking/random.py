"""A fixed random read-out: one goodness per class and layer, every neuron a part of all of them.

    G_k = κ Σ_i B_ki a_i,      B_ki drawn once from a normal distribution of variance K/N²

A group (`neuroff.core.asking.groups`) is the other choice of the same matrix, K/N where neuron i is in group
k and zero elsewhere; the variance gives the rows of both the same length. On a grid, neurons of one
channel that lie in one cell share their weight, so that what a convolution finds does not cancel out between
neighbours. DECOLLE (Kaiser et al., Front.
Neurosci. 14:424, 2020) trains spiking layers on such read-outs. On a chip it costs N·K synapses a layer and
weights of both signs, where groups need one counter per class.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import lru_cache

import torch
from torch import Tensor

from neuroff.checks import require_kind, require_whole
from neuroff.core.asking.protocol import Asking
from neuroff.core.goodness import Goodness, GoodnessMeasure
from neuroff.core.synapses import Planes
from neuroff.errors import ConfigError
from neuroff.rng import generator


@lru_cache(maxsize=64)
def _drawn(seed: int, classes: int, planes: Planes, grid: int | None) -> Tensor:
    """Return B; kept, since every chunk of images asks for it. Never written to."""
    stream = generator(seed, "readout", planes.size, classes)
    sides = planes.height, planes.width
    cells = [min(side, grid or side) for side in sides]
    drawn = torch.randn(classes, planes.channels, *cells, generator=stream, dtype=torch.float64)
    down, across = (torch.arange(side) * few // side for side, few in zip(sides, cells, strict=True))
    return drawn[:, :, down][..., across].reshape(classes, -1) * (math.sqrt(classes) / planes.size)


@dataclass(frozen=True)
class RandomAsking(Asking):
    """One goodness per class and layer, read out by fixed random weights.

    Attributes:
        classes: K, at least two.
        seed: of B. Layers of the same width draw the same numbers.
        grid: cells a side of every layer's planes, whose neurons of one channel share a weight; each neuron
            has its own if ``None``, or where there are as few places.
        planes: of every layer, first to last, which a grid needs; a layer beyond them has no places.

    Raises:
        ConfigError: if there are fewer classes or no cells, or planes are none.
    """

    classes: int
    seed: int = 0
    grid: int | None = None
    planes: tuple[Planes, ...] = ()

    def __post_init__(self) -> None:
        require_whole("classes", self.classes, least=2, where="RandomAsking")
        require_whole("grid", 1 if self.grid is None else self.grid, least=1, where="RandomAsking")
        require_whole("seed", self.seed, least=0, below=2**63, where="RandomAsking")
        require_kind("planes", self.planes, tuple, where="RandomAsking", expected="a tuple of Planes")
        for each in self.planes:
            require_kind("one of planes", each, Planes, where="RandomAsking")

    def of_layer(self, index: int) -> RandomAsking:
        """Return the asking that knows how the neurons of one layer lie."""
        require_whole("index", index, least=0, where="RandomAsking.of_layer")
        return self if self.grid is None else replace(self, planes=self.planes[index : index + 1])

    def readout_bytes(self, neurons: int) -> int:
        """Return the bytes of B, whose numbers are float64 whether a grid shares them or not."""
        return 8 * self.classes * neurons

    def readout(self, neurons: int) -> Tensor:
        """Return B ``(K, N)``, float64, on the CPU.

        Raises:
            ConfigError: if N is none, or does not tell which of several layers it is; see `of_layer`.
        """
        require_whole("neurons", neurons, least=1, where="RandomAsking.readout")
        return self._readout(neurons).clone()

    def goodness(self, measure: GoodnessMeasure, activity: Tensor, candidates: Tensor) -> Tensor:
        """Return the goodness of every class, ``(K, B)``.

        Raises:
            ConfigError: if the measure is not linear.
        """
        return self._scaled(measure, activity) @ activity.T

    def activity_gradient(self, measure: GoodnessMeasure, activity: Tensor, modulator: Tensor) -> Tensor:
        """Return Σ_k modulator_k B_k, ``(B, N)``."""
        return modulator.T @ self._scaled(measure, activity)

    def _scaled(self, measure: GoodnessMeasure, activity: Tensor) -> Tensor:
        if not isinstance(measure, Goodness) or measure.name != "linear":
            raise ConfigError(
                f"a random read-out of {measure}",
                where="RandomAsking",
                expected="Goodness('linear'), a weighted sum of activities",
                fix="set network.goodness=linear",
            )
        return (self._readout(activity.shape[1]) * measure.scale).to(activity)

    def _readout(self, neurons: int) -> Tensor:
        alike = {each for each in self.planes if each.size == neurons} or {Planes(neurons, 1, 1)}
        if len(alike) > 1 and self.grid is not None:
            raise ConfigError(
                f"layers of {' and of '.join(sorted(map(str, alike)))} neurons, {neurons:,} each",
                where="RandomAsking",
                expected="to be told which of them is asked",
                fix="ask of_layer(index) for its goodness",
            )
        return _drawn(self.seed, self.classes, alike.pop(), self.grid)
