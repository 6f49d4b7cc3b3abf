from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
import torch

from neuroff.chip.quantise import quantise
from neuroff.config import Config
from neuroff.config.inputs import prepare
from neuroff.core.inputs import Inputs, Split
from neuroff.data import DataSet
from neuroff.errors import ConfigError
from tests.narrow import present
from tests.samples import configured, few_inputs, lively_network, synthetic

DATA = synthetic(train=50, test=20)
FLAT = DATA.train_images.reshape(50, -1)


def numbers(pixels: torch.Tensor) -> list[int]:
    """Which training image each row is."""
    rows = {row.tobytes(): index for index, row in enumerate(FLAT)}
    assert len(rows) == len(FLAT)
    return [rows[row.numpy().tobytes()] for row in pixels]


def test_standardisation_is_by_mean_and_deviation_of_the_training_pixels() -> None:
    config = configured("input_scale=standardised", "amplitude=max", "train_count=10")
    split = prepare(DATA, config)
    scaled = DATA.train_images / 255
    encoder = split.train.encoder
    assert encoder.mean == pytest.approx(scaled.mean(), rel=1e-12)
    assert encoder.deviation == pytest.approx(scaled.std(), rel=1e-12)
    assert encoder.amplitude == pytest.approx(((scaled - scaled.mean()) / scaled.std()).max(), rel=1e-12)
    for inputs, images in ((split.train, DATA.train_images[:10]), (split.test, DATA.test_images)):
        expected = (images.reshape(len(images), -1) / 255 - scaled.mean()) / scaled.std()
        expected[:, : DATA.n_classes] = 0
        length = np.sqrt((expected**2).sum(1) + encoder.amplitude**2) + config.network.epsilon
        signal = inputs.stimulus(slice(None))
        np.testing.assert_allclose(
            signal.image.values.numpy(), expected / length[:, None], rtol=1e-11, atol=1e-14
        )
        np.testing.assert_allclose(signal.label.numpy(), encoder.amplitude / length, rtol=1e-11)


@pytest.mark.parametrize(
    ("amplitude", "expected"), [("one", 1.0), ("max", DATA.train_images.max() / 255), (2.5, 2.5)]
)
def test_raw_pixels_are_in_the_unit_range(amplitude: float | str, expected: float) -> None:
    encoder = prepare(DATA, configured(f"amplitude={amplitude}")).train.encoder
    assert (encoder.mean, encoder.deviation) == (0.0, 1.0)
    assert encoder.amplitude == pytest.approx(expected)


@pytest.mark.parametrize(("normalisation", "squares"), [("unit", 1.0), ("rms", 12.0)])
def test_target_length_follows_the_normalisation(normalisation: str, squares: float) -> None:
    signal = prepare(DATA, configured(f"normalisation={normalisation}")).train.stimulus(slice(None))
    lengths = signal.image.values.pow(2).sum(1) + signal.label.pow(2)
    torch.testing.assert_close(lengths, torch.full_like(lengths, squares), rtol=1e-3, atol=0)


def test_the_first_images_train_and_the_rest_are_held_out() -> None:
    split = prepare(DATA, configured("train_count=30"))
    assert numbers(split.train.pixels[:]) == list(range(30))
    assert numbers(split.held_out.pixels[:]) == list(range(30, 50))
    assert split.train.labels.tolist() == DATA.train_labels[:30].tolist()
    assert split.held_out.labels.tolist() == DATA.train_labels[30:].tolist()
    assert split.test.labels.tolist() == DATA.test_labels.tolist()
    assert [len(part) for part in (split.train, split.held_out, split.test)] == [30, 20, 20]


def test_a_random_subset_is_seeded_disjoint_and_keeps_its_labels() -> None:
    chosen = []
    for seed in (0, 0, 1):
        split = prepare(DATA, configured("train_count=30", "subset=random", seed=seed))
        train, rest = numbers(split.train.pixels[:]), numbers(split.held_out.pixels[:])
        assert sorted(train + rest) == list(range(50))
        assert split.train.labels.tolist() == DATA.train_labels[train].tolist()
        assert split.held_out.labels.tolist() == DATA.train_labels[rest].tolist()
        chosen.append(train)
    assert chosen[0] == chosen[1] != chosen[2]
    assert chosen[0] != list(range(30))


@pytest.mark.parametrize("encoding", ["constant", "bernoulli", "regular", "latency"])
@pytest.mark.parametrize("count", ["none", "50"])
def test_held_out_may_be_empty(encoding: str, count: str) -> None:
    split = prepare(DATA, configured(f"train_count={count}", f"encoding={encoding}", path="spiking"))
    assert len(split.train) == 50
    assert len(split.held_out) == 0
    assert split.held_out.pixels.shape == (0, 12)
    assert len(split.held_out.head(3)) == 0


def test_too_many_training_images_are_a_config_error() -> None:
    with pytest.raises(ConfigError, match=r"data\.train_count: 51 training images.*at most 50.*synthetic"):
        prepare(DATA, configured("train_count=51"))


def test_pixels_that_are_all_alike_cannot_be_standardised() -> None:
    grey = replace(DATA, train_images=np.full_like(DATA.train_images, 9))
    with pytest.raises(ConfigError, match=r"data\.input_scale: all training pixels are alike.*=raw"):
        prepare(grey, configured("input_scale=standardised"))
    assert len(prepare(grey, configured()).train) == 50


def test_constant_signals_are_made_once_and_sliced() -> None:
    inputs = prepare(DATA, configured()).train
    rows = torch.tensor([4, 0, 4])
    part = inputs.stimulus(rows, "any", 3)
    assert torch.equal(part.image.values, present(inputs.constant).image.values[rows])
    assert torch.equal(part.label, present(inputs.constant).label[rows])
    again = inputs.encoder.stimulus(inputs.pixels[rows])
    torch.testing.assert_close(again.image.values, part.image.values, rtol=1e-14, atol=0)
    head = inputs.head(7)
    assert len(head) == 7
    assert torch.equal(head.stimulus(slice(None)).image.values, present(inputs.constant).image.values[:7])


def test_the_dense_path_ignores_the_encoding() -> None:
    dense = prepare(DATA, configured("encoding=bernoulli")).train
    assert dense.encoder.encoding == "constant"
    assert dense.stimulus(slice(0, 2)).image.values.ndim == 2


def bernoulli(seed: int = 0) -> Split:
    return prepare(DATA, configured("encoding=bernoulli", "train_count=30", path="spiking", seed=seed))


def test_bernoulli_streams_repeat_by_name_and_differ_by_purpose() -> None:
    split = bernoulli()
    rows = slice(0, 20)

    def spikes(inputs: Inputs, *purpose: int | str) -> torch.Tensor:
        return inputs.stimulus(rows, *purpose).image.values

    assert split.train.constant is None
    first = spikes(split.train, 0, 1)
    assert torch.equal(first, spikes(split.train, 0, 1))
    assert torch.equal(first, spikes(bernoulli().train, 0, 1))
    for other in (spikes(split.train, 0, 2), spikes(split.train, 1, 1), spikes(bernoulli(1).train, 0, 1)):
        assert not torch.equal(first, other)
    # The same pixels under another part's name draw other spikes.
    renamed = replace(split.train, name="test")
    assert not torch.equal(first, spikes(renamed, 0, 1))
    before = torch.get_rng_state()
    spikes(split.test, "predict")
    assert torch.equal(torch.get_rng_state(), before)


@pytest.mark.parametrize(
    ("precision", "dtype"),
    [("float32", torch.float32), ("bfloat16", torch.float32), ("float64", torch.float64)],
)
@pytest.mark.parametrize("encoding", ["constant", "latency"])
def test_type_follows_the_precision(precision: str, dtype: torch.dtype, encoding: str) -> None:
    config = configured(f"precision={precision}", f"encoding={encoding}", path="spiking")
    signal = prepare(DATA, config).test.stimulus(slice(None))
    assert signal.image.values.dtype == signal.label.dtype == dtype


def test_the_data_set_is_left_as_it_is() -> None:
    images = DATA.train_images.copy()
    for encoding in ("constant", "regular"):
        prepare(DATA, configured(f"encoding={encoding}", path="spiking")).train.stimulus(slice(None))
    prepare(DATA, configured("input_scale=standardised")).train.stimulus(slice(None))
    assert np.array_equal(DATA.train_images, images)


def test_a_share_of_every_class_is_held_out(quick: Callable[..., Config], digits: DataSet) -> None:
    config = quick("data.held_out_share=0.25", "train_count=none")
    split = prepare(digits, config)
    total = np.bincount(digits.train_labels)
    held_out = np.bincount(split.held_out.labels.numpy())
    assert np.array_equal(held_out, np.round(total / 4).astype(int))
    assert np.array_equal(np.bincount(split.train.labels.numpy()) + held_out, total)
    again, other = (prepare(digits, quick(*("data.held_out_share=0.25", f"seed={seed}"))) for seed in (0, 1))
    assert torch.equal(again.held_out.pixels[:], split.held_out.pixels[:])
    assert not torch.equal(other.held_out.pixels[:], split.held_out.pixels[:])


def test_what_cannot_be_held_out_is_refused(quick: Callable[..., Config]) -> None:
    images = np.random.default_rng(0).random((9, 16), np.float32)
    labels = np.array([0] * 8 + [1])
    few = DataSet.from_arrays(images, labels, images, labels)
    with pytest.raises(ConfigError, match="1 training images of class 1"):
        prepare(few, quick("data.held_out_share=0.25", "label.place=beside"))
    with pytest.raises(ConfigError, match="both say what is held out"):
        quick("data.held_out_share=0.25", "train_count=100")


def sorted_by_class(inputs: Inputs) -> Inputs:
    order = torch.sort(inputs.labels, stable=True).indices
    return replace(inputs, pixels=inputs.pixels[order], labels=inputs.labels[order])


def test_some_images_stand_for_all_where_classes_lie_in_pieces() -> None:
    inputs = few_inputs(configured(), 40)
    assert torch.equal(inputs.some(7).labels, inputs.head(7).labels)  # as they come where they are mixed
    lying = sorted_by_class(inputs)
    classes, sizes = lying.labels.unique(return_counts=True)
    assert len(lying.head(4).labels.unique()) < len(classes)
    for count in (len(classes), 2 * len(classes), 100):
        some = lying.some(count)
        assert len(some) == min(count, 40)
        found = some.labels.bincount(minlength=len(classes))
        if count <= len(classes) * int(sizes.min()):
            assert len(found.unique()) == 1  # as many of each
    first = [int((lying.labels == each).nonzero()[0]) for each in classes]
    assert torch.equal(lying.some(len(classes)).pixels[:], lying.pixels[torch.tensor(first)])
    assert torch.equal(lying.some(100).labels.sort().values, lying.labels)


def test_integers_are_chosen_on_all_classes() -> None:
    config = configured("encoding=regular", path="spiking")
    lying = sorted_by_class(few_inputs(config, 40))
    network = lively_network(config)
    found = quantise(network, lying, images=8)
    assert found.scales == quantise(network, lying.some(8), images=8).scales
    assert found.scales != quantise(network, lying.head(8), images=8).scales
