"""Every change against what it says, and all of them in training."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

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
from neuroff.training.augmentation.cutout import cut_out
from neuroff.training.augmentation.drop import drop_events
from neuroff.training.augmentation.flip import flip_images
from neuroff.training.augmentation.jitter import jitter_events
from neuroff.training.state import TrainingState
from tests.narrow import weight_of
from tests.samples import few, stream_of, train_by

PLANES = Planes(2, 5, 7)


def images(count: int = 400) -> torch.Tensor:
    return torch.randint(1, 256, (count, PLANES.size), generator=stream_of(0), dtype=torch.uint8)


def spikes(seed: int, steps: int = 9) -> torch.Tensor:
    return (torch.rand(6, 20, steps, generator=stream_of(seed)) < 0.3).float()


def test_an_image_is_mirrored_or_as_it_was() -> None:
    before = images()
    after = flip_images(before, PLANES, 0.5, stream_of(1))
    mirrored = torch.from_numpy(np.ascontiguousarray(PLANES.of(before).numpy()[..., ::-1])).flatten(1)
    turned, kept = (after == mirrored).all(1), (after == before).all(1)
    assert bool((turned ^ kept).all())
    assert 150 < int(turned.sum()) < 250
    assert torch.equal(flip_images(before, PLANES, 1.0, stream_of(1)), mirrored)


@few
@given(st.integers(1, 9), st.integers(0, 2**31))
def test_one_square_is_cut_out_of_all_channels(side: int, seed: int) -> None:
    before = images(20)
    after = PLANES.of(cut_out(before, PLANES, side, stream_of(seed)))
    gone = after == 0
    assert torch.equal(gone[:, 0], gone[:, 1])
    assert torch.equal(after[~gone], PLANES.of(before)[~gone])
    for cut in gone[:, 0]:
        rows, columns = cut.any(1).nonzero().flatten(), cut.any(0).nonzero().flatten()
        assert 1 <= len(rows) <= side
        assert 1 <= len(columns) <= side
        assert int(cut.sum()) == len(rows) * len(columns)
        assert int(rows[-1] - rows[0]) == len(rows) - 1
        assert len(rows) == side or rows[0] == 0 or rows[-1] == PLANES.height - 1


def test_events_are_lost_evenly_and_none_is_made() -> None:
    before = torch.ones(50, 40, 30)
    after = drop_events(before, 0.25, stream_of(1))
    assert float(after.mean()) == pytest.approx(0.75, abs=0.01)
    thin = spikes(1)
    assert bool((drop_events(thin, 0.5, stream_of(2)) <= thin).all())
    assert torch.equal(drop_events(thin, 0.0, stream_of(2)), thin)


@few
@given(st.integers(0, 12), st.integers(0, 2**31))
def test_events_move_so_far_at_most(reach: int, seed: int) -> None:
    before = spikes(seed)
    after = jitter_events(before, reach, stream_of(seed))
    assert set(after.unique().tolist()) <= {0.0, 1.0}
    near = torch.nn.functional.max_pool1d(before, 2 * reach + 1, 1, reach)
    assert bool((after <= near).all())
    assert float(after.sum()) <= float(before.sum())
    if not reach:
        assert torch.equal(after, before)


def test_all_moves_in_time_are_alike() -> None:
    before = torch.zeros(3000, 1, 7)
    before[..., 3] = 1
    landed = torch.bincount(jitter_events(before, 2, stream_of(3)).argmax(2).flatten(), minlength=7)
    assert landed[[0, 6]].tolist() == [0, 0]
    # Chi-squared with 4 degrees of freedom exceeds 18.5 once in a thousand.
    assert float(((landed[1:6] - 600.0) ** 2 / 600).sum()) < 18.5


def test_one_change_leaves_the_draws_of_the_others(quick: Callable[..., Config], few_digits: DataSet) -> None:
    inputs = prepare(few_digits, quick("input_scale=raw")).train
    rows = slice(0, 40)
    both = augmented_stimulus(inputs, rows, Augmentation(shift=2, cutout=5), 1, 0, 0).image.values
    moved = augmented_stimulus(inputs, rows, Augmentation(shift=2), 1, 0, 0).image.values
    assert bool((both.ne(0) <= moved.ne(0)).all())
    lost = (both.ne(0) != moved.ne(0)).sum(1)
    assert int(lost.sum()) > 0
    assert int(lost.max()) <= 25
    again = augmented_stimulus(inputs, rows, Augmentation(shift=2, cutout=5), 1, 0, 0).image.values
    assert torch.equal(both, again)


def test_planes_of_a_recording_change_alike_in_every_step() -> None:
    stream = np.random.default_rng(0)
    events = (stream.random((12, 2 * 6 * 6, 4)) < 0.3).astype(np.uint8)
    events[..., 1:] = events[..., :1]  # the same in every step
    labels = np.arange(12) % 3
    made = DataSet.from_arrays(255 * events[:, :, 0], labels, 255 * events[:, :, 0], labels, name="events")
    data = replace(made, train_images=events, test_images=events, steps=4, planes=(2, 6, 6))
    changes = [
        "neuron.steps=4",
        "network.layers=conv 3x3, dense 12",
        "input_scale=raw",
        "batch_size=4",
        "epochs=1",
    ]
    plain = apply_settings(preset("conv", path="spiking"), changes)
    more = ["training.shift=1", "training.flip=0.5", "training.cutout=2", "evaluate_every=0"]
    config = apply_settings(plain, [*more, "training.event_jitter=1", "training.event_drop=0.1"])
    inputs = prepare(data, config).train
    spatial = augmented_stimulus(inputs, slice(0, 12), Augmentation(1, 0.5, 2), 0, 1).image.values
    before = augmented_stimulus(inputs, slice(0, 12), Augmentation(), 0, 1).image.values
    assert spatial.shape == before.shape == (4, 12, 72)
    assert bool((spatial == spatial[:1]).all())
    assert not torch.equal(spatial, before)
    first, again = (train_by(config, prepare(data, config)).network for _ in range(2))
    for layer, same in zip(first.layers, again.layers, strict=True):
        assert torch.equal(layer.synapses.tensors()["weight"], same.synapses.tensors()["weight"])


def test_training_resumes_to_the_same_bits(quick: Callable[..., Config], few_digits: DataSet) -> None:
    changes = ("training.shift=1", "training.flip=0.5", "training.cutout=6")
    plain, config = quick(), quick(*changes)
    first, without = (train_by(each, prepare(few_digits, each)).network for each in (config, plain))
    kept: list[TrainingState] = []
    asked = iter(range(100))
    with pytest.raises(Interrupted):
        train_by(config, prepare(few_digits, config), save=kept.append, should_stop=lambda: next(asked) == 9)
    again = train_by(config, prepare(few_digits, config), state=kept[-1]).network
    for layer, same, other in zip(first.layers, again.layers, without.layers, strict=True):
        assert torch.equal(weight_of(layer), weight_of(same))
        assert not torch.equal(weight_of(layer), weight_of(other))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ("training.event_jitter=1", "recordings, whose events have times"),
        ("training.event_drop=0.1", "recordings, whose events have times"),
        ("training.flip=1.5", "less than or equal to 1"),
        ("training.cutout=-1", "greater than or equal to 0"),
    ],
)
def test_what_cannot_be_is_refused(
    quick: Callable[..., Config], few_digits: DataSet, change: str, words: str
) -> None:
    with pytest.raises(ConfigError, match=words):
        prepare(few_digits, quick(change))


def test_a_plan_says_what_is_wrong_with_it() -> None:
    assert Augmentation(flip=1.0).moves
    with pytest.raises(ConfigError, match=r"flip = 1\.1; expected a number at least 0 and at most 1"):
        Augmentation(flip=1.1)
    for wrong in ({"shift": -1}, {"flip": 1.1}, {"cutout": 0.5}, {"drop": 1.0}, {"jitter": -2}):
        with pytest.raises(ConfigError):
            Augmentation(**wrong)
