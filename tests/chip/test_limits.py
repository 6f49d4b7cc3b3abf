from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import torch

from neuroff.chip.bits import BitsPoint, accuracy_over_bits
from neuroff.chip.deploy import chip_accuracy, deploy, events
from neuroff.chip.limits import chip_work, number_shortfalls, place_on, require_fit
from neuroff.chip.network import at_start, run
from neuroff.chip.quantise import quantise
from neuroff.config.build import build_plan
from neuroff.energy import Profile, load_profile
from neuroff.energy.profile.chip import CountLimit
from neuroff.errors import ExportError, ShapeError
from tests.chip.conftest import Trained
from tests.narrow import present
from tests.samples import all_labels


@pytest.fixture(scope="module")
def loihi() -> Profile:
    return load_profile("loihi1-davies2018")


def with_limits(profile: Profile, **changed: Any) -> Profile:
    assert profile.limits is not None
    return profile.model_copy(update={"limits": profile.limits.model_copy(update=changed)})


def test_work_is_what_the_emulator_did(trained: Trained) -> None:
    deployment, inputs = trained.deployment, trained.split.test.head(7)
    work = chip_work(deployment, inputs)
    signal = inputs.stimulus(slice(None), "predict", 0)
    sent = events(deployment, signal, all_labels(10, signal))
    steps = list(run(deployment.chip, sent, 70))
    assert (work.steps, work.presentations) == (deployment.length, 10)
    first, second = work.layers
    volley = float(present(sent[0]).ne(0).sum()) / 7
    assert first.received == pytest.approx((volley, *[0.0] * 9))
    assert first.events == pytest.approx((volley * 60, *[0.0] * 9))
    per_step = [float(taken.spikes[0].sum()) / 7 for taken in steps]
    assert first.spikes == pytest.approx(per_step)
    assert second.received == pytest.approx(per_step)
    assert sum(present(second.spikes_of)) == pytest.approx(sum(second.spikes))
    assert 0 <= sum(second.zero_events) < 0.2 * sum(second.events)
    assert all(0 <= active <= 10 * 40 for active in second.active)
    neurons = deployment.chip.layers[1].neurons
    idle = neurons.bias.eq(0) & neurons.start_voltage.eq(0)
    assert second.active[0] == 10 * (40 - int(idle.sum()))
    by_hand = 0.0
    for taken in steps:
        by_hand += (
            float((taken.spikes[0] @ deployment.chip.layers[1].synapses.weight.eq(0).sum(0).int()).sum()) / 7
        )
    assert sum(second.zero_events) == pytest.approx(by_hand)


def test_fewer_bits_need_less_memory(trained: Trained, loihi: Profile) -> None:
    work = chip_work(trained.deployment, trained.split.test.head(2))
    wide = place_on(trained.deployment, work, loihi)
    narrow = deploy(quantise(trained.network, trained.split.train, bits=2, images=30))
    assert wide.fits
    assert require_fit(trained.deployment, work, loihi).cores == wide.cores
    tight = place_on(narrow, chip_work(narrow, trained.split.test.head(2)), loihi)
    share = "synapse_bit"
    assert tight.utilisation[share] == pytest.approx(wide.utilisation[share] / 4)


def test_what_does_not_fit_is_refused_by_name(trained: Trained, loihi: Profile) -> None:
    deployment = trained.deployment
    work = chip_work(deployment, trained.split.test.head(2))
    crowded = with_limits(loihi, axons_in_per_core=CountLimit(value_count=10, kind="wall"))
    with pytest.raises(ExportError, match="axons_in_per_core"):
        require_fit(deployment, work, crowded)
    narrow = with_limits(loihi, weight_max_bit=4, state_bit=16)
    assert [each.what for each in number_shortfalls(deployment, narrow)] == [
        "weight_max_bit",
        "weight_max_bit",
        "state_bit",
    ]
    with pytest.raises(ExportError, match="state_bit: needs 24, has 16"):
        require_fit(deployment, work, narrow)


def test_delays_are_checked(trained: Trained, loihi: Profile) -> None:
    deployment = trained.deployment
    first = deployment.chip.layers[0]
    late = replace(first, synapses=replace(first.synapses, delays=torch.full((first.synapses.axons,), 40)))
    slow = replace(deployment, chip=replace(deployment.chip, layers=(late, deployment.chip.layers[1])))
    assert number_shortfalls(slow, loihi) == ()
    short = with_limits(loihi, delay_steps=CountLimit(value_count=30, kind="wall"))
    (shortfall,) = number_shortfalls(slow, short)
    assert (shortfall.what, shortfall.layer, shortfall.needs) == ("delay_steps", "layer 1", 40)
    assert number_shortfalls(deployment, short) == ()


def test_no_images_are_refused(trained: Trained) -> None:
    with pytest.raises(ShapeError, match="no images"):
        chip_work(trained.deployment, trained.split.test.head(0))


def test_a_sweep_over_bits_has_a_point_for_each(trained: Trained) -> None:
    split = replace(trained.split, test=trained.split.test.head(60))
    told: list[BitsPoint] = []
    points = accuracy_over_bits(
        trained.network, build_plan(trained.config), split, (8, 2), measured=told.append
    )
    assert tuple(told) == points
    assert [point.bits for point in points] == [8, 2]
    assert all(point.tuned == point.rounded for point in points)
    expected = chip_accuracy(deploy(quantise(trained.network, split.train, bits=8)), split.test)
    assert points[0].rounded == expected
    assert points[0].rounded > points[1].rounded


def test_what_is_left_of_a_potential_makes_an_update_active(trained: Trained) -> None:
    """Every neuron and step by hand: bias, current, potential, arriving spike or firing."""
    deployment, inputs = trained.deployment, trained.split.test.head(3)
    layers = tuple(
        replace(
            layer,
            neurons=replace(
                layer.neurons,
                bias_mantissa=torch.where(torch.arange(layer.neurons.count) % 2 == 0, 0, 5).int(),
                start_voltage=torch.zeros(layer.neurons.count, dtype=torch.int32),
            ),
        )
        for layer in deployment.chip.layers
    )
    plain = replace(deployment, chip=replace(deployment.chip, layers=layers))
    signal = inputs.stimulus(slice(None), "predict", 0)
    sent = events(plain, signal, all_labels(10, signal))
    steps = list(run(plain.chip, sent, 30))
    states = [at_start(plain.chip, 30), *(taken.state for taken in steps)]
    found = chip_work(plain, inputs)
    for index, layer in enumerate(layers):
        for t, taken in enumerate(steps):
            before = states[t].neurons[index]
            came = None if t == 0 else sent[t - 1] if index == 0 else steps[t - 1].spikes[index - 1]
            busy = before.voltage.ne(0) | layer.neurons.bias.ne(0) | taken.spikes[index].ne(0)
            if came is not None:
                busy |= came.ne(0).any(1)[:, None]
            if layer.neurons.current_decay != 4095:
                busy |= before.current.ne(0)
            assert found.layers[index].active[t] == pytest.approx(float(busy.sum()) / 3)
        assert min(found.layers[index].active) < max(found.layers[index].active)
