from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neuroff.kernels.compiling import compiled
from neuroff.kernels.rows import LANE, WIDTH, add_rows, add_tiles, add_wide_rows, tiles_of
from tests.samples import few


@given(st.integers(1, 9), st.integers(1, 3 * WIDTH))
@few
def test_tiles_hold_a_matrix_and_zeros(rows: int, columns: int) -> None:
    matrix = np.random.default_rng(0).normal(size=(rows, columns)).astype(np.float32)
    tiles = tiles_of(matrix)
    assert tiles.shape == (-(-columns // WIDTH), rows, WIDTH)
    back, shared = np.ones((columns, rows), np.float32), np.arange(columns, dtype=np.float32)
    add_tiles(tiles, shared, back)
    np.testing.assert_allclose(back, 1 + matrix.T + shared[:, None], rtol=1e-6)
    assert tiles.sum() == pytest.approx(matrix.sum(), abs=1e-3)


@compiled
def _added(
    out: Any, column: int, rows: Any, left: int, chosen: Any, scale: Any, start: int, stop: int
) -> None:
    add_rows(out, column, rows, left, chosen, scale, start, stop)


@pytest.mark.parametrize("scaled", [False, True])
@pytest.mark.parametrize("left", [0, 5, WIDTH])
@pytest.mark.parametrize(("start", "stop"), [(0, 0), (0, 1), (2, 7), (5, 3)])
def test_chosen_rows_are_added_where_they_belong(start: int, stop: int, left: int, *, scaled: bool) -> None:
    stream = np.random.default_rng(1)
    rows = stream.normal(size=(11, 2 * WIDTH)).astype(np.float32)
    out = stream.normal(size=3 * WIDTH).astype(np.float32)
    chosen = stream.integers(0, 11, 9).astype(np.int32)
    wanted = out.copy()
    scale = stream.normal(size=9).astype(np.float32)
    added = rows[chosen[start:stop], left : left + WIDTH]
    wanted[WIDTH : 2 * WIDTH] += (added * scale[start:stop, None] if scaled else added).sum(0)
    _added(out, WIDTH, rows, left, chosen, scale if scaled else None, start, stop)
    np.testing.assert_allclose(out, wanted, rtol=1e-5, atol=1e-5)
    assert np.array_equal(out[:WIDTH], wanted[:WIDTH])
    assert np.array_equal(out[2 * WIDTH :], wanted[2 * WIDTH :])


@compiled
def _added_wide(out: Any, rows: Any, left: int, chosen: Any, scale: Any, lanes: Any) -> None:
    add_wide_rows(out, 0, rows, left, chosen, scale, 0, chosen.size, lanes)


@pytest.mark.parametrize("lanes", [1, 2, 3, 5])
def test_rows_of_any_number_of_lanes_are_added(lanes: int) -> None:
    stream, width = np.random.default_rng(2), LANE * lanes
    rows = stream.normal(size=(9, LANE)).astype(np.float32)
    chosen, scale = np.array([5, 6, 5], np.int32), np.array([0.5, 2.0, -1.0], np.float32)
    out = np.ones(width + 1, np.float32)
    _added_wide(out, rows, -2 * LANE, chosen, scale, (0,) * lanes)  # 5 is the fourth row: a row runs on
    flat = rows.ravel()
    wanted = sum(factor * flat[(row - 2) * LANE :][:width] for row, factor in zip(chosen, scale, strict=True))
    np.testing.assert_allclose(out[:width], 1 + wanted, rtol=1e-5, atol=1e-5)
    assert out[width] == 1.0
