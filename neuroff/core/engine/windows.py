"""Spikes on the way through a convolution, and through the pool and standardised channels in front of it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import torch
from torch import Tensor

from neuroff.core.engine.arriving import gains
from neuroff.core.signal import Signal
from neuroff.core.synapses import Conv, Planes, Pooled, Standardised, Synapses

_ASKED: Final = 32  # images that are asked for that share


@dataclass(frozen=True)
class WindowArriving:
    """Spikes on the way through a convolution of one group.

    Attributes:
        synapses: the convolution, with means and variances in it where channels are standardised.
        pre: spikes ``(T, B, D)`` uint8, before the pool.
        planes: what they lie in.
        pool: height and width of the pool in front; of one where there is none.
        front: what standardises channels in front, if something does.
        threads: of the loops.
    """

    synapses: Conv
    pre: Signal
    planes: Planes
    pool: tuple[int, int]
    front: Standardised | None
    threads: int = 1

    @property
    def share(self) -> float:
        """Share of pooled inputs that are not zero, in some of the images."""
        from neuroff.kernels import planes

        rows = self.pre.values.flatten(0, 1).numpy()
        return float(planes.arriving_share(self._window(), rows, max(1, len(rows) // _ASKED)))

    def forward(self) -> tuple[Any, tuple[Any, ...]]:
        """See `neuroff.core.engine.arriving.Arriving`."""
        from neuroff.kernels import windows

        lanes, conv = self._lanes(), self.synapses
        tiles = windows.tiles_of_window(conv.weight.numpy(), len(lanes))
        given = self.pre.values.contiguous().numpy(), self._scale(), tiles, conv.bias.numpy()
        return windows.respond_to_spikes, (self._window(), lanes, *given)

    def learn(self, gradient: Mapping[str, Tensor], neuron: Any, back: tuple[Any, Any, Any]) -> None:
        """See `neuroff.core.engine.arriving.Arriving`."""
        from neuroff.kernels import threads, windows

        lanes, conv, shape = self._lanes(), self.synapses, tuple(self.synapses.weight.shape)
        across = windows.across_of(lanes, conv.window[1], conv.stride)
        tiles, bias = windows.empty_window(shape, len(lanes)), np.zeros(shape[0], np.float32)
        seen = np.zeros((0 if self.front is None else 2, conv.planes.channels))
        window, scale, values = self._window(), self._scale(), self.pre.values.contiguous().numpy()

        def work(first: int, last: int) -> None:
            windows.add_gradient(
                neuron, *back, window, lanes, across, values, scale, tiles, bias, seen, first, last
            )

        threads.spread(work, len(tiles), self.threads)
        of_weight = torch.from_numpy(windows.window_of(tiles, shape, len(lanes)))
        gradient["bias"].add_(torch.from_numpy(bias))
        if self.front is None:
            gradient["weight"].add_(of_weight)
            return
        places, rows = conv.planes.height * conv.planes.width, scale.size
        sums = torch.from_numpy(seen / places)
        arriving = {"weight": of_weight, "bias": torch.from_numpy(bias)}
        self.front.add_arriving(gradient, arriving, torch.cat((sums, torch.full_like(sums[:1], rows))))

    def _lanes(self) -> tuple[int, ...]:
        """Return a tuple as long as a tile of channels has lanes."""
        from neuroff.kernels import windows

        channels, across = self.synapses.weight.shape[0], self.synapses.window[1]
        return (0,) * windows.lanes_of(channels, across, self.threads)

    def _scale(self) -> Any:
        """Return what a sum of a pool is multiplied by, ``(T, B)`` float32."""
        return gains(self.pre) / np.float32(math.prod(self.pool))

    def _window(self) -> Any:
        """Return the numbers of the window as kernels take them."""
        from neuroff.kernels.planes import Window

        conv = self.synapses
        arriving = self.planes.channels, self.planes.height, self.planes.width
        return Window(*arriving, *self.pool, *conv.window, conv.stride, *conv.padding, *conv.leaving.shape)


def window_arriving(
    synapses: Synapses, pre: Signal, crossover: float, threads: int = 1
) -> WindowArriving | None:
    """Return spikes on the way through synapses, ``None`` where PyTorch is quicker or they are others.

    Args:
        synapses: a layer's.
        pre: spikes ``(T, B, D)`` uint8.
        crossover: share of pooled inputs that are not zero above which a convolution of them all is quicker.
        threads: of the loops.
    """
    pooled = synapses if isinstance(synapses, Pooled) and synapses.takes_bytes else None
    behind = synapses if pooled is None else pooled.behind
    front = behind if isinstance(behind, Standardised) else None
    behind = behind if front is None else front.behind
    if type(behind) is not Conv or behind.groups > 1:
        return None
    conv = behind if front is None else front.folded()
    assert isinstance(conv, Conv)
    planes, pool = (conv.planes, (1, 1)) if pooled is None else (pooled.planes, pooled.window)
    found = WindowArriving(conv, pre, planes, pool, front, threads)
    return found if found.share <= crossover else None
