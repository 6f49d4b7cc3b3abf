"""Dense synapses behind rectified neurons that several presentations of an image drive nearly alike.

What an image drives in the first layer is multiplied by the next layer's weights once, not once a label;
what rectifying adds is zero but where a neuron is silent, and only that is added one by one
(`neuroff.kernels.rectified`). Pays where most neurons of the first layer are active, as they are in the
paper's networks.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
import torch
from torch import Tensor

from neuroff.core.engine.arriving import gains
from neuroff.core.signal import Rectified, Signal, product
from neuroff.core.synapses import Dense

_WORTH: Final = 0.5  # of what sharing saves: silent neurons cost about twice their share of a product
_ASKED: Final = 32  # images that are asked how many are silent


def shares(synapses: Dense, signal: Signal, precision: torch.dtype) -> bool:
    """Whether presentations share enough that multiplying what they share is quicker than all of them.

    Args:
        synapses: the layer's.
        signal: what it receives.
        precision: type of the products' factors.
    """
    parts = signal.rectified
    if parts is None or signal.values.ndim != 2 or precision != torch.float32:
        return False
    if any(each.dtype != torch.float32 for each in (parts.base, signal.values, synapses.weight)):
        return False
    if parts.base.device.type != "cpu" or not parts.candidates.numel():
        return False
    from neuroff.kernels import rectified

    copies, samples = parts.candidates.shape
    silent = rectified.silent_share(*_arrays(parts), max(1, samples // _ASKED))
    saved = 1.0 - (samples + len(parts.columns)) / (copies * samples)
    return bool(silent < _WORTH * saved)


def shared_drive(synapses: Dense, signal: Signal, parts: Rectified, threads: int = 1) -> Tensor:
    """Return what `Dense.drive` does, ``(P·B, N)``."""
    from neuroff.kernels import rectified, rows
    from neuroff.kernels.threads import spread

    weight, bias = synapses.weight, synapses.bias.numpy()
    of_base = product(parts.base, weight.T, torch.float32).numpy()
    of_columns = product(parts.columns, weight.T, torch.float32).numpy()
    tiles, gain = rows.tiles_of(weight.numpy().T), gains(signal)
    found = synapses.bias.new_empty(parts.candidates.numel(), synapses.neurons)
    arrays = _arrays(parts)

    def work(first: int, last: int) -> None:
        rectified.drive(*arrays, gain, of_base, of_columns, tiles, bias, found.numpy(), first, last)

    spread(work, parts.candidates.shape[1], threads)
    return found


def add_shared_gradient(
    synapses: Dense,
    gradient: Mapping[str, Tensor],
    post: Tensor,
    signal: Signal,
    parts: Rectified,
    threads: int = 1,
) -> None:
    """Add what `Dense.add_weight_gradient` does; ``post`` ``(P·B, N)`` is consumed."""
    from neuroff.kernels import rectified, rows
    from neuroff.kernels.threads import spread

    if signal.gain is not None:
        post = post.mul_(signal.gain[..., None])
    copies, samples = parts.candidates.shape
    split, into = post.contiguous().view(copies, samples, -1), gradient["weight"]
    at_columns = torch.zeros(len(parts.columns), split.shape[-1])
    for candidates, each in zip(parts.candidates, split, strict=True):
        at_columns.index_add_(0, candidates, parts.strength[..., None] * each)
    into.addmm_(split.sum(0).T, parts.base)
    into.addmm_(at_columns.T, parts.columns)
    tiles, arrays = rows.empty_tiles(synapses.inputs, synapses.neurons), _arrays(parts)
    factors = split.flatten(0, 1).numpy()

    def work(first: int, last: int) -> None:
        rectified.add_gradient(*arrays, factors, tiles, first, last)

    spread(work, len(tiles), threads)
    rows.add_tiles(tiles, np.zeros(len(tiles) * rows.WIDTH, np.float32), into.numpy())


def _arrays(parts: Rectified) -> tuple[Any, Any, Any, Any]:
    """Return what the kernels take first."""
    strength = parts.strength.expand(parts.base.shape[0])
    given = parts.base, parts.columns, strength, parts.candidates
    base, columns, each, candidates = (tensor.contiguous().numpy() for tensor in given)
    return base, columns, each, candidates
