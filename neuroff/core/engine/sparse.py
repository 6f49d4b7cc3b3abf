"""Dense synapses behind values of which many are alike: only what differs is multiplied.

Pixels of most images are a background, and a rectified layer is silent in part. Loops over what differs
(`neuroff.kernels.values`) are quicker than a matrix product up to about half of all values. How many there
are is read from the values themselves: the same values are always computed the same way.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from neuroff.core.engine.arriving import gains
from neuroff.core.engine.rectified import add_shared_gradient, shared_drive, shares
from neuroff.core.signal import Signal
from neuroff.core.synapses import Dense


@dataclass(frozen=True)
class SparseDense(Dense):
    """Full connectivity that computes in loops over values where that is quicker.

    Attributes:
        crossover: share of values unlike their row's background above which a matrix product is taken.
        threads: of the loops.
    """

    crossover: float = 0.5
    threads: int = 1

    def drive(self, signal: Signal, precision: torch.dtype) -> Tensor:
        """See `Dense`."""
        if signal.rectified is not None and shares(self, signal, precision):
            return shared_drive(self, signal, signal.rectified, self.threads)
        common = self._common(signal, precision)
        if common is None:
            return super().drive(signal, precision)
        from neuroff.kernels import rows, threads, values

        given, weight = signal.values.numpy(), self.weight.numpy()
        tiles, bias = rows.tiles_of(weight.T), self.bias.numpy()
        total = weight.sum(1) if common.any() else np.zeros_like(bias)  # what a background is multiplied by
        found = self.bias.new_empty(len(given), self.neurons)

        def work(first: int, last: int) -> None:
            values.drive(given, common, gains(signal), tiles, total, bias, found.numpy(), first, last)

        threads.spread(work, len(given), self.threads)
        return found

    def add_weight_gradient(
        self, gradient: Mapping[str, Tensor], post: Tensor, pre: Signal, precision: torch.dtype
    ) -> None:
        """See `Dense`."""
        if pre.rectified is not None and post.dtype == torch.float32 and shares(self, pre, precision):
            add_shared_gradient(self, gradient, post, pre, pre.rectified, self.threads)
            return
        common = self._common(pre, precision) if post.ndim == 2 and post.dtype == torch.float32 else None
        if common is None:
            super().add_weight_gradient(gradient, post, pre, precision)
            return
        from neuroff.kernels import rows, threads, values

        tiles = rows.empty_tiles(self.inputs, self.neurons)
        shared = np.zeros(len(tiles) * rows.WIDTH, np.float32)
        factors = post.contiguous().numpy()

        def work(first: int, last: int) -> None:
            values.add_gradient(factors, gains(pre), pre.values.numpy(), common, tiles, shared, first, last)

        threads.spread(work, len(tiles), self.threads)
        rows.add_tiles(tiles, shared, gradient["weight"].numpy())

    def _common(self, signal: Signal, precision: torch.dtype) -> np.ndarray | None:
        """Return the background of every row, or ``None`` where a matrix product is quicker."""
        given = signal.values
        if given.ndim != 2 or given.dtype != torch.float32 or precision != torch.float32 or not len(given):
            return None
        if given.device.type != "cpu" or not given.is_contiguous() or self.weight.dtype != torch.float32:
            return None
        from neuroff.kernels import values

        common = np.empty(len(given), np.float32)
        others = values.backgrounds(given.numpy(), common)
        return common if others <= self.crossover * given.numel() else None
