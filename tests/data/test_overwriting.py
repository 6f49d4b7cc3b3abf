"""What a label over the first inputs takes away."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from neuroff.data import DataSet, overwritten
from neuroff.errors import DataError
from tests.samples import synthetic

NORMAL = np.random.default_rng(0).random((5000, 8))


def of(images: np.ndarray) -> DataSet:
    labels = np.arange(len(images)) % 2
    return DataSet.from_arrays(images, labels, images[:2], labels[:2])


def test_independent_features_lose_their_share() -> None:
    assert overwritten(of(NORMAL), 2) == pytest.approx(0.25, abs=0.01)
    assert overwritten(of(NORMAL), 8) == 1.0
    assert overwritten(of(NORMAL), 0) == 0.0


def test_it_is_the_share_of_the_variance_whatever_the_shape_and_the_type() -> None:
    images = np.random.default_rng(1).integers(0, 256, (4500, 3, 4)).astype(np.uint8)
    images[:, 0] //= 3
    variances = images.reshape(-1, 12).astype(np.float64).var(0)
    expected = variances[:5].sum() / variances.sum()
    assert overwritten(of(images), 5) == pytest.approx(expected, rel=1e-12)
    assert overwritten(of(images / 255), 5) == pytest.approx(expected, rel=1e-9)


def test_inputs_that_never_change_are_no_loss() -> None:
    still = NORMAL.copy()
    still[:, :3] = 0.7
    assert overwritten(of(still), 3) == 0.0
    assert overwritten(of(np.full((4, 3), 0.5)), 2) == 0.0


def test_of_recorded_spikes_a_channel_counts_over_all_its_steps() -> None:
    spikes = np.random.default_rng(2).integers(0, 2, (40, 12, 4)).astype(np.uint8)
    made = replace(synthetic(), train_images=spikes, test_images=spikes[:20], steps=4)
    assert overwritten(made, 3) == pytest.approx(
        spikes[:, :3].var((0, 2)).sum() / spikes.var((0, 2)).sum(), rel=1e-12
    )
    spikes[:, :3] = 0
    assert overwritten(replace(made, train_images=spikes), 3) == 0.0


def test_the_embedded_digits_lose_nothing(digits: DataSet) -> None:
    assert overwritten(digits, digits.n_classes) == 0.0


@pytest.mark.parametrize("columns", [-1, 9])
def test_more_columns_than_inputs_are_an_error(columns: int) -> None:
    with pytest.raises(DataError, match=rf"{columns} columns to be overwritten; expected at most 8"):
        overwritten(of(NORMAL), columns)
