"""One change at a time, and what it does."""

from __future__ import annotations

import math

import pytest

from neuroff.energy import list_profiles, load_profile
from neuroff.energy.pricing.deployment import deploy
from neuroff.energy.pricing.what_if import CHANGES, what_ifs, with_steps
from neuroff.energy.work import LayerWork, NetworkWork


def work(steps: int = 4) -> NetworkWork:
    def layer(name: str, inputs: int, neurons: int, each: float) -> LayerWork:
        return LayerWork(
            name,
            inputs,
            neurons,
            inputs * neurons,
            received=(each,) * steps,
            events=(each * neurons,) * steps,
            zero_events=(each,) * steps,
            spikes=(2.0,) * steps,
            active=(float(neurons),) * steps,
            spikes_of=(2.0 * steps / neurons,) * neurons,
        )

    layers = (layer("a", 20, 10, 3.0), layer("b", 10, 5, 2.0))
    return NetworkWork("n", layers, steps, arrows=((0, 1), (1, 1)), outside=(3.0 * steps, 0.0))


def test_twice_the_steps_is_twice_the_work() -> None:
    assert with_steps(work(), 2).counts() == work(8).counts() == work().counts() * 2
    assert with_steps(work(), 2).entering == work(8).entering


@pytest.mark.parametrize("name", list_profiles())
def test_changes_move_the_energy_the_right_way(name: str) -> None:
    profile = load_profile(name)
    base = deploy(work(), profile, weight_bit=8)
    if base.estimate is None:
        return
    found = {each.change: each.placed for each in what_ifs(work(), profile, 8)}
    fewer, longer = found["firing rates × 0.5"].estimate, found["steps × 2"].estimate
    assert fewer is not None
    assert longer is not None
    assert fewer.total_J.nominal <= base.estimate.total_J.nominal
    assert longer.total_J.nominal == pytest.approx(2 * base.estimate.total_J.nominal)
    assert math.isfinite(longer.total_J.high)
    limits = profile.limits
    least = limits.weight_min_bit if limits is not None else None
    assert ("weights of half the bits" in found) == (least is None or least <= 4)
    assert set(found) <= set(CHANGES)
