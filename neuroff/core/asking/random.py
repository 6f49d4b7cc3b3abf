"""A fixed random read-out: one goodness per class and layer, every neuron a part of all of them.

    G_k = κ Σ_i B_ki a_i,      B_ki drawn once from a normal distribution of variance K/N²

A group (`neuroff.core.asking.groups`) is the other choice of the same matrix, K/N where neuron i is in group
k and zero elsewhere; the variance gives the rows of both the same length. DECOLLE (Kaiser et al., Front.
Neurosci. 14:424, 2020) trains spiking layers on such read-outs. On a chip it costs N·K synapses a layer and
weights of both signs, where groups need one counter per class.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import torch
from torch import Tensor

from neuroff.core.asking.protocol import Asking
from neuroff.core.goodness import Goodness, GoodnessMeasure
from neuroff.errors import ConfigError
from neuroff.rng import generator


@lru_cache(maxsize=64)
def _drawn(seed: int, classes: int, neurons: int) -> Tensor:
    """Return B; kept, since every chunk of images asks for it. Never written to."""
    stream = generator(seed, "readout", neurons, classes)
    drawn = torch.randn(classes, neurons, generator=stream, dtype=torch.float64)
    return drawn.mul_(math.sqrt(classes) / neurons)


@dataclass(frozen=True)
class RandomAsking(Asking):
    """One goodness per class and layer, read out by fixed random weights.

    Attributes:
        classes: K, at least two.
        seed: of B. Layers of the same width share it.

    Raises:
        ConfigError: if there are fewer classes.
    """

    classes: int
    seed: int = 0

    def __post_init__(self) -> None:
        if self.classes < 2:
            raise ConfigError(f"{self.classes} classes", where="RandomAsking", expected="at least two")

    def readout(self, neurons: int) -> Tensor:
        """Return B ``(K, N)``, float64, on the CPU."""
        return _drawn(self.seed, self.classes, neurons).clone()

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
        return (_drawn(self.seed, self.classes, activity.shape[1]) * measure.scale).to(activity)
