"""Class groups that learn in the chip's integers: K scalars, one presentation, nothing else."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from neuroff.chip.learning import (
    Collaboration,
    GroupModulator,
    LearnerState,
    LearningPlan,
    Schedule,
    Variant,
    accuracy,
    flat,
    group_learner,
    learn_epoch,
    rule_lines,
)
from neuroff.chip.learning.groups import learn_groups
from neuroff.chip.learning.learner import present
from neuroff.chip.learning.score import goodness
from neuroff.data import DataSet
from neuroff.errors import ConfigError, ExportError, ShapeError
from tests.samples import few, stream_of


def made(
    variant: Variant = "ff", widths: tuple[int, ...] = (12, 8)
) -> tuple[LearningPlan, LearnerState, torch.Tensor]:
    pixels = torch.randint(0, 256, (30, 20), generator=stream_of(0), dtype=torch.uint8)
    plan, state = group_learner(
        pixels,
        widths,
        variant,
        steps=6,
        classes=4,
        margin=0.4,
        post_shift=8,
        rivals=1,
        seed=1,
    )
    return plan, state, pixels


def scalars(goodness: list[int], true: int, margin: int, slope: int, rivals: int) -> list[int]:
    """The definition, class by class, in Python's integers."""
    wrong = sorted((k for k in range(len(goodness)) if k != true), key=lambda k: -goodness[k])[:rivals]
    found = [0] * len(goodness)
    for k in wrong:
        found[k] = min(127, max(0, (goodness[k] - goodness[true] + margin) >> slope))
    found[true] = min(127, sum(found))
    return found


@few
@given(st.integers(0, 2**20), st.integers(0, 200), st.integers(0, 3), st.integers(1, 4))
def test_scalars_are_those_of_the_definition(seed: int, margin: int, slope: int, rivals: int) -> None:
    counted = torch.stack([torch.randperm(300, generator=stream_of(seed + b))[:5] for b in range(7)]).int()
    true = torch.randint(0, 5, (7,), generator=stream_of(seed))
    modulator = GroupModulator(5, margin, slope, rivals)
    found = modulator.value(counted, torch.nn.functional.one_hot(true, 5).bool())
    expected = [
        scalars(row, k, margin, slope, rivals) for row, k in zip(counted.tolist(), true.tolist(), strict=True)
    ]
    assert found.tolist() == expected


def test_goodness_counts_the_spikes_of_groups() -> None:
    plan, state, pixels = made()
    spikes = present(plan, state, plan.images.spikes(pixels[:5]), torch.zeros(1, 5, dtype=torch.long))
    found = goodness(plan, state, pixels[:5])
    for layer, sent in enumerate(spikes):
        counts = sent.sum(0).long()
        for k in range(4):
            size = sent.shape[2] // 4
            assert torch.equal(found[layer, k].long(), counts[:, k * size : (k + 1) * size].sum(1))
    assert plan.images.label_axons == 0
    assert plan.axons == (20, 12)  # no input stands for a label


def first_after(plan: LearningPlan, weights: list[torch.Tensor], pixels: torch.Tensor) -> torch.Tensor:
    state = LearnerState([weight.clone() for weight in weights], [plan.collaboration.gamma] * 2)
    labels = torch.arange(6) % 4
    learn_groups(plan, state, plan.images.spikes(pixels[:6]), labels)
    return state.weights[0]


def test_other_layers_enter_an_update_only_through_k_scalars() -> None:
    plan, state, pixels = made()
    heard = replace(plan, collaboration=Collaboration(64, 6))
    first, second = state.weights
    other = (second * torch.where(torch.rand(second.shape, generator=stream_of(2)) < 0.5, -1, 1)).int()
    swapped = second[:, torch.tensor([1, 0, 3, 2, 5, 4, 7, 6])]  # within groups of two
    assert torch.equal(first_after(plan, [first, second], pixels), first_after(plan, [first, other], pixels))
    alone = first_after(heard, [first, second], pixels)
    assert not torch.equal(alone, first_after(heard, [first, other], pixels))
    assert torch.equal(alone, first_after(heard, [first, swapped], pixels))


def test_an_update_favours_the_true_class_over_its_rival() -> None:
    plan, state, pixels = made(widths=(12,))
    before = state.weights[0].clone()
    image, label = pixels[:1], torch.tensor([2])
    sent = present(plan, state, plan.images.spikes(image), label[None])[0].sum(0)[0]
    learn_groups(plan, state, plan.images.spikes(image), label)
    moved = (state.weights[0] - before).sum(0).view(4, 3).sum(1)
    fired = sent.view(4, 3).sum(1)
    assert fired[2] > 0
    assert moved[2] > 0
    assert sorted(moved.tolist())[0] < 0
    assert int((moved != 0).sum()) == 2  # one rival is told


def test_what_learning_takes_is_counted() -> None:
    cases: tuple[tuple[Variant, int], ...] = (("ff", 4), ("fcff", 8))
    for variant, scalars_sent in cases:
        plan, state, pixels = made(variant)
        events = learn_epoch(plan, state, Schedule(1, 10), 0, pixels, torch.arange(30) % 4)
        assert events.presentations == 30
        counts = events.per_image(1).to_dict()
        assert counts["bus_broadcasts"] == 2 * scalars_sent  # layers, a scalar per class, and as many heard
        assert counts["synapse_updates"] > 0


def test_digits_are_learned_in_integers(digits: DataSet) -> None:
    pixels, labels = flat(digits.train_images), torch.as_tensor(digits.train_labels)
    plan, state = group_learner(pixels, (100, 60), post_shift=11)
    schedule = Schedule(4, 10, (3,))
    for epoch in range(4):
        learn_epoch(plan, state, schedule, epoch, pixels, labels)
    found = accuracy(plan, state, flat(digits.test_images), torch.as_tensor(digits.test_labels))
    assert found > 0.85
    assert all(bool(((weight >= -256) & (weight <= 254)).all()) for weight in state.weights)


def test_the_same_seed_gives_the_same_weights() -> None:
    found = []
    for _ in range(2):
        plan, state, pixels = made("acff")
        learn_epoch(plan, state, Schedule(1, 10), 0, pixels, torch.arange(30) % 4)
        found.append((state.weights, state.gammas))
    assert found[0][1] == found[1][1]
    assert all(torch.equal(a, b) for a, b in zip(found[0][0], found[1][0], strict=True))


def test_what_is_refused() -> None:
    pixels = torch.zeros(3, 4, dtype=torch.uint8)
    with pytest.raises(ConfigError, match=r"45 neurons for 10 classes.*such as 40 neurons"):
        group_learner(pixels, (45,))
    with pytest.raises(ConfigError, match="5 neurons for 10 classes"):
        group_learner(pixels, (5,))
    with pytest.raises(ShapeError, match="some flat images"):
        group_learner(pixels[:0], (10,))
    with pytest.raises(ExportError, match="rivals"):
        GroupModulator(4, 10, rivals=4)
    with pytest.raises(ExportError, match="classes"):
        GroupModulator(1, 10)


def test_the_rule_says_what_it_does() -> None:
    text = "\n".join(rule_lines(made("fcff")[0]))
    assert "y2 (true class), y3 (rivals)" in text
    assert "m of the 1 best wrong classes = clip((C_k - C_y + 7) >> 0, 0, 127)" in text
    assert "g = 64" in text
