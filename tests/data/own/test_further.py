"""Rows beside those of training: they mean what the training's do, or are refused."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from neuroff.data import load
from neuroff.data.own import read_like
from neuroff.errors import DataError

STREAM = np.random.default_rng(1)
GREY = STREAM.integers(0, 256, (30, 4, 4)).astype(np.uint8)
LABELS = np.arange(30) % 3
Save = Callable[..., str]


def as_file(path: Path, **arrays: npt.NDArray[Any]) -> str:
    np.savez(path / "own.npz", **arrays)  # type: ignore[arg-type]
    return str(path / "own.npz")


def as_folder(path: Path, **arrays: npt.NDArray[Any]) -> str:
    (path / "own").mkdir()
    for name, array in arrays.items():
        np.save(path / "own" / f"{name}.npy", array)
    return str(path / "own")


both = pytest.mark.parametrize("save", [as_file, as_folder])


def rows_like(name: str, tmp_path: Path, values: npt.NDArray[Any]) -> npt.NDArray[Any]:
    np.savez(tmp_path / "new.npz", x=values)
    return read_like(name, tmp_path / "new.npz")


@both
@pytest.mark.parametrize("shape", [(30, 4, 4), (30, 16)])
def test_bytes_and_floats_are_not_taken_for_each_other(
    save: Save, shape: tuple[int, ...], tmp_path: Path
) -> None:
    grey = GREY.reshape(shape)
    name = save(tmp_path, x=grey, y=LABELS)
    assert np.array_equal(rows_like(name, tmp_path, grey), grey)
    for shares in (grey / 255, (grey / 255).astype(np.float32)):
        with pytest.raises(DataError, match=rf"new.npz: further rows of type {shares.dtype}; expected grey"):
            rows_like(name, tmp_path, shares)
    # Whole numbers of another type do not wrap around.
    wide = rows_like(name, tmp_path, grey.astype(np.int64) * 2 - 20)
    assert np.array_equal(wide, (grey.astype(np.int64) * 2 - 20).clip(0, 255))


@both
@pytest.mark.parametrize("shape", [(30, 4, 4), (30, 16)])
def test_bytes_are_shares_of_255_where_training_had_shares(
    save: Save, shape: tuple[int, ...], tmp_path: Path
) -> None:
    grey = GREY.reshape(shape)
    name = save(tmp_path, x=(grey / 255).astype(np.float32), y=LABELS)
    np.testing.assert_allclose(rows_like(name, tmp_path, grey), grey / 255, rtol=1e-6)
    assert rows_like(name, tmp_path, grey).dtype == np.float32
    assert rows_like(name, tmp_path, grey // 128 > 0).max() == 1.0  # truth values are zeros and ones
    for whole in (grey.astype(np.int64), grey.astype(np.float64)):
        with pytest.raises(DataError, match=r"whole numbers up to 25\d, .*; expected shares in \[0, 1\]"):
            rows_like(name, tmp_path, whole)
    with pytest.raises(DataError, match="bytes that are all 0 or 1"):
        rows_like(name, tmp_path, grey // 128)


@both
def test_test_rows_have_the_scale_of_the_training_rows(save: Save, tmp_path: Path) -> None:
    shares, labels = GREY / np.float32(255), {"y_train": LABELS, "y_test": LABELS}
    found = load(save(tmp_path, x_train=shares, x_test=GREY, **labels))
    np.testing.assert_allclose(np.asarray(found.test_images), shares, rtol=1e-6)


@both
def test_test_rows_of_another_scale_are_refused(save: Save, tmp_path: Path) -> None:
    shares, labels = GREY / np.float32(255), {"y_train": LABELS, "y_test": LABELS}
    name = save(tmp_path, x_train=shares, x_test=GREY.astype(np.int32), **labels)
    with pytest.raises(DataError, match="whole numbers up to"):
        load(name)


@both
def test_zeros_and_ones_beside_a_rare_two_are_cut_off_as_before(save: Save, tmp_path: Path) -> None:
    name = save(tmp_path, x=np.round(GREY.reshape(30, 16) / 255.0), y=LABELS)
    assert rows_like(name, tmp_path, np.full((1, 16), 2.0)).tolist() == [[1.0] * 16]


@both
def test_images_on_a_range_of_their_own_are_no_bytes(save: Save, tmp_path: Path) -> None:
    centred = GREY / 127.5 - 1
    name = save(tmp_path, x=centred, y=LABELS)
    np.testing.assert_allclose(rows_like(name, tmp_path, centred).max(), 1.0)
    with pytest.raises(DataError, match=r"uint8 values from \d+ to 25\d; expected the scale of the training"):
        rows_like(name, tmp_path, GREY)
    # Features have ranges of their own, in which a whole number is one like others.
    (tmp_path / "table").mkdir()
    table = save(tmp_path / "table", x=centred.reshape(30, 16), y=LABELS)
    assert rows_like(table, tmp_path, np.full((1, 16), 3)).max() == 1.0


@pytest.mark.parametrize("values", [GREY, GREY / 255, GREY / 127.5 - 1], ids=["bytes", "shares", "range"])
@pytest.mark.parametrize("shape", [(30, 5), (30, 1), (30, 4, 5), (30,), (0, 4, 4)])
def test_rows_of_another_shape_are_named_as_they_are(
    values: npt.NDArray[Any], shape: tuple[int, ...], tmp_path: Path
) -> None:
    name = as_folder(tmp_path, x=values, y=LABELS)
    with pytest.raises(DataError, match=r"type float32; expected rows of shape \(4, 4\) and type"):
        rows_like(name, tmp_path, np.zeros(shape, np.float32))


@both
def test_rows_that_are_not_finite_are_refused(save: Save, tmp_path: Path) -> None:
    name = save(tmp_path, x=GREY / 255, y=LABELS)
    holes = np.where(GREY > 250, np.nan, GREY / 255)
    with pytest.raises(DataError, match="finite"):
        rows_like(name, tmp_path, holes)
