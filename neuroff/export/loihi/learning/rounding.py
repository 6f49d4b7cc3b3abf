"""Stochastic rounding in integers: what a shift to the right drops is kept on average.

    (value + uniform) >> bits,    uniform in [0, 2^bits)

is ⌊value / 2^bits⌋ or one more, and its mean over the draws is value / 2^bits exactly, for either sign. A
Loihi-class chip rounds decayed traces and written weights so (lava-nc 0.10.0, lava/magma/core/learning).
"""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor

Rounding = Literal["stochastic", "nearest"]
MAX_SHIFT = 24


def uniform_bits(shape: tuple[int, ...], bits: int, generator: torch.Generator) -> Tensor:
    """Draw integers in [0, 2^bits), int32; ``bits`` in [0, 24]."""
    drawn = torch.empty(shape, dtype=torch.int32)
    return drawn.random_(0, 1 << bits, generator=generator)


def shifted(value: Tensor, bits: int, rounding: Rounding, generator: torch.Generator) -> Tensor:
    """Return value / 2^bits as whole numbers, int32.

    Args:
        value: int32, of magnitude below 2³⁰.
        bits: in [0, 24].
        rounding: ``stochastic`` is unbiased; ``nearest`` rounds halves up and draws nothing.
        generator: source of randomness, on the CPU.
    """
    if not bits:
        return value.to(torch.int32)
    if rounding == "nearest":
        return (value + (1 << (bits - 1))) >> bits
    return (value + uniform_bits(tuple(value.shape), bits, generator)) >> bits
