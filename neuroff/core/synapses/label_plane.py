"""A label beside an image as one more plane: for a convolution that is asked by labels.

The K inputs in front of the image stand for the classes. Class k lights up half of the plane's places, its
own fixed pattern, drawn once: a window anywhere in the image then sees which class is asked about, which a
label in a corner of the image would tell the corner alone.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from neuroff.checks import require_kind, require_whole
from neuroff.core.signal import Signal
from neuroff.core.synapses.front import Front
from neuroff.core.synapses.planes import Planes
from neuroff.errors import ShapeError
from neuroff.rng import generator


@dataclass(frozen=True)
class LabelPlane(Front):
    """Synapses that receive an image's planes and, behind them, the plane of the label.

    Attributes:
        behind: what receives the planes; its last one is the label's.
        planes: of the image.
        labels: K, inputs in front of the image.
        seed: of the patterns.

    Raises:
        ConfigError: if there is no label.
        ShapeError: if what receives the planes does not have one more.
    """

    planes: Planes
    labels: int
    seed: int = 0

    def __post_init__(self) -> None:
        super().__post_init__()
        require_kind("planes", self.planes, Planes, where="LabelPlane")
        require_whole("labels", self.labels, least=1, where="LabelPlane")
        require_whole("seed", self.seed, least=0, below=2**63, where="LabelPlane")
        if self.behind.inputs != self.planes.size + self._places:
            raise ShapeError(
                f"synapses with {self.behind.inputs} inputs behind {self.planes} values and a plane",
                where="LabelPlane",
                expected=f"{self.planes.size + self._places} inputs",
            )

    @property
    def inputs(self) -> int:
        """K labels and the image."""
        return self.labels + self.planes.size

    def patterns(self) -> Tensor:
        """Return the pattern of every class, ``(K, H · W)`` zeros and ones."""
        return self._lit().to(next(iter(self.tensors().values())))

    def _lit(self) -> Tensor:
        """Return where the pattern of every class is, ``(K, H · W)`` bool, on the CPU."""
        stream = generator(self.seed, "label plane", self.labels, self._places)
        order = torch.rand(self.labels, self._places, generator=stream).argsort(1)
        return order < (self._places + 1) // 2

    @property
    def connections(self) -> int:
        """Number of pairs of an input and a neuron that it reaches: all planes have as many."""
        of_plane = self.behind.connections // (self.planes.channels + 1)
        planes = torch.zeros(1, self.behind.inputs)
        labels = 0
        for pattern in self._lit():
            planes[0, self.planes.size :] = pattern
            labels += self.behind.reaching(planes)
        return of_plane * self.planes.channels + labels

    def affine(self) -> tuple[Tensor, Tensor]:
        """Return the matrix ``(N, K + D)``, a column for each label, and the biases."""
        weight, bias = self.behind.affine()
        image, plane = weight.split((self.planes.size, self._places), 1)
        return torch.cat((plane @ self.patterns().T, image), 1), bias

    def unit_drives(self, count: int) -> Tensor:
        """Return what a value of one at each of the first ``count`` inputs drives, ``(count, N)``."""
        ones = torch.eye(count, self.inputs).to(self.patterns())
        nothing = Signal(torch.zeros_like(ones[:1]))
        return self.drive(Signal(ones), ones.dtype).sub_(self.drive(nothing, ones.dtype))

    def fan_out(self) -> Tensor:
        """Return how many neurons each input reaches, ``(K + D,)`` int64."""
        image = self.behind.fan_out()[: self.planes.size]
        patterns = self.patterns()
        planes = torch.cat((patterns.new_zeros(self.labels, self.planes.size), patterns), 1)
        return torch.cat((self.behind.reached(planes).sum(1), image))

    def reached(self, ones: Tensor) -> Tensor:
        """Return which neurons ``(…, B, N)``, bool, an input that is not zero reaches."""
        return self.behind.reached(self.shown(Signal(ones.abs())).values)

    @property
    def _places(self) -> int:
        return self.planes.height * self.planes.width

    def shown(self, signal: Signal) -> Signal:
        """Return values ``(…, K + D)`` as image and plane ``(…, D + H · W)``."""
        label, image = signal.values.split((self.labels, self.planes.size), -1)
        return Signal(torch.cat((image, label @ self.patterns().to(image)), -1), signal.gain)
