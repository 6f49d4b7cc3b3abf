"""Rounding, traces, images and modulators by themselves."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from neuroff.chip.learning import Collaboration, Modulator, SpikingImages, Trace, counting_trace
from neuroff.chip.learning.rounding import shifted, uniform_bits
from neuroff.errors import ExportError, ShapeError
from tests.samples import few, stream_of


@few
@given(st.integers(-(2**29), 2**29), st.integers(0, 16), st.integers(0, 1000))
def test_a_rounded_shift_is_one_of_the_two_neighbours(value: int, bits: int, seed: int) -> None:
    found = shifted(torch.full((200,), value, dtype=torch.int32), bits, "stochastic", stream_of(seed))
    exact = torch.tensor(value, dtype=torch.float64) / 2**bits
    assert bool(((found >= value >> bits) & (found < exact + 1)).all())
    if value % 2**bits == 0:
        assert bool((found == value >> bits).all())


@pytest.mark.parametrize("value", [1, 37, 64, 127, 128, 300, -1, -37, -300])
def test_stochastic_rounding_is_unbiased(value: int) -> None:
    # Every one of the 2^7 uniform numbers once: the mean is exact, not just close.
    every = torch.arange(128)
    assert int(((value + every) >> 7).sum()) == value
    found = shifted(torch.full((400_000,), value, dtype=torch.int32), 7, "stochastic", stream_of(1))
    assert found.double().mean() == pytest.approx(value / 128, abs=0.004)


def test_uniform_bits_are_uniform() -> None:
    drawn = uniform_bits((40_000,), 3, stream_of(0)).bincount(minlength=8)
    assert len(drawn) == 8
    assert bool((drawn - 5000).abs().max() < 400)


def test_rounding_to_nearest_draws_nothing() -> None:
    stream = stream_of(5)
    state = stream.get_state()
    found = shifted(torch.tensor([3, 4, -4, -5], dtype=torch.int32), 3, "nearest", stream)
    assert found.tolist() == [0, 1, 0, -1]
    assert torch.equal(stream.get_state(), state)


def spikes_of(*rows: list[int]) -> torch.Tensor:
    return torch.tensor(rows, dtype=torch.uint8)


@few
@given(st.integers(0, 127 * 256), st.integers(1, 7), st.integers(0, 4096), st.integers(0, 1000))
def test_a_trace_stays_in_its_bits(impulse: int, bits: int, kept: int, seed: int) -> None:
    spikes = torch.randint(0, 2, (9, 4, 5), generator=stream_of(seed), dtype=torch.uint8)
    trace = Trace(impulse, bits, kept).after(spikes, stream_of(seed))
    assert trace.shape == (4, 5)
    assert int(trace.min()) >= 0
    assert int(trace.max()) <= 2**bits - 1


def test_a_whole_impulse_without_decay_counts() -> None:
    spikes = spikes_of([1, 0, 1], [1, 0, 0], [1, 0, 1])
    assert Trace(10 * 256).after(spikes, stream_of(0)).tolist() == [30, 0, 20]
    assert Trace(60 * 256).after(spikes, stream_of(0)).tolist() == [127, 0, 120]
    assert Trace(127 * 256).after(spikes, stream_of(0)).tolist() == [127, 0, 127]


def test_fractions_of_an_impulse_and_decays_are_kept_on_average() -> None:
    spikes = torch.ones(4, 50_000, dtype=torch.uint8)
    counted = Trace(640).after(spikes, stream_of(0)).double()
    assert counted.mean() == pytest.approx(10.0, abs=0.02)
    decaying = Trace(20 * 256, kept=3000).after(spikes, stream_of(1)).double()
    kept = 3000 / 4096
    assert decaying.mean() == pytest.approx(20 * (1 + kept + kept**2 + kept**3), abs=0.05)


@pytest.mark.parametrize(
    ("bits", "of", "impulse"), [(7, 8, 8 * 256), (7, 1, 12 * 256), (5, 8, 3 * 256), (3, 8, 179), (2, 1, 76)]
)
def test_a_counting_trace_reaches_its_end(bits: int, of: int, impulse: int) -> None:
    trace = counting_trace(10, bits, of=of)
    assert trace.impulse == impulse
    full = trace.after(torch.ones(10, 20_000, dtype=torch.uint8), stream_of(0)).double().mean()
    assert full == pytest.approx(min(10 * impulse / 256, 2**bits - 1), abs=0.6)


def test_pixels_send_as_many_spikes_as_they_are_bright() -> None:
    images = SpikingImages(10, classes=2, copies=3)
    pixels = torch.arange(256, dtype=torch.uint8)[None]
    spikes = images.spikes(pixels)
    assert spikes.shape == (10, 1, 262)
    assert not spikes[:, :, :6].any()
    expected = [int(p * 10 / 255 + 0.5) for p in range(256)]
    assert spikes.sum(0)[0, 6:].tolist() == expected
    assert int(spikes.max()) == 1


def test_a_label_fires_at_every_step_on_its_own_axons() -> None:
    images = SpikingImages(4, classes=3, copies=2)
    plain = images.spikes(torch.full((2, 5), 100, dtype=torch.uint8))
    on = images.labelled(plain, torch.tensor([2, 0]))
    assert on[:, 0, :6].tolist() == [[0, 0, 0, 0, 1, 1]] * 4
    assert on[:, 1, :6].tolist() == [[1, 1, 0, 0, 0, 0]] * 4
    assert torch.equal(on[:, :, 6:], plain[:, :, 6:])
    assert not plain[:, :, :6].any()


def test_images_that_are_not_bytes_are_refused() -> None:
    with pytest.raises(ShapeError, match="float32"):
        SpikingImages(4).spikes(torch.zeros(2, 20))


@few
@given(
    st.integers(-(2**20), 2**20), st.integers(0, 5000), st.integers(0, 8), st.integers(1, 7), st.booleans()
)
def test_a_modulator_has_its_bits_and_falls_towards_the_goal(
    value: int, theta: int, slope: int, bits: int, positive: bool
) -> None:
    modulator = Modulator(theta, slope, bits=bits)
    sign = torch.tensor([positive] * 2)
    low, high = modulator.value(torch.tensor([value, value + 500], dtype=torch.int32), sign).tolist()
    assert (low >= high) if positive else (low <= high)
    for found in (low, high):
        assert 0 <= found <= 127
        assert found % 2 ** (7 - bits) == 0


def test_goodness_is_counted() -> None:
    counts = torch.tensor([[1, 2, 0], [5, 0, 1]], dtype=torch.int32)
    assert Modulator(1, 1, "linear").counted(counts).tolist() == [3, 6]
    assert Modulator(1, 1, "squared").counted(counts).tolist() == [5, 26]
    assert Modulator(1, 1, "squared", shift=2).counted(counts).tolist() == [1, 6]


def test_a_late_message_tells_of_fewer_steps() -> None:
    spikes = torch.ones(5, 1, 3, dtype=torch.int32)
    heard = [int(Modulator(1, 1, "linear", delay=delay).heard(spikes)) for delay in (0, 2, 5, 9)]
    assert heard == [15, 9, 0, 0]


def test_partners_and_gamma() -> None:
    bus = Collaboration(3, 2)
    heard = [torch.tensor([12, 5]), torch.tensor([20, 9]), torch.tensor([10, 10])]
    partner = bus.partner(heard, (99, 12, 8), 0)
    assert partner.tolist() == [10, -1]
    assert bus.collaborative(heard[0], partner, 3).tolist() == [12 + 30 // 4, 5 - 1]
    assert bus.moved(3, torch.tensor([5, 5]), partner, torch.tensor([True, False]), stream_of(0)) == 3


def test_gamma_follows_its_gradient_and_stays_in_range() -> None:
    bus = Collaboration(60, 7, adaptive_shift=0)
    m, partner = torch.tensor([4]), torch.tensor([3])
    positive, negative = torch.tensor([True]), torch.tensor([False])
    assert bus.moved(60, m, partner, positive, stream_of(0)) == 72
    assert bus.moved(60, m, partner, negative, stream_of(0)) == 48
    assert bus.moved(120, m, partner, positive, stream_of(0)) == 127
    assert bus.moved(5, m, partner, negative, stream_of(0)) == 0


@pytest.mark.parametrize("wrong", [{"impulse": -1}, {"bits": 8}, {"kept": 4097}])
def test_a_trace_out_of_range_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ExportError, match=next(iter(wrong))):
        Trace(**{"impulse": 10} | wrong)
