from __future__ import annotations

import math
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from neuroff.core.asking import LabelAsking
from neuroff.core.signal import Signal, Stimulus, product, unit_gain
from neuroff.core.synapses import Dense
from tests.narrow import present
from tests.samples import few, stream_of


@st.composite
def labelled(draw: st.DrawFn) -> tuple[Stimulus, torch.Tensor, Dense, LabelAsking]:
    """A labelled signal, a layer, and the labels to present."""
    stream = stream_of(draw(st.integers(0, 2**30)))
    samples, copies, neurons = (draw(st.integers(1, 5)) for _ in range(3))
    classes = draw(st.integers(2, 4))
    inputs = classes + draw(st.integers(0, 6))
    steps = draw(st.none() | st.integers(1, 4))

    def rand(*shape: int) -> torch.Tensor:
        return torch.randn(*shape, generator=stream, dtype=torch.float64)

    time = () if steps is None else (steps,)
    values = rand(*time, samples, inputs)
    values[..., :classes] = 0
    gain = rand(samples) if draw(st.booleans()) else None
    signal = Stimulus(Signal(values, gain), rand(*time, samples))
    labels = torch.randint(0, classes, (copies, samples), generator=stream)
    return signal, labels, Dense(rand(neurons, inputs), rand(neurons)), LabelAsking(classes)


def overlaid_input(signal: Stimulus, labels: torch.Tensor, k: int, b: int) -> torch.Tensor:
    """What the layer receives of sample b under its k-th label: (D,) or (T, D)."""
    values = signal.image.values[..., b, :].clone()
    if signal.image.gain is not None:
        values *= signal.image.gain[b]
    values[..., labels[k, b]] = signal.label[..., b]
    return values


@few
@given(labelled())
def test_factored_drive_equals_overlaid_copies_times_weights(
    case: tuple[Stimulus, torch.Tensor, Dense, LabelAsking],
) -> None:
    signal, labels, synapses, asking = case
    weight, bias = synapses.affine()
    image = synapses.drive(signal.image, torch.float64)
    kept = image.clone()
    found = asking.drive(image, signal, labels, synapses, torch.float32)
    assert torch.equal(image, kept)
    copies, samples = labels.shape
    assert found.shape == (*signal.image.values.shape[:-2], copies * samples, weight.shape[0])
    for k in range(copies):
        for b in range(samples):
            received = overlaid_input(signal, labels, k, b)
            expected = received @ weight.T + bias
            # Rounding is relative to the largest term of the sum, which may cancel.
            size = float((received.abs() @ weight.T.abs() + bias.abs()).max())
            assert float((found[..., k * samples + b, :] - expected).abs().max()) <= 1e-12 * size


@few
@given(labelled(), st.data())
def test_rows_select_samples_of_image_gain_and_label(
    case: tuple[Stimulus, torch.Tensor, Dense, LabelAsking], data: Any
) -> None:
    signal = case[0]
    samples = signal.samples
    assert samples == signal.label.shape[-1]
    start = data.draw(st.integers(0, samples))
    stop = data.draw(st.integers(start, samples))
    picked = torch.tensor(data.draw(st.lists(st.integers(0, samples - 1), max_size=6)), dtype=torch.int64)
    for index, numbers in ((slice(start, stop), list(range(start, stop))), (picked, picked.tolist())):
        part = signal.rows(index)
        assert part.samples == len(numbers)
        assert (part.image.gain is None) == (signal.image.gain is None)
        for place, b in enumerate(numbers):
            assert torch.equal(part.image.values[..., place, :], signal.image.values[..., b, :])
            assert torch.equal(part.label[..., place], signal.label[..., b])
            if signal.image.gain is not None:
                assert present(part.image.gain)[place] == signal.image.gain[b]


@few
@given(labelled())
def test_drive_of_a_part_is_the_part_of_the_drive(
    case: tuple[Stimulus, torch.Tensor, Dense, LabelAsking],
) -> None:
    signal, _, synapses, _ = case
    whole = synapses.drive(signal.image, torch.float64)
    part = synapses.drive(signal.rows(slice(0, 1)).image, torch.float64)
    torch.testing.assert_close(part, whole[..., :1, :], rtol=1e-12, atol=1e-12)


def test_drive_leaves_its_arguments() -> None:
    values, weight, bias = torch.rand(3, 4), torch.rand(2, 4), torch.rand(2)
    gain = torch.tensor([2.0, 3.0, 0.5])
    kept = [tensor.clone() for tensor in (values, weight, bias, gain)]
    Dense(weight, bias).drive(Signal(values, gain), torch.float32)
    for tensor, before in zip((values, weight, bias, gain), kept, strict=True):
        assert torch.equal(tensor, before)


def test_written_images_hold_the_label_strength_in_one_input() -> None:
    labels = torch.tensor([[0, 2], [1, 1]])
    written = LabelAsking(3).written(torch.zeros(2, 5), torch.tensor([0.5, 2.0]), labels)
    assert written.tolist() == [
        [0.5, 0.0, 0.0, 0.0, 0.0],
        [0.0, 0.0, 2.0, 0.0, 0.0],
        [0.0, 0.5, 0.0, 0.0, 0.0],
        [0.0, 2.0, 0.0, 0.0, 0.0],
    ]


@few
@given(labelled())
def test_written_images_are_the_overlaid_ones(
    case: tuple[Stimulus, torch.Tensor, Dense, LabelAsking],
) -> None:
    signal, labels, _, asking = case
    plain = Stimulus(Signal(signal.image.values), signal.label)
    written = asking.written(plain.image.values, plain.label, labels)
    samples = labels.shape[1]
    for k in range(labels.shape[0]):
        for b in range(samples):
            assert torch.equal(written[..., k * samples + b, :], overlaid_input(plain, labels, k, b))


@few
@given(st.floats(0.1, 30), st.integers(0, 2**30))
def test_unit_gain_brings_every_sample_to_the_target_length(target: float, seed: int) -> None:
    activity = torch.rand(4, 7, generator=stream_of(seed), dtype=torch.float64) + 0.01
    gained = activity * unit_gain(activity, target, 1e-12)[:, None]
    torch.testing.assert_close(
        gained.norm(dim=1), torch.full((4,), target, dtype=torch.float64), rtol=1e-9, atol=0
    )


def test_a_silent_sample_has_a_finite_gain() -> None:
    gain = unit_gain(torch.zeros(1, 3, dtype=torch.float64), 2.0, 1e-4)
    assert math.isclose(float(gain), 2e4, rel_tol=1e-12)


def test_products_round_their_factors_and_come_out_wide() -> None:
    left, right = (torch.rand(6, 6, generator=stream_of(seed)) for seed in (0, 1))
    exact = left.double() @ right.double()
    rounded = left.bfloat16().double() @ right.bfloat16().double()
    coarse = product(left, right, torch.bfloat16)
    assert coarse.dtype == torch.float32
    # The sum of rounded factors, itself kept to a bfloat16.
    torch.testing.assert_close(coarse.double(), rounded, rtol=2**-8, atol=0)
    assert product(left, right, torch.float32).dtype == torch.float32
    assert product(left.double(), right.double(), torch.float64).dtype == torch.float64
    torch.testing.assert_close(product(left.double(), right.double(), torch.float64), exact)


@pytest.mark.parametrize("steps", [None, 3])
def test_one_label_row_per_presented_label(steps: int | None) -> None:
    """Sample b under its k-th label stands at row k·B + b."""
    time = () if steps is None else (steps,)
    signal = Stimulus(Signal(torch.zeros(*time, 2, 3)), torch.ones(*time, 2))
    synapses = Dense(torch.tensor([[1.0, 10.0, 100.0]]), torch.zeros(1))
    labels = torch.tensor([[0, 1], [2, 0], [1, 2]])
    found = LabelAsking(3).drive(torch.zeros(*time, 2, 1), signal, labels, synapses, torch.float32)
    expected = torch.tensor([1.0, 10.0, 100.0, 1.0, 10.0, 100.0])
    assert torch.equal(found[..., 0], expected.expand(*time, 6))
