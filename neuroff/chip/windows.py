"""Kernels that all places share: how they lie on planes of axons, and what they unroll to.

A spike meets the same weights wherever its window lies, so sums are those of a convolution. Means of windows
in front are sums here, their share in the kernel: a spike in a mean of four meets a quarter of the weight.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from neuroff.core.synapses import Conv, Dense, Pooled, Standardised, Synapses
from neuroff.core.synapses.planes import Planes, over_windows
from neuroff.errors import ConfigError, ExportError, ShapeError

Plain = Dense | Conv | Pooled
"""Synapses whose weights a chip can take as they are."""


@dataclass(frozen=True)
class Windows:
    """Where a kernel ``(O, C/groups, h, w)`` lies.

    Attributes:
        planes: of axons, C, H, W.
        stride: step of the window.
        padding: planes' border of nothing, above and below, left and right.
        groups: channels of output o see those of input in their own group alone.
        pool: height and width of windows of axons that are summed first; (1, 1) for none.
    """

    planes: Planes
    stride: int = 1
    padding: tuple[int, int] = (0, 0)
    groups: int = 1
    pool: tuple[int, int] = (1, 1)

    def conv(self, kernel: Tensor) -> Conv:
        """Return the convolution behind the sums.

        Raises:
            ExportError: if the kernel does not fit the planes.
        """
        try:
            planes = self.planes.pooled(self.pool)
            nothing = kernel.new_zeros(kernel.shape[:1])
            return Conv(kernel, nothing, planes, self.stride, self.padding, self.groups)
        except (ConfigError, ShapeError) as error:
            raise ExportError(error.what, where="chip synapses", expected=error.expected) from None

    def synapses(self, kernel: Tensor) -> Conv | Pooled:
        """Return the synapses whose means become sums here; the kernel is in floating point."""
        conv = self.conv(kernel)
        return conv if self.pool == (1, 1) else Pooled(conv, self.planes, self.pool)

    def sums(self, kernel: Tensor, spikes: Tensor) -> Tensor:
        """Return the sums ``(B, N)`` of spikes ``(B, D)``, both whole numbers in floating point.

        They are rounded: some libraries transform a convolution and leave a trace of that.
        """
        shown = over_windows(self.planes.of(spikes), self.pool, torch.add)
        found = torch.nn.functional.conv2d(shown, kernel, None, self.stride, self.padding, groups=self.groups)
        return found.flatten(1).round_()

    def unrolled(self, kernel: Tensor) -> Tensor:
        """Return the matrix ``(N, D)`` of a kernel of integers, int32."""
        matrix = self.synapses(kernel.float()).affine()[0]
        return matrix.mul_(math.prod(self.pool)).round_().to(torch.int32)


def plain(synapses: Synapses) -> Plain:
    """Return synapses with what stands in front folded into weights, their tensors copied.

    Places go on sharing weights, but for labels that reach a convolution as a plane of their own: what they
    share them with is a matrix.
    """
    if isinstance(synapses, Standardised):
        return synapses.folded()
    if isinstance(synapses, Pooled) and isinstance(synapses.behind, Standardised):
        return Pooled(synapses.behind.folded(), synapses.planes, synapses.window)
    if isinstance(synapses, Dense | Conv) or (
        isinstance(synapses, Pooled) and isinstance(synapses.behind, Dense | Conv)
    ):
        return synapses.mapped(torch.clone, torch.clone)
    return Dense(*(tensor.clone() for tensor in synapses.affine()))


def share(synapses: Synapses) -> int:
    """Return of how many spikes means in front are taken; a spike meets so much less of a weight."""
    return math.prod(synapses.window) if isinstance(synapses, Pooled) else 1


def placed(synapses: Synapses) -> tuple[Tensor, Tensor, Windows | None]:
    """Return weights as a spike meets them, a bias for every neuron ``(N,)``, and where the weights lie."""
    if isinstance(synapses, Conv):
        windows = Windows(synapses.planes, synapses.stride, synapses.padding, synapses.groups)
        places = synapses.leaving.height * synapses.leaving.width
        return synapses.weight, synapses.bias.repeat_interleave(places), windows
    if not isinstance(synapses, Pooled) or not isinstance(synapses.behind, Dense | Conv):
        return (*synapses.affine(), None)
    weight, bias, behind = placed(synapses.behind)
    if behind is None:  # a dense layer is one window of all there is
        weight, behind = weight.view(-1, *synapses.pooled.shape), Windows(synapses.pooled)
    met = weight / share(synapses)
    return met, bias, replace(behind, planes=synapses.planes, pool=synapses.window)
