from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from typing import Any, get_args

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from neuroff.core.asking import LabelAsking
from neuroff.core.encoding import EncodingName, encode, labelled_gain
from neuroff.core.signal import Stimulus
from neuroff.errors import ConfigError
from tests.narrow import present
from tests.oracles import overlaid
from tests.samples import few, stream_of

NAMES = get_args(EncodingName)
SPIKES = [name for name in NAMES if name != "constant"]
CLASSES = 3
pixel_lists = st.lists(
    st.sampled_from([0.0, 1 / 255, 0.1, 0.5, 0.999, 1.0]) | st.floats(0, 1), min_size=1, max_size=8
)


@dataclass(frozen=True)
class Labels(LabelAsking):
    """Labels that may be none at all."""

    classes: int

    def __post_init__(self) -> None:
        """Take any number."""

    @property
    def own_inputs(self) -> int:
        return max(1, self.classes)


def asking_of(classes: int) -> LabelAsking:
    return Labels(classes)


def shown(
    values: list[float],
    encoding: EncodingName,
    steps: int = 5,
    amplitude: float = 1.0,
    classes: int = 0,
    dtype: torch.dtype = torch.float64,
    **options: Any,
) -> Stimulus:
    images = torch.tensor([values], dtype=dtype)
    return encode(
        images,
        encoding=encoding,
        asking=asking_of(classes),
        amplitude=amplitude,
        target_length=1.0,
        steps=steps,
        generator=stream_of(0),
        **options,
    )


def spike_times(column: torch.Tensor) -> list[int]:
    return column.nonzero()[:, 0].tolist()


@few
@given(pixel_lists, st.integers(1, 40))
def test_regular_spikes_are_counted_by_the_formula_and_evenly_spaced(values: list[float], steps: int) -> None:
    spikes = shown(values, "regular", steps).image.values
    assert spikes.shape == (steps, 1, len(values))
    assert set(spikes.unique().tolist()) <= {0.0, 1.0}
    for column, x in enumerate(values):
        times = spike_times(spikes[:, 0, column])
        assert len(times) == math.floor(steps * x + 0.5)
        gaps = [later - sooner for sooner, later in itertools.pairwise(times)]
        assert not gaps or max(gaps) - min(gaps) <= 1
        assert all(abs(gap - 1 / x) < 1 + 1e-6 for gap in gaps)


@few
@given(st.floats(0, 1), st.floats(0, 1), st.integers(1, 30))
def test_brighter_pixels_fire_at_least_as_often_in_regular(one: float, other: float, steps: int) -> None:
    low, high = sorted((one, other))
    counts = shown([low, high], "regular", steps).image.values.sum(0)[0]
    assert counts[0] <= counts[1]


@few
@given(pixel_lists, st.integers(1, 40))
def test_latency_brighter_is_earlier_and_black_is_never(values: list[float], steps: int) -> None:
    spikes = shown(values, "latency", steps).image.values[:, 0]
    assert set(spikes.unique().tolist()) <= {0.0, 1.0}
    moments = {}
    for column, x in enumerate(values):
        times = spike_times(spikes[:, column])
        assert len(times) == (1 if x > 0 else 0)
        if times:
            moments[x] = times[0]
    ordered = [moments[x] for x in sorted(moments)]
    assert ordered == sorted(ordered, reverse=True)
    if 1.0 in moments:
        assert moments[1.0] == 0


def test_latency_uses_the_whole_window() -> None:
    moments = [spike_times(shown([x], "latency", 11).image.values[:, 0, 0])[0] for x in (1.0, 0.8, 0.5, 1e-6)]
    assert moments == [0, 2, 5, 10]


def test_bernoulli_rates_are_the_pixels() -> None:
    values = [0.0, 0.05, 0.5, 0.9, 1.0]
    steps = 40_000
    rates = shown(values, "bernoulli", steps).image.values.mean(0)[0]
    for rate, x in zip(rates.tolist(), values, strict=True):
        assert rate == pytest.approx(x, abs=4 * math.sqrt(x * (1 - x) / steps))


def test_bernoulli_pixels_are_independent_over_time_and_space() -> None:
    spikes = shown([0.5] * 4, "bernoulli", 20_000).image.values[:, 0]
    assert float((torch.corrcoef(spikes.T) - torch.eye(4)).abs().max()) < 0.03
    assert abs(float(torch.corrcoef(torch.stack((spikes[1:, 0], spikes[:-1, 0])))[0, 1])) < 0.03


def test_bernoulli_repeats_by_its_generator_and_needs_one() -> None:
    images = torch.rand(3, 8, generator=stream_of(0))
    common: dict[str, Any] = {
        "encoding": "bernoulli",
        "asking": LabelAsking(2),
        "amplitude": 1.0,
        "target_length": 1.0,
        "steps": 6,
    }
    one, again, other = (encode(images, generator=stream_of(seed), **common) for seed in (1, 1, 2))
    assert torch.equal(one.image.values, again.image.values)
    assert not torch.equal(one.image.values, other.image.values)
    with pytest.raises(ConfigError, match="no generator"):
        encode(images, **common)


@pytest.mark.parametrize("encoding", NAMES)
@few
@given(st.integers(0, 2**30), st.floats(0, 1), st.sampled_from([1.0, 3.5]))
def test_gain_is_that_of_every_overlaid_image(
    encoding: EncodingName, seed: int, amplitude: float, target: float
) -> None:
    images = torch.rand(4, 9, generator=stream_of(seed), dtype=torch.float64)
    signal = encode(
        images,
        encoding=encoding,
        asking=LabelAsking(CLASSES),
        amplitude=amplitude,
        target_length=target,
        epsilon=0.01,
        steps=4,
        generator=stream_of(seed),
    )
    for label in range(CLASSES):
        copies = overlaid(images, torch.full((4,), label), CLASSES, amplitude)
        gain = target / (copies.norm(dim=1) + 0.01)
        if encoding == "constant":
            # The gain is folded into the values.
            assert signal.image.gain is None
            received = signal.image.values.clone()
            received[:, label] = signal.label
            torch.testing.assert_close(received, copies * gain[:, None], rtol=1e-12, atol=1e-15)
        else:
            torch.testing.assert_close(signal.image.gain, gain, rtol=1e-12, atol=0)


@pytest.mark.parametrize("encoding", SPIKES)
def test_the_label_fires_like_a_pixel_of_its_amplitude(encoding: EncodingName) -> None:
    """All labels alike, without chance, and scaled by the image's gain."""
    signal = shown([0.3, 0.9, 0.7, 0.2], encoding, steps=6, amplitude=0.4, classes=2)
    like = "regular" if encoding == "bernoulli" else encoding
    expected = shown([0.4], like, steps=6).image.values[:, :, 0]
    assert torch.equal(signal.label, expected * present(signal.image.gain))
    assert signal.label.shape == (6, 1)


@pytest.mark.parametrize("encoding", NAMES)
def test_label_pixels_of_the_image_are_ignored(encoding: EncodingName) -> None:
    one = shown([0.9, 0.2, 0.5, 0.7], encoding, classes=2)
    other = shown([0.0, 1.0, 0.5, 0.7], encoding, classes=2)
    if encoding != "bernoulli":  # the same chances, drawn from the same stream, agree there too
        assert torch.equal(one.image.values, other.image.values)
    assert not bool(one.image.values[..., :2].any())
    assert torch.equal(one.label, other.label)


@pytest.mark.parametrize("encoding", NAMES)
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_encoding_leaves_its_input_and_keeps_its_type(encoding: EncodingName, dtype: torch.dtype) -> None:
    images = torch.rand(3, 7, generator=stream_of(1), dtype=dtype)
    kept = images.clone()
    signal = encode(
        images,
        encoding=encoding,
        asking=LabelAsking(2),
        amplitude=1.0,
        target_length=1.0,
        steps=3,
        generator=stream_of(0),
    )
    assert torch.equal(images, kept)
    assert signal.image.values.dtype == signal.label.dtype == dtype
    assert signal.image.values.data_ptr() != images.data_ptr()
    assert signal.image.values.shape == ((3, 7) if encoding == "constant" else (3, 3, 7))
    signal.image.values.fill_(-1)
    assert torch.equal(images, kept)


@pytest.mark.parametrize("encoding", SPIKES)
@pytest.mark.parametrize(("pixel", "amplitude"), [(-0.01, 1.0), (1.01, 1.0), (0.5, 1.5), (0.5, -0.1)])
def test_spikes_need_pixels_and_amplitude_in_the_unit_range(
    encoding: EncodingName, pixel: float, amplitude: float
) -> None:
    with pytest.raises(ConfigError, match=rf"encoding '{encoding}'.*\[0, 1\].*input_scale=raw"):
        shown([0.1, pixel], encoding, amplitude=amplitude)


def test_a_constant_current_takes_any_pixels() -> None:
    signal = shown([-3.0, 5.0], "constant", amplitude=-2.0)
    gain = 1 / (math.sqrt(9 + 25 + 4) + 1e-4)
    assert signal.image.values[0].tolist() == pytest.approx([-3 * gain, 5 * gain], rel=1e-12)
    assert signal.label.tolist() == pytest.approx([-2 * gain], rel=1e-12)


def test_an_unknown_encoding_is_a_config_error() -> None:
    with pytest.raises(ConfigError, match=r"unknown encoding 'morse'.*constant \| bernoulli"):
        shown([0.5], "morse")  # type: ignore[arg-type]


@pytest.mark.parametrize("encoding", NAMES)
def test_no_images_give_an_empty_signal(encoding: EncodingName) -> None:
    signal = encode(
        torch.zeros(0, 6),
        encoding=encoding,
        asking=LabelAsking(2),
        amplitude=1.0,
        target_length=1.0,
        steps=3,
        generator=stream_of(0),
    )
    assert signal.samples == 0
    assert signal.label.shape[-1] == 0


def test_a_black_image_without_label_stays_finite() -> None:
    gain = labelled_gain(torch.zeros(1, 4, dtype=torch.float64), 0.0, 1.0, 1e-4)
    assert float(gain) == pytest.approx(1e4)
