"""Integer arithmetic of a Loihi-class chip: 24-bit state, 12-bit decays, rounding toward zero.

All tensors are int32. That is wide enough for everything here, as each function says.

Sources: lava-nc 0.10.0, lava/proc/lif/models.py and lava/proc/dense/models.py; nengo-loihi 1.1.0,
nengo_loihi/builder/discretize.py, for the same rules found independently.
"""

from __future__ import annotations

from typing import Final

import torch
from torch import Tensor

from neuroff.errors import ExportError, shortened

STATE_LIMIT: Final = 2**23
"""Currents lie in (−2²³, 2²³], potentials in (−2²³, 2²³)."""
DECAY_BITS: Final = 12
DECAY_UNITY: Final = 2**DECAY_BITS
ALIGN_BITS: Final = 6
"""Synaptic input and threshold mantissas are this many bits left of the state's last bit."""


def decayed(state: Tensor, kept: int) -> Tensor:
    """Return sign(x) ⌊|x| · kept / 4096⌋: what a decay leaves of a state, rounded toward zero.

    A product of a 24-bit state and a 13-bit factor needs 37 bits. With x = 4096 h + l and 0 ≤ l < 4096,

        ⌊x · kept / 4096⌋ = h · kept + ⌊l · kept / 4096⌋,

    whose terms stay below 2³¹ for any int32 x. For negative x, adding 4095 before the division rounds up
    instead of down.

    Args:
        state: int32.
        kept: what is kept of 4096 parts, in [0, 4096].
    """
    high = (state >> DECAY_BITS).mul_(kept)
    low = (state & (DECAY_UNITY - 1)).mul_(kept)
    low.add_((state >> 31).bitwise_and_(DECAY_UNITY - 1))
    return high.add_(low.bitwise_right_shift_(DECAY_BITS))


def wrapped(current: Tensor) -> Tensor:
    """Return a current modulo 2²⁴ in (−2²³, 2²³]: 2²³ + k becomes −2²³ + k, −2²³ − k becomes 2²³ − k.

    lava-nc adds or subtracts 2²⁴ once, which is the same as long as the current is within ±3 · 2²³. Since 2³²
    is a multiple of 2²⁴, int32 overflow before the call does no harm.
    """
    shifted_up = (current + (STATE_LIMIT - 1)).bitwise_and_(2 * STATE_LIMIT - 1)
    return shifted_up.sub_(STATE_LIMIT - 1)


def saturated(potential: Tensor) -> Tensor:
    """Return a potential clipped to (−2²³, 2²³)."""
    return potential.clamp(1 - STATE_LIMIT, STATE_LIMIT - 1)


def scaled(value: Tensor, exponent: int) -> Tensor:
    """Return value · 2^exponent, rounded toward −∞ where the exponent is negative."""
    return value << exponent if exponent >= 0 else value >> -exponent


def require_between(value: int, low: int, high: int, name: str, where: str) -> None:
    """Refuse what is not a whole number in [low, high].

    Raises:
        ExportError: if it is not.
    """
    if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
        raise ExportError(
            f"{name} = {shortened(value)}", where=where, expected=f"a whole number from {low} to {high}"
        )


def whole(value: Tensor, name: str, where: str, low: int, high: int, shape: tuple[int, ...]) -> Tensor:
    """Return a tensor of whole numbers as int32.

    Raises:
        ExportError: if it is not of an integer type, of another shape, or not within [low, high].
    """
    if value.dtype.is_floating_point or value.dtype.is_complex or value.dtype == torch.bool:
        raise ExportError(f"{name} is of {value.dtype}", where=where, expected="integers")
    if tuple(value.shape) != shape:
        raise ExportError(f"{name} has shape {tuple(value.shape)}", where=where, expected=str(shape))
    if value.numel():
        least, most = (int(edge) for edge in torch.aminmax(value))
        if least < low or most > high:
            raise ExportError(
                f"{name} from {least} to {most}", where=where, expected=f"numbers from {low} to {high}"
            )
    return value.to(torch.int32)
