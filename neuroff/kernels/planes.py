"""Where something arrives in planes of spikes, by place and by channel, behind a pool if there is one.

A pooled value is a sum of bytes; what it is divided by is the caller's.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from neuroff.kernels.bits import BYTES, bits_of, count_ones, lowest
from neuroff.kernels.compiling import compiled


class Window(NamedTuple):
    """Numbers of a window that slides over pooled planes.

    Attributes:
        channels: C of what arrives.
        high: rows of what arrives, before the pool.
        wide: columns.
        pool_high: rows of a pool; one where there is none.
        pool_wide: columns.
        window_high: rows of the window.
        window_wide: columns.
        stride: step of the window.
        pad_high: rows of zeros above and below.
        pad_wide: columns of zeros left and right.
        out: O, channels that leave.
        out_high: rows that leave.
        out_wide: columns.
    """

    channels: int
    high: int
    wide: int
    pool_high: int
    pool_wide: int
    window_high: int
    window_wide: int
    stride: int
    pad_high: int
    pad_wide: int
    out: int
    out_high: int
    out_wide: int


@compiled
def room_for_sums(window: Any) -> Any:
    """Return zeros ``(C, places)`` for `pool`, as many columns as are read at once and no fewer."""
    places = (window.high // window.pool_high) * (window.wide // window.pool_wide)
    return np.zeros((window.channels, -(-places // BYTES) * BYTES), np.uint8)


@compiled
def pool(window: Any, image: Any, sums: Any) -> None:
    """Write the sums of every pool.

    Args:
        window: a `Window`.
        image: ``(C · high · wide,)`` uint8.
        sums: of `room_for_sums`, written.
    """
    high, wide = window.high // window.pool_high, window.wide // window.pool_wide
    twos = window.pool_high == 2 and window.pool_wide == 2
    one = np.uint64(1)
    for c in range(window.channels):
        for y in range(high):
            to = sums[c, y * wide : (y + 1) * wide]
            first = np.uint64((c * window.high + y * window.pool_high) * window.wide)
            if twos:  # written out, so that many are added at once
                second = first + np.uint64(window.wide)
                for x in range(to.size):
                    left = np.uint64(2 * x)
                    above = image[first + left] + image[first + left + one]
                    to[x] = above + image[second + left] + image[second + left + one]
                continue
            to[:] = 0
            for down in range(window.pool_high):
                for across in range(window.pool_wide):
                    here = first + np.uint64(down * window.wide + across)
                    for x in range(to.size):
                        to[x] += image[here + np.uint64(x * window.pool_wide)]


@compiled
def arriving_share(window: Any, spikes: Any, step: int) -> float:
    """Return the share of pooled values that are not zero, of every so many rows of ``spikes`` ``(R, D)``."""
    sums = room_for_sums(window)
    places = (window.high // window.pool_high) * (window.wide // window.pool_wide)
    found, rows = 0, 0
    for row in range(0, spikes.shape[0], step):
        pool(window, spikes[row], sums)
        rows += 1
        for c in range(window.channels):
            for left in range(0, places, BYTES):
                found += count_ones(bits_of(sums[c], left))
    share: float = found / max(1, rows * window.channels * places)
    return share


@compiled
def channels_of_places(window: Any, sums: Any, start: Any, ahead: Any, chosen: Any, amount: Any) -> None:
    """List what arrives at every place, row by row and column by column.

    Args:
        window: a `Window`.
        sums: of `pool`.
        start: ``(places + 1,)``, filled: what arrives at place p is listed from ``start[p]`` to before
            ``start[p + 1]``.
        ahead: ``(places,)``, overwritten.
        chosen: ``(C · places,)`` int32, filled: column · C + channel.
        amount: as long, float32, filled: the sums.
    """
    places, wide = ahead.size, window.wide // window.pool_wide
    ahead[:] = 0
    for c in range(window.channels):
        here = sums[c]
        for p in range(places):
            ahead[p] += here[p] != 0
    total = 0
    for p in range(places):
        start[p] = total
        total += ahead[p]
        ahead[p] = start[p]
    start[places] = total
    for c in range(window.channels):
        here = sums[c]
        for left in range(0, places, BYTES):
            bits = bits_of(here, left)
            for _ in range(count_ones(bits)):
                p = left + lowest(bits)
                bits &= bits - 1
                at = ahead[p]
                chosen[at] = p % wide * window.channels + c
                amount[at] = np.float32(here[p])
                ahead[p] = at + 1


@compiled
def places_of_channels(
    places: int, sums: Any, row_of: Any, class_of: Any, classes: int, start: Any, chosen: Any, amount: Any
) -> None:
    """List the places where every channel arrives, one class of places after the other.

    Args:
        places: how many there are.
        sums: of `pool`.
        row_of: ``(places,)``, what a place is called.
        class_of: ``(places,)``, its class.
        classes: how many there are.
        start: ``(C, classes + 1)``, filled: channel c's places of class k are listed from ``start[c, k]`` to
            before ``start[c, k + 1]``.
        chosen: ``(C · places,)`` int32, filled: what the places are called.
        amount: as long, float32, filled: the sums.
    """
    total = 0
    for c in range(start.shape[0]):
        here = sums[c]
        for which in range(classes):
            start[c, which] = total
            for left in range(0, places, BYTES):
                bits = bits_of(here, left)
                for _ in range(count_ones(bits)):
                    p = left + lowest(bits)
                    bits &= bits - 1
                    if class_of[p] == which:
                        chosen[total] = row_of[p]
                        amount[total] = np.float32(here[p])
                        total += 1
        start[c, classes] = total
