from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from neuroff.config import Config
from neuroff.config.inputs import prepare
from neuroff.config.overrides import apply_settings
from neuroff.config.presets import preset
from neuroff.core.plan import Augmentation
from neuroff.core.synapses import Planes
from neuroff.data import DataSet
from neuroff.errors import ConfigError
from neuroff.training import Interrupted
from neuroff.training.augmentation import augmented_stimulus
from neuroff.training.augmentation.shift import shift_images
from neuroff.training.state import TrainingState
from tests.narrow import weight_of
from tests.samples import few, stream_of, synthetic, train_by


@few
@given(st.integers(2, 9), st.integers(0, 4), st.integers(0, 2**31))
def test_every_image_is_the_old_one_moved_by_so_much_at_most(side: int, reach: int, seed: int) -> None:
    drawn = np.random.default_rng(seed).integers(1, 256, (5, side, side), dtype=np.uint8)
    flat = torch.from_numpy(drawn).flatten(1)
    moved = shift_images(flat, Planes(1, side, side), reach, stream_of(seed)).view(5, side, side).numpy()
    padded = np.pad(drawn, ((0, 0), (reach, reach), (reach, reach)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, (side, side), axis=(1, 2))
    for image, candidates in zip(moved, windows, strict=True):
        assert (candidates == image).all((2, 3)).any()


def test_channels_move_together_in_planes_of_any_shape() -> None:
    planes = Planes(3, 4, 7)
    images = torch.arange(1, 1 + 2 * planes.size).view(2, planes.size)
    moved = planes.of(shift_images(images, planes, 2, stream_of(3)))
    padded = torch.nn.functional.pad(planes.of(images), (2, 2, 2, 2))
    windows = padded.unfold(2, 4, 1).unfold(3, 7, 1)  # (2, 3, 5, 5, 4, 7)
    for image, candidates in zip(moved, windows, strict=True):
        assert int((candidates == image[:, None, None]).all(-1).all(-1).all(0).sum()) == 1


def test_all_moves_are_alike() -> None:
    """One lit pixel in the middle: where it lands is drawn evenly."""
    images = torch.zeros(9000, 25, dtype=torch.uint8)
    images[:, 12] = 255
    landed = shift_images(images, Planes(1, 5, 5), 1, stream_of(7)).argmax(1)
    counts = torch.bincount(landed, minlength=25).view(5, 5)[1:4, 1:4].flatten()
    assert int(counts.sum()) == 9000
    # Chi-squared with 8 degrees of freedom exceeds 26.1 once in a thousand.
    assert float(((counts - 1000.0) ** 2 / 1000).sum()) < 26.1


def test_no_shift_is_the_very_signal(quick: Callable[..., Config], few_digits: DataSet) -> None:
    inputs = prepare(few_digits, quick()).train
    plain, moved = inputs.stimulus(slice(0, 5)), augmented_stimulus(inputs, slice(0, 5), Augmentation(), 0)
    assert moved.image.values.data_ptr() == plain.image.values.data_ptr()


@pytest.mark.parametrize("ways", [(), ("encoding=bernoulli",)])
def test_the_label_stays_and_the_image_is_encoded_as_ever(
    quick: Callable[..., Config], few_digits: DataSet, ways: tuple[str, ...]
) -> None:
    path = "spiking" if ways else "dense"
    inputs = prepare(few_digits, quick("input_scale=raw", "amplitude=one", *ways, path=path)).train
    moved = augmented_stimulus(inputs, slice(0, 30), Augmentation(shift=2), 1, 0, 0, 0, 0)
    assert moved.image.values.shape == inputs.stimulus(slice(0, 30), 0, 0, 0, 0).image.values.shape
    assert float(moved.image.values[..., :10].abs().sum()) == 0
    if not ways:  # one gain for image and label: together they have the target length
        whole = moved.image.values.square().sum(1) + moved.label.square()
        assert torch.allclose(whole, whole[0].expand_as(whole), rtol=1e-3)


@pytest.mark.parametrize("schedule", ["sequential", "interleaved"])
def test_it_changes_learning_repeats_by_seed_and_resumes_to_the_same_bits(
    quick: Callable[..., Config], few_digits: DataSet, schedule: str
) -> None:
    plain, config = (quick(f"schedule={schedule}", f"training.shift={reach}") for reach in (0, 2))
    first, without = (train_by(each, prepare(few_digits, each)).network for each in (config, plain))
    kept: list[TrainingState] = []
    asked = iter(range(100))
    with pytest.raises(Interrupted):
        train_by(config, prepare(few_digits, config), save=kept.append, should_stop=lambda: next(asked) == 9)
    again = train_by(config, prepare(few_digits, config), state=kept[-1]).network
    for layer, same, other in zip(first.layers, again.layers, without.layers, strict=True):
        assert torch.equal(weight_of(layer), weight_of(same))
        assert not torch.equal(weight_of(layer), weight_of(other))


def test_images_that_are_not_square_move_too(quick: Callable[..., Config]) -> None:
    config = quick("training.shift=1", "train_count=none", "epochs=1")
    train_by(config, prepare(synthetic(), config))


def test_what_has_no_planes_is_refused(quick: Callable[..., Config]) -> None:
    images = synthetic()
    rows = DataSet.from_arrays(
        *(part.reshape(len(part), -1) if part.ndim == 3 else part
          for part in (images.train_images, images.train_labels, images.test_images, images.test_labels)),
    )  # fmt: skip
    with pytest.raises(ConfigError, match=r"\(12,\) are to be shifted; expected images of height and width"):
        prepare(rows, quick("training.shift=1", "train_count=none"))


def test_colours_and_features_are_not_shifted() -> None:
    stream = np.random.default_rng(0)
    images = stream.integers(0, 256, (20, 4 * 4 * 3), np.uint8)  # as a folder of colour images gives them
    data = DataSet.from_arrays(images, np.arange(20) % 2, images, np.arange(20) % 2, name="colours")
    config = apply_settings(preset("groups"), ["training.shift=1"])
    with pytest.raises(ConfigError, match=r"images of \(48,\) are to be shifted"):
        prepare(data, config)


@pytest.mark.parametrize("change", ["shift", "cutout"])
def test_what_is_as_large_as_the_image_is_refused(quick: Callable[..., Config], change: str) -> None:
    stream = np.random.default_rng(0)
    images, labels = stream.integers(0, 256, (20, 5, 6, 3), np.uint8), np.arange(20) % 2
    data = DataSet.from_arrays(images, labels, images, labels, name="colours")
    more = ["network.layers=conv 4x3, dense 12", "train_count=none", "epochs=1", "network.normalisation=none"]
    config = apply_settings(preset("conv"), [*more, f"training.{change}=5"])
    split = prepare(data, config)
    with pytest.raises(ConfigError) as error:
        train_by(config, split)
    assert str(error.value) == (
        f"training: {change} = 5 of images of 5 × 6 pixels; expected less than their shorter side, 5. "
        f"Set training.{change}=4 or less."
    )
    train_by(apply_settings(config, [f"training.{change}=4"]), split)
