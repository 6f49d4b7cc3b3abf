"""How weights and gradients of windows lie in tiles; what is computed with them: `tests.core.engine`."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neuroff.kernels.rows import LANE
from neuroff.kernels.windows import across_of, empty_window, lanes_of, tiles_of_window, window_of
from tests.samples import few

sizes = st.tuples(st.integers(1, 40), st.integers(1, 4), st.integers(1, 3), st.integers(1, 4))


@given(sizes, st.integers(1, 3))
@few
def test_tiles_hold_every_weight_once_and_zeros(shape: tuple[int, int, int, int], lanes: int) -> None:
    channels = shape[1]
    weight = np.random.default_rng(0).normal(size=shape).astype(np.float32)
    tiles = tiles_of_window(weight, lanes)
    assert tiles.ctypes.data % 64 == 0
    for o, c, y, x in np.ndindex(shape):
        assert tiles[o // (LANE * lanes), y, x * channels + c, o % (LANE * lanes)] == weight[o, c, y, x]
    assert np.count_nonzero(tiles) == weight.size


@given(sizes, st.integers(1, 3))
@few
def test_a_gradient_comes_back_in_the_shape_of_the_weights(
    shape: tuple[int, int, int, int], lanes: int
) -> None:
    width, found = LANE * lanes, empty_window(shape, lanes)
    wanted = np.random.default_rng(0).normal(size=shape).astype(np.float32)
    for o, c, y, x in np.ndindex(shape):
        found[o // width, y, c, (shape[3] - 1 - x) * width + o % width] = wanted[o, c, y, x]
    assert np.array_equal(window_of(found, shape, lanes), wanted)


@pytest.mark.parametrize(
    ("channels", "wide", "parts", "lanes"),
    [
        (5, 3, 1, 1),
        (48, 3, 1, 3),
        (192, 3, 1, 6),
        (64, 3, 1, 4),
        (24, 5, 1, 2),
        (48, 3, 2, 1),
        (96, 11, 1, 2),
    ],
)
def test_a_tile_has_few_lanes_that_are_empty(channels: int, wide: int, parts: int, lanes: int) -> None:
    assert lanes_of(channels, wide, parts) == lanes


def test_a_window_of_any_width_has_a_lane() -> None:
    assert lanes_of(500, 99, 4) == 1


def test_places_of_a_row_are_added_at_once_where_they_are_neighbours_and_fit_into_registers() -> None:
    assert across_of((0, 0), 3, 1) == (0,) * 6
    assert across_of((0, 0), 3, 2) == (0, 0)
    assert across_of((0,), 29, 1) == (0,)
