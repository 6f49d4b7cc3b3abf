"""Neurons behind a window that slides over planes of spikes: only what arrives is multiplied.

Weights lie by place of the window, so that what one place of the output hears of a row of planes is one list
of rows to add; a row of the gradient holds a whole row of the window side by side, so that a spike is added
to all of them at once.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from neuroff.kernels.backward import carry_back
from neuroff.kernels.compiling import compiled
from neuroff.kernels.forward import run_sample
from neuroff.kernels.planes import channels_of_places, places_of_channels, pool, room_for_sums
from neuroff.kernels.rows import LANE, add_wide_rows, zeros

_MOST = 28  # lanes that fit into the registers of a machine beside what else is in them


def lanes_of(channels: int, window_wide: int, parts: int) -> int:
    """Return how many lanes of channels make a tile: few that are empty, and a tile for each of ``parts``."""
    most = max(1, min(6, _MOST // window_wide, -(-channels // (LANE * parts))))
    return min(range(1, most + 1), key=lambda lanes: (-(-channels // (LANE * lanes)) * lanes, -lanes))


def tiles_of_window(weight: npt.NDArray[np.float32], lanes: int) -> npt.NDArray[np.float32]:
    """Return weights ``(O, C, h, w)`` as tiles ``(⌈O / W⌉, h, w · C, W)``, W = ``LANE`` · lanes."""
    out, channels, high, wide = weight.shape
    width = LANE * lanes
    shape = (-(-out // width), high, wide * channels, width)
    tiles: npt.NDArray[np.float32] = zeros(int(np.prod(shape))).reshape(shape)
    by_place = weight.transpose(2, 3, 1, 0).reshape(high, wide * channels, out)
    for tile, left in enumerate(range(0, out, width)):
        part = by_place[:, :, left : left + width]
        tiles[tile, :, :, : part.shape[2]] = part
    return tiles


def empty_window(shape: tuple[int, ...], lanes: int) -> npt.NDArray[np.float32]:
    """Return zeros ``(⌈O / W⌉, h, C, w · W)`` for the gradient of weights of a shape ``(O, C, h, w)``."""
    out, channels, high, wide = shape
    width = LANE * lanes
    tiles = (-(-out // width), high, channels, wide * width)
    found: npt.NDArray[np.float32] = zeros(int(np.prod(tiles))).reshape(tiles)
    return found


def window_of(tiles: npt.NDArray[np.float32], shape: tuple[int, ...], lanes: int) -> npt.NDArray[np.float32]:
    """Return what `add_gradient` summed in `empty_window` as ``(O, C, h, w)``."""
    out, channels, high, wide = shape
    apart = tiles.reshape(len(tiles), high, channels, wide, LANE * lanes)[:, :, :, ::-1]
    return np.ascontiguousarray(apart.transpose(0, 4, 2, 1, 3).reshape(-1, channels, high, wide)[:out])


def across_of(lanes: tuple[int, ...], window_wide: int, stride: int) -> tuple[int, ...]:
    """Return the tuple ``across`` of `add_gradient`."""
    together = stride == 1 and len(lanes) * window_wide <= _MOST
    return lanes * window_wide if together else lanes


@compiled
def respond_to_spikes(
    neuron: Any, window: Any, lanes: Any, arriving: Any, scale: Any, tiles: Any, bias: Any, weights: Any,
    memory: Any, tangent: Any, spikes: Any, activity: Any, slope: Any, first: int, last: int,
) -> None:  # fmt: skip
    """Answer planes of spikes; arguments not named here as `neuroff.kernels.forward.respond` has them.

    Args:
        window: a `neuroff.kernels.planes.Window`.
        lanes: a tuple as long as a tile has lanes.
        arriving: ``(T, B, C · high · wide)`` uint8.
        scale: ``(T, B)`` float32, gain over the size of a pool.
        tiles: the weights of `tiles_of_window`.
        bias: ``(O,)``.
    """
    steps, high, wide = arriving.shape[0], window.high // window.pool_high, window.wide // window.pool_wide
    places, leaving, width = high * wide, window.out_high * window.out_wide, LANE * len(lanes)
    sums, start = room_for_sums(window), np.zeros(places + 1, np.int32)
    ahead, chosen = np.zeros(places, np.int32), np.empty(places * window.channels, np.int32)
    amount = np.empty(places * window.channels, np.float32)
    driven, turned = np.empty((steps, spikes.shape[2]), np.float32), zeros(leaving * width)
    turned = turned.reshape(leaving, width)
    for sample in range(first, last):
        for t in range(steps):
            pool(window, arriving[t, sample], sums)
            channels_of_places(window, sums, start, ahead, chosen, amount)
            for tile in range(tiles.shape[0]):
                turned[:] = 0
                for down in range(window.window_high):
                    for i in range(window.out_high):
                        y = i * window.stride + down - window.pad_high
                        if y < 0 or y >= high:
                            continue
                        for j in range(window.out_wide):
                            x = j * window.stride - window.pad_wide
                            begin = start[y * wide + min(max(x, 0), wide)]
                            end = start[y * wide + max(min(x + window.window_wide, wide), 0)]
                            left = -x * window.channels * width  # chosen counts from the first column
                            to = turned[i * window.out_wide + j]
                            add_wide_rows(to, 0, tiles[tile, down], left, chosen, amount, begin, end, lanes)
                factor = scale[t, sample]
                for o in range(tile * width, min(window.out, (tile + 1) * width)):
                    column, more = o - tile * width, bias[o]
                    here = driven[t, o * leaving : (o + 1) * leaving]
                    for p in range(here.size):
                        here[p] = factor * turned[p, column] + more
        run_sample(neuron, sample, driven, 0, 1, weights, memory, tangent, spikes, activity, slope)


@compiled
def add_gradient(
    neuron: Any, slope: Any, spikes: Any, share: Any, window: Any, lanes: Any, across: Any, arriving: Any,
    scale: Any, weight: Any, bias: Any, seen: Any, first: int, last: int,
) -> None:  # fmt: skip
    """Add to the gradients of weights and biases; every weight gathers where its channel arrived.

    Args:
        neuron: as `neuroff.kernels.backward.carry_back` has it; ``slope``, ``spikes`` and ``share`` as well.
        window: as `respond_to_spikes` has it; ``lanes``, ``arriving`` and ``scale`` as well.
        across: a tuple as long as a row of the window of tiles has lanes; ``lanes`` where that is too wide
            or the stride is not one: then places of the window follow each other.
        weight: of `empty_window`, added to.
        bias: ``(O,)``, added to.
        seen: ``(2, C)`` float64: sums over samples, steps and places of what arrives and of its square, gain
            and pool included; added to by the part that has the first tile. Empty where nobody asks.
        first: first tile.
        last: first tile left.
    """
    steps, samples, _ = arriving.shape
    high, wide, stride = window.high // window.pool_high, window.wide // window.pool_wide, window.stride
    places, leaving, width = high * wide, window.out_high * window.out_wide, LANE * len(lanes)
    left, right = first * width, min(last * width, window.out)
    # What leaves, with a margin that no window ahead of the first place leaves: rows are one line of places.
    above, beside = (window.window_high - 1) // stride, (window.window_wide - 1) // stride
    line = max(window.out_wide, (wide - 1 + window.pad_wide) // stride + 1) + beside
    lines = max(window.out_high, (high - 1 + window.pad_high) // stride + 1) + above
    turned = zeros((last - first) * lines * line * width).reshape(last - first, lines * line, width)
    row_of, class_of = np.empty(places, np.int32), np.empty(places, np.int32)
    for p in range(places):
        y, x = p // wide + window.pad_high, p % wide + window.pad_wide
        row_of[p] = y // stride * line + x // stride
        class_of[p] = y % stride * stride + x % stride
    sums = room_for_sums(window)
    start = np.zeros((window.channels, stride * stride + 1), np.int64)
    chosen = np.empty(window.channels * places, np.int32)
    amount = np.empty(window.channels * places, np.float32)
    post = np.empty((steps, (right - left) * leaving), np.float32)
    total = np.zeros(post.shape[1], np.float32)
    for sample in range(samples):
        carry_back(neuron, slope, spikes, share, sample, left * leaving, right * leaving, post, 0, 1)
        for t in range(steps):
            here, factor = post[t], scale[t, sample]
            for n in range(total.size):
                total[n] += here[n]
            for tile in range(last - first):
                behind = tile * width * leaving
                for place in range(leaving):
                    at = (place // window.out_wide + above) * line + place % window.out_wide + beside
                    to, to_read = turned[tile, at, : min(width, right - left - tile * width)], behind + place
                    for column in range(to.size):
                        to[column] = (
                            factor * here[np.uint64(to_read) + np.uint64(column) * np.uint64(leaving)]
                        )
            pool(window, arriving[t, sample], sums)
            places_of_channels(places, sums, row_of, class_of, stride * stride, start, chosen, amount)
            if first == 0 and seen.size:
                for c in range(window.channels):
                    for k in range(start[c, 0], start[c, stride * stride]):
                        value = np.float64(amount[k] * factor)
                        seen[0, c] += value
                        seen[1, c] += value * value
            for tile in range(last - first):
                for down in range(window.window_high):
                    into = weight[first + tile, down]
                    ahead = (above - down // stride) * line
                    if stride == 1 and len(across) == len(lanes) * window.window_wide:
                        for c in range(window.channels):
                            begin, end = start[c, 0], start[c, 1]
                            add_wide_rows(
                                into[c], 0, turned[tile], ahead * width, chosen, amount, begin, end, across
                            )
                        continue
                    for k in range(window.window_wide):
                        which = down % stride * stride + k % stride
                        behind = (ahead + beside - k // stride) * width
                        column = (window.window_wide - 1 - k) * width
                        for c in range(window.channels):
                            begin, end = start[c, which], start[c, which + 1]
                            add_wide_rows(
                                into[c], column, turned[tile], behind, chosen, amount, begin, end, lanes
                            )
    for n in range(total.size):
        bias[left + n // leaving] += total[n]
