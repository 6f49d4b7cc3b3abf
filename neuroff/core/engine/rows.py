"""Spikes on the way through full connectivity: the weights of an input are one row to add."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import torch
from torch import Tensor

from neuroff.core.engine.arriving import gains
from neuroff.core.signal import Signal
from neuroff.core.synapses import Dense, Standardised, Synapses

_ASKED: Final = 32  # samples that are asked how often they fire


@dataclass(frozen=True)
class DenseArriving:
    """Spikes on the way through full connectivity.

    Attributes:
        synapses: the layer's.
        pre: spikes ``(T, B, M)`` uint8.
        front: what standardises channels in front of them, if something does; ``synapses`` are folded then.
        threads: of the loops.
    """

    synapses: Dense
    pre: Signal
    front: Standardised | None = None
    threads: int = 1

    def forward(self) -> tuple[Any, tuple[Any, ...]]:
        """See `Arriving`."""
        from neuroff.kernels import forward, rows

        tiles, bias = rows.tiles_of(self.synapses.weight.numpy().T), self.synapses.bias.numpy()
        return forward.respond_to_spikes, (self.pre.values.numpy(), gains(self.pre), tiles, bias)

    def learn(self, gradient: Mapping[str, Tensor], neuron: Any, back: tuple[Any, Any, Any]) -> None:
        """See `Arriving`."""
        from neuroff.kernels import backward, rows, threads

        synapses, gain = self.synapses, gains(self.pre)
        tiles = rows.empty_tiles(synapses.inputs, synapses.neurons)
        bias = np.zeros(len(tiles) * rows.WIDTH, np.float32)

        def work(first: int, last: int) -> None:
            backward.add_gradient(neuron, *back, self.pre.values.numpy(), gain, tiles, bias, first, last)

        threads.spread(work, len(tiles), self.threads)
        nothing, of_bias = np.zeros_like(bias), torch.from_numpy(bias[: synapses.neurons])
        gradient["bias"].add_(of_bias)
        if self.front is None:
            rows.add_tiles(tiles, nothing, gradient["weight"].numpy())
            return
        weight = torch.zeros_like(synapses.weight)
        rows.add_tiles(tiles, nothing, weight.numpy())
        self.front.add_arriving(gradient, {"weight": weight, "bias": of_bias}, self._seen(self.front))

    def _seen(self, front: Standardised) -> Tensor:
        """Return what `Standardised.add_arriving` takes: a spike is its own square, gain aside."""
        planes = front.planes
        rows = self.pre.values.view(-1, planes.channels, planes.height * planes.width)
        spikes = rows.sum(2, dtype=torch.float64) / rows.shape[2]
        gain = torch.from_numpy(gains(self.pre)).flatten().double()
        return torch.stack((gain @ spikes, gain.square() @ spikes, torch.full_like(spikes[0], len(rows))))


def rows_arriving(
    synapses: Synapses, pre: Signal, crossover: float, threads: int = 1
) -> DenseArriving | None:
    """Return spikes on the way through a matrix, ``None`` where a product is quicker or synapses are others.

    Args:
        synapses: a layer's.
        pre: spikes ``(T, B, M)`` uint8.
        crossover: firing rate above which a product is quicker.
        threads: of the loops.
    """
    front = synapses if isinstance(synapses, Standardised) else None
    behind = synapses if front is None else front.behind
    if type(behind) is not Dense:
        return None
    some = pre.values[:, :: max(1, pre.values.shape[1] // _ASKED)].numpy()
    if np.count_nonzero(some) > crossover * some.size:
        return None
    folded = behind if front is None else front.folded()
    assert isinstance(folded, Dense)
    return DenseArriving(folded, pre, front, threads)
