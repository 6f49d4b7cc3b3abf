"""What stored values mean, and the digits as bytes and as the same floats."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
import torch

from neuroff.config import Config
from neuroff.config.inputs import prepare
from neuroff.core.pixels import grey_rows, largest_value, mean_and_deviation, unit_values
from neuroff.data import DataSet
from neuroff.errors import DataError
from neuroff.experiments.backprop import train_backprop
from neuroff.runs.folder import RunDirectory
from tests.samples import train_by

BYTES = torch.tensor([[0, 51, 255]], dtype=torch.uint8)


def as_floats(data: DataSet) -> DataSet:
    train, test = (
        images.astype(np.float32) / np.float32(255) for images in (data.train_images, data.test_images)
    )
    return replace(data, train_images=train, test_images=test)


def test_bytes_are_shares_of_255_and_floats_are_shares_already() -> None:
    assert unit_values(BYTES, torch.float64).tolist() == [[0.0, 0.2, 1.0]]
    floats = torch.tensor([[0.0, 0.25, 1.0]])
    own = unit_values(floats, torch.float32)
    assert own.tolist() == floats.tolist()
    assert own.data_ptr() != floats.data_ptr()


def test_recorded_spikes_are_ones() -> None:
    spikes = torch.ones(1, 2, 3, dtype=torch.uint8)
    assert unit_values(spikes, torch.float32).tolist() == spikes.tolist()


def test_whole_numbers_of_another_type_are_refused() -> None:
    with pytest.raises(DataError, match=r"type torch\.int64; expected torch\.uint8"):
        unit_values(BYTES.long(), torch.float32)


def test_statistics_of_bytes_are_those_of_floats() -> None:
    images = np.random.default_rng(0).integers(0, 256, (50, 7), dtype=np.uint8)
    assert mean_and_deviation(images) == pytest.approx(mean_and_deviation(images / 255.0), rel=1e-12)
    assert largest_value(images) == largest_value(images / 255.0)


@pytest.mark.parametrize("images", [np.full((3, 2), 7, np.uint8), np.full((3, 2), 0.1, np.float32)])
def test_values_that_are_alike_have_no_deviation(images: np.ndarray) -> None:
    assert mean_and_deviation(images)[1] == 0.0


def test_a_picture_is_in_grey_levels_whatever_is_stored() -> None:
    square = torch.tensor([0, 51, 102, 255], dtype=torch.uint8)
    assert grey_rows(square) == grey_rows(square / 255) == [[0, 51], [102, 255]]
    assert grey_rows(square[:3]) == [[0, 51, 102]]


@pytest.mark.parametrize("settings", [(), ("input_scale=raw", "amplitude=one", "neuron.encoding=regular")])
def test_digits_as_floats_are_the_same_stimulus(
    few_digits: DataSet, quick: Callable[..., Config], settings: tuple[str, ...]
) -> None:
    config = quick(*settings, path="spiking")
    stimuli = [
        prepare(data, config).train.stimulus(slice(None)) for data in (few_digits, as_floats(few_digits))
    ]
    torch.testing.assert_close(stimuli[0].image.values, stimuli[1].image.values)
    torch.testing.assert_close(stimuli[0].label, stimuli[1].label)


def test_digits_as_floats_train_alike(few_digits: DataSet, quick: Callable[..., Config]) -> None:
    config = quick("epochs=12")
    losses = [
        [layer.loss for record in train_by(config, prepare(data, config)).history for layer in record.layers]
        for data in (few_digits, as_floats(few_digits))
    ]
    assert losses[0] == pytest.approx(losses[1], rel=1e-3)


def test_digits_as_floats_train_alike_by_backpropagation(
    few_digits: DataSet, quick: Callable[..., Config], tmp_path_factory: pytest.TempPathFactory
) -> None:
    found = [
        train_backprop(RunDirectory(tmp_path_factory.mktemp("bp")), quick(), data, learning_rate=0.003)
        .history[-1]
        .loss
        for data in (few_digits, as_floats(few_digits))
    ]
    assert found[0] == pytest.approx(found[1], rel=1e-3)
