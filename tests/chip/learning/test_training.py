from __future__ import annotations

from pathlib import Path

import pytest
import torch

from neuroff.chip.learning import (
    Collaboration,
    LearnerState,
    Modulator,
    Schedule,
    accuracy,
    flat,
    learn_epoch,
    learner,
    learning_energy,
    load_state,
    present,
    save_state,
)
from neuroff.chip.learning.learner import start
from neuroff.config.schema import Variant
from neuroff.data import DataSet
from neuroff.energy import Counts, list_profiles, load_profile
from neuroff.errors import ConfigError, RunError, ShapeError
from tests.chip.learning.made import some_images, some_layer, some_plan


def test_without_gamma_layers_learn_alone() -> None:
    pixels, labels = some_images(20), torch.arange(20) % 3
    ends = []
    for bus in (Collaboration(), Collaboration(0, 3), Collaboration(9, 2)):
        plan = some_plan(some_layer(8), some_layer(5, threshold_mantissa=60), collaboration=bus)
        state = start(plan)
        learn_epoch(plan, state, Schedule(1), 0, pixels, labels)
        ends.append(state.weights)
    assert all(torch.equal(*pair) for pair in zip(ends[0], ends[1], strict=True))
    assert not all(torch.equal(*pair) for pair in zip(ends[0], ends[2], strict=True))


def test_the_same_seed_gives_the_same_bits_and_another_does_not(digits: DataSet) -> None:
    pixels, labels = flat(digits.train_images)[:60], torch.as_tensor(digits.train_labels)[:60]
    ends = []
    for seed in (0, 0, 1):
        plan, state = learner(pixels, (20,), copies=4, seed=seed)
        learn_epoch(plan, state, Schedule(1, 5), 0, pixels, labels)
        ends.append(state.weights[0])
    assert torch.equal(ends[0], ends[1])
    assert not torch.equal(ends[0], ends[2])


def test_an_interrupted_run_goes_on_with_the_same_bits(digits: DataSet, tmp_path: Path) -> None:
    pixels, labels = flat(digits.train_images)[:60], torch.as_tensor(digits.train_labels)[:60]
    schedule = Schedule(2, 5, slower=(1,), hardness=0.01)
    plan, state = learner(pixels, (20, 10), "acff", copies=4)
    for epoch in range(2):
        learn_epoch(plan, state, schedule, epoch, pixels, labels)
        if not epoch:
            save_state(tmp_path / "state", state)
    again = load_state(tmp_path / "state", plan)
    learn_epoch(plan, again, schedule, 1, pixels, labels)
    assert again.gammas == state.gammas
    assert again.presentations == state.presentations == 240
    assert all(torch.equal(*pair) for pair in zip(again.weights, state.weights, strict=True))


def test_a_state_of_another_network_is_refused(digits: DataSet, tmp_path: Path) -> None:
    pixels = flat(digits.train_images)[:60]
    plan, state = learner(pixels, (20,), copies=4)
    other, _ = learner(pixels, (21,), copies=4)
    save_state(tmp_path / "state", state)
    with pytest.raises(RunError, match="not the state"):
        load_state(tmp_path / "state", other)
    save_state(tmp_path / "odd", LearnerState([state.weights[0] + 1], [0]))
    with pytest.raises(RunError, match="not the state"):
        load_state(tmp_path / "odd", plan)
    save_state(tmp_path / "gamma", LearnerState(state.weights, [400]))
    with pytest.raises(RunError, match="not the state"):
        load_state(tmp_path / "gamma", plan)


@pytest.mark.parametrize("variant", ["ff", "fcff", "acff"])
def test_digits_are_learned(digits: DataSet, variant: Variant) -> None:
    pixels, labels = flat(digits.train_images), torch.as_tensor(digits.train_labels)
    widths = (100,) if variant == "ff" else (100, 60)
    plan, state = learner(pixels, widths, variant, steps=12, copies=4)
    before = accuracy(plan, state, flat(digits.test_images), torch.as_tensor(digits.test_labels))
    for epoch in range(4):
        events = learn_epoch(plan, state, Schedule(4, 10, (2, 3)), epoch, pixels, labels)
    found = accuracy(plan, state, flat(digits.test_images), torch.as_tensor(digits.test_labels))
    assert before < 0.4
    assert found >= 0.8
    assert events.presentations == 2 * len(pixels)
    counts = events.per_image()
    assert 0 < counts["synapse_updates"] < 2 * sum(weight.numel() for weight in state.weights)
    assert counts["bus_broadcasts"] == {"ff": 2, "fcff": 8, "acff": 8}[variant]
    assert (state.gammas != [64] * len(widths)) == (variant != "fcff")


def test_bad_input_is_refused() -> None:
    plan = some_plan()
    with pytest.raises(ShapeError, match="as many"):
        learn_epoch(plan, start(plan), Schedule(1), 0, some_images(3), torch.zeros(2, dtype=torch.long))
    with pytest.raises(ConfigError, match="epochs = 0"):
        Schedule(0)
    with pytest.raises(ConfigError, match="hardness"):
        Schedule(1, hardness=float("nan"))
    with pytest.raises(ConfigError, match="goodness"):
        Modulator(3, 1, "cubed")  # type: ignore[arg-type]
    with pytest.raises(ShapeError, match="flat"):
        learner(torch.zeros(3, 4, 4, dtype=torch.uint8), (5,))


@pytest.mark.parametrize("hardness", [0.0, 0.5])
def test_events_are_counted_one_by_one(hardness: float) -> None:
    plan = some_plan(some_layer(8), some_layer(5, threshold_mantissa=60))
    plan_again, pixels, labels = plan, some_images(6), torch.arange(6) % 3
    state = start(plan)
    # weights do not move where nothing is learned: every presentation can be looked at again
    still = tuple(some_layer(each.neurons, threshold_mantissa=each.threshold_mantissa, rule=each.rule,
                             post=each.post.__class__(0)) for each in plan.layers)  # fmt: skip
    plan = some_plan(*still)
    events = learn_epoch(plan, state, Schedule(1, 6, hardness=hardness), 0, pixels, labels)
    assert events.presentations == 12
    assert events.synapse_updates == 0
    images = plan_again.images.spikes(pixels)
    spikes = updates = emitted = 0
    for wrong in [labels] if not hardness else [labels, *(torch.full((6,), k) for k in range(3))]:
        on = plan.images.labelled(images, wrong)
        first, second = present(plan, state, images, wrong[None])
        spikes += int(on.long().sum()) * 8
        emitted += int(first.long().sum())
        updates += 7 * 6 * 8
        if wrong is labels:
            spikes += int(first.long().sum()) * 5
            emitted += int(second.long().sum())
            updates += 7 * 6 * 5
    # the negative half shows labels that are drawn: it has as many input spikes, and neurons of its own
    assert events.neuron_updates_active + events.neuron_updates_inactive == updates + 7 * 6 * (8 + 5)
    assert events.spikes_emitted > emitted
    assert events.synaptic_events > spikes
    assert events.bus_broadcasts == 2 * 12


def test_learning_is_priced_where_a_synapse_update_is() -> None:
    counts = Counts({"synaptic_events": 1000.0, "synapse_updates": 100.0, "trace_updates": 10.0})
    priced = learning_energy(counts, [load_profile(name) for name in list_profiles()])
    assert {"loihi1-davies2018", "seneca"} <= set(priced)
    assert "odin" not in priced
    loihi = priced["loihi1-davies2018"]
    assert loihi.total_J.nominal == pytest.approx(1000 * 23.6e-12 + 100 * 120e-12, rel=0.5)
    assert [entry.count for entry in loihi.unpriced] == ["trace_updates"]
