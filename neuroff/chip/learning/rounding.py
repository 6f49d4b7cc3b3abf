"""Stochastic rounding in integers: what a shift to the right drops is kept on average.

    (value + uniform) >> bits,    uniform in [0, 2^bits)

is ⌊value / 2^bits⌋ or one more, and its mean over the draws is value / 2^bits exactly, for either sign. A
Loihi-class chip rounds decayed traces and written weights so (lava-nc 0.10.0, lava/magma/core/learning).
"""

from __future__ import annotations

import math
from typing import Literal

import torch
from torch import Tensor

Rounding = Literal["stochastic", "nearest"]


def uniform_bits(shape: tuple[int, ...], bits: int, generator: torch.Generator) -> Tensor:
    """Draw integers in [0, 2^bits), int32; ``bits`` in [0, 24].

    One draw of 64 bits makes eight, four or two numbers.
    """
    width = torch.uint8 if bits <= 8 else torch.int16 if bits <= 16 else torch.int32
    count = math.prod(shape)
    words = torch.empty(-(-count * width.itemsize // 8), dtype=torch.int64)
    words.random_(torch.iinfo(torch.int64).min, None, generator=generator)
    return words.view(width)[:count].view(shape).to(torch.int32).bitwise_and_((1 << bits) - 1)


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
        return carried(value, bits, 1 << (bits - 1))
    return carried(value, bits, uniform_bits(tuple(value.shape), bits, generator))


def carried(value: Tensor, bits: int, uniform: Tensor | int) -> Tensor:
    """Return (value + uniform) >> bits, with ``uniform`` in [0, 2^bits)."""
    return (value + uniform) >> bits
