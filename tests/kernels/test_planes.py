from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neuroff.kernels.bits import BYTES, bits_of, count_ones, lowest
from neuroff.kernels.compiling import compiled
from neuroff.kernels.planes import (
    Window,
    arriving_share,
    channels_of_places,
    places_of_channels,
    pool,
    room_for_sums,
)
from tests.samples import few


@compiled
def _bits(row: np.ndarray, place: int) -> tuple[int, int, int]:
    bits = bits_of(row, place)
    return bits, count_ones(bits), lowest(bits)


def test_bytes_become_bits() -> None:
    row = np.zeros(2 * BYTES, np.uint8)
    assert _bits(row, 0) == (0, 0, BYTES)
    row[[3, 9, BYTES + 1]] = [1, 255, 4]
    assert _bits(row, 0) == (2**3 + 2**9, 2, 3)
    assert _bits(row, BYTES) == (2, 1, 1)


def window(channels: int, high: int, wide: int, pool_high: int, pool_wide: int) -> Window:
    return Window(channels, high, wide, pool_high, pool_wide, 1, 1, 1, 0, 0, 1, high, wide)


shapes = st.tuples(
    st.integers(1, 3), st.integers(3, 9), st.integers(3, 20), st.integers(1, 3), st.integers(1, 3)
)


@given(shapes, st.integers(0, 99), st.sampled_from([0.05, 0.5, 1.0]))
@few
def test_sums_of_pools_are_listed_by_place_and_by_channel(
    shape: tuple[int, int, int, int, int], seed: int, rate: float
) -> None:
    given_window = window(*shape)
    channels, high, wide, down, across = shape
    image = (np.random.default_rng(seed).random((channels, high, wide)) < rate).astype(np.uint8)
    kept = image[:, : high // down * down, : wide // across * across]
    wanted = (
        kept.reshape(channels, high // down, down, wide // across, across).sum((2, 4)).reshape(channels, -1)
    )
    places, columns = wanted.shape[1], wide // across
    sums = room_for_sums(given_window)
    pool(given_window, image.ravel(), sums)
    assert np.array_equal(sums[:, :places], wanted)
    assert not sums[:, places:].any()
    assert arriving_share(given_window, image.reshape(1, -1), 1) == pytest.approx((wanted != 0).mean())

    chosen, amount = np.zeros(wanted.size, np.int32), np.zeros(wanted.size, np.float32)
    start, ahead = np.zeros(places + 1, np.int32), np.zeros(places, np.int32)
    channels_of_places(given_window, sums, start, ahead, chosen, amount)
    found = np.zeros_like(wanted)
    for place in range(places):
        listed = slice(start[place], start[place + 1])
        assert (chosen[listed] // channels == place % columns).all()
        found[chosen[listed] % channels, place] = amount[listed]
    assert np.array_equal(found, wanted)

    names, classes = np.arange(places, dtype=np.int32) * 5, np.arange(places, dtype=np.int32) % 3
    begins = np.zeros((channels, 4), np.int64)
    places_of_channels(places, sums, names, classes, 3, begins, chosen, amount)
    again = np.zeros_like(wanted)
    for channel in range(channels):
        for which in range(3):
            listed = slice(begins[channel, which], begins[channel, which + 1])
            assert (chosen[listed] // 5 % 3 == which).all()
            again[channel, chosen[listed] // 5] = amount[listed]
    assert np.array_equal(again, wanted)


def test_of_many_images_every_so_manieth_is_asked() -> None:
    images = np.zeros((7, 6), np.uint8)
    images[[0, 3]] = 1
    assert arriving_share(window(1, 2, 3, 1, 1), images, 3) == pytest.approx(2 / 3)
    assert arriving_share(window(1, 2, 3, 1, 1), images[:0], 3) == 0.0
