from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neuroff.energy import Profile, estimate
from neuroff.energy.placing.placement import place
from neuroff.energy.placing.traffic import traffic
from neuroff.energy.pricing.deployment import deploy
from neuroff.energy.pricing.latency import Latency, barrier, latency
from neuroff.energy.profile.chip import BarrierPoint
from neuroff.energy.work import LayerWork, NetworkWork
from tests.energy.networks import device, firing_networks, layer, mesh, network, wall

TIMES: dict[str, Any] = {
    "synop_s": 2e-9,
    "neuron_update_active_s": 5e-9,
    "neuron_update_inactive_s": 3e-9,
}


def timed(work: NetworkWork, profile: Profile) -> Latency:
    placement = place(work, profile)
    found = latency(work, placement, traffic(work, placement, profile.topology), profile)
    assert found is not None
    return found


def test_one_core_by_hand() -> None:
    """7 spikes meet 4 neurons, 3 meet 2; half of the neurons are active; 5 steps of 3 presentations."""
    work = NetworkWork(
        "test",
        (
            layer("a", 10, 4, spikes=3.0, received=7.0, steps=5),
            layer("b", 4, 2, spikes=1.0, received=3.0, steps=5),
        ),
        steps=5,
        presentations=3.0,
    )
    found = timed(work, device(time=TIMES))
    # Amounts are per sample, so a step of one presentation has a third of them.
    per_step = ((7 * 4 + 3 * 2) * 2e-9 + 3 * 5e-9) / 3 + (6 - 1) * 3e-9
    assert found.step_s == pytest.approx(per_step, rel=1e-12)
    assert found.sample_s == pytest.approx(15 * per_step, rel=1e-12)
    assert (found.link_s, found.barrier_s, found.realtime, found.missed) == (0, 0, False, ())
    assert not found.is_lower_bound


@settings(max_examples=60, deadline=None)
@given(firing_networks(), st.integers(1, 4))
def test_the_slowest_core_sets_the_pace(work: NetworkWork, neurons: int) -> None:
    """Against every core's busy time, added up neuron by neuron."""
    times = TIMES | {"packet_out_s": 7e-9, "axon_lookup_s": 11e-9, "spike_emit_s": 13e-9}
    profile = device(time=times, limits={"neurons_per_core": wall(neurons)}, topology=mesh(3, 3))
    placement = place(work, profile)
    busy = np.zeros(placement.cores)
    cores = [placement.slices.of(index) for index in range(len(work.layers))]
    for index, (entry, mine) in enumerate(zip(work.layers, cores, strict=True)):
        reached = len(set(cores[index + 1].core.tolist())) if index + 1 < len(cores) else 0
        assert entry.spikes_of is not None
        for core, start, count in zip(mine.core, mine.start, mine.neurons, strict=True):
            share = count / entry.neurons
            busy[core] += entry.events[0] * share * 2e-9
            busy[core] += entry.active[0] * share * 5e-9 + (count - entry.active[0] * share) * 3e-9
            busy[core] += entry.spikes[0] * share * 13e-9
            busy[core] += sum(entry.spikes_of[start : start + count]) * reached * 7e-9
            busy[core] += (
                entry.received[0] * 11e-9 if index == 0 else sum(work.layers[index - 1].spikes) * 11e-9
            )
    found = timed(work, profile)
    assert found.core_s == pytest.approx(busy.max(), rel=1e-9)
    assert busy[found.slowest_core] == pytest.approx(busy.max(), rel=1e-9)
    assert found.step_s == pytest.approx(max(found.core_s, found.link_s) + found.barrier_s)


def test_the_busiest_link_can_be_slower_than_every_core() -> None:
    times = TIMES | {"hop_x_s": 1e-3, "hop_y_s": 2e-3}
    profile = device(time=times, limits={"neurons_per_core": wall(2)}, topology=mesh(2, 2))
    found = timed(network(2, 2, 2, spikes=6.0), profile)
    assert found.link_s == pytest.approx(6e-3)
    assert found.step_s == pytest.approx(6e-3)
    without = device(time=TIMES, limits={"neurons_per_core": wall(2)}, topology=mesh(2, 2))
    assert timed(network(2, 2, 2, spikes=6.0), without).untimed == ("hops_x",)


def test_steps_are_as_long_as_their_own_activity() -> None:
    busy = LayerWork(
        "a", 2, 2, 4, received=(0.0, 8.0), events=(0.0, 16.0), zero_events=(0.0, 0.0), spikes=(0.0, 2.0),
        active=(0.0, 2.0),
    )  # fmt: skip
    found = timed(NetworkWork("test", (busy,), 2), device(time=TIMES))
    steps = (2 * 3e-9, 16 * 2e-9 + 2 * 5e-9)
    assert found.sample_s == pytest.approx(sum(steps))
    assert found.step_s == pytest.approx(max(steps))


def test_barrier_between_and_beyond_its_points() -> None:
    points = (BarrierPoint(tiles_count=32, time_s=465e-9), BarrierPoint(tiles_count=1, time_s=113e-9))
    assert barrier((), 7) == 0
    assert barrier(points, 1) == pytest.approx(113e-9)
    assert barrier(points, 1000) == pytest.approx(465e-9)
    assert barrier(points, 16) == pytest.approx(113e-9 + (465 - 113) * 1e-9 * 15 / 31)


def test_steps_tied_to_wall_time_and_deadlines_missed() -> None:
    work = network(100, 50, spikes=10.0, steps=4, presentations=2.0)
    relaxed = timed(work, device(time=TIMES | {"realtime_step_s": 1e-3}))
    assert relaxed.sample_s == pytest.approx(8e-3)
    assert (relaxed.realtime, relaxed.missed) == (True, ())
    rushed = device(time=TIMES | {"realtime_step_s": 1e-9})
    found = timed(work, rushed)
    (miss,) = found.missed
    assert (miss.what, miss.kind, miss.has) == ("realtime_step_s", "budget", 1e-9)
    assert miss.needs == pytest.approx(found.core_s)
    assert found.step_s == pytest.approx(found.core_s)
    deployed = deploy(work, rushed)
    assert deployed.fits
    assert deployed.missed == (miss,)
    only = timed(work, device(time={"realtime_step_s": 1e-3}))
    assert only.sample_s == pytest.approx(8e-3)
    assert "synaptic_events_dense" in only.untimed


def test_times_that_are_not_known() -> None:
    work = network(5, 4)
    placement = place(work, device())
    assert latency(work, placement, traffic(work, placement, None), device()) is None
    nothing = timed(work, device(time={}))
    assert (nothing.sample_s, nothing.step_s) == (None, None)
    some = timed(work, device(time={"synop_s": 1e-9}))
    assert some.sample_s == pytest.approx(12e-9)
    assert set(some.untimed) == {"neuron_updates_active", "neuron_updates_inactive"}
    assert some.is_lower_bound
    analog = LayerWork("a", 5, 4, 20, spiking=False, products=20.0)
    assert "macs" in timed(NetworkWork("dense", (analog,)), device(time=TIMES)).untimed
    formats = {"synop_dense_s": 2e-9, "synop_sparse_s": 3e-9}
    for fan_in, seconds in ((None, 2e-9 * 12), (5, 3e-9 * 12)):
        entry = layer("a", 5, 4, fan_in=fan_in)
        assert timed(NetworkWork("one", (entry,)), device(time=formats)).core_s == pytest.approx(seconds)


STATIC: dict[str, Any] = {
    "chip": {"value_W": 2.0, "evidence": "measured", "source": "lab"},
    "core_on": {"value_W": 0.5, "evidence": "measured", "source": "lab"},
    "core_idle": {"value_W": 0.25, "evidence": "measured", "source": "lab"},
}


def test_static_energy_is_power_times_time() -> None:
    work = network(10, 6, spikes=5.0)
    profile = device(
        time={"realtime_step_s": 0.1},
        limits={"neurons_per_core": wall(2), "cores_per_chip": wall(2)},
        static=STATIC,
    )
    deployed = deploy(work, profile)
    assert deployed.placement.cores == 3
    assert deployed.counts["chip_seconds"] == pytest.approx(0.2)
    assert deployed.counts["core_seconds_on"] == pytest.approx(0.3)
    assert deployed.counts["core_seconds_idle"] == pytest.approx(0.1)
    assert deployed.estimate is not None
    static = 0.1 * (2 * 2.0 + 3 * 0.5 + 1 * 0.25)
    dynamic = 30 * 1e-12
    assert deployed.estimate.total_J.nominal == pytest.approx(static + dynamic)
    assert deployed.static_share == pytest.approx(static / (static + dynamic))
    assert deployed.energy_delay_Js is not None
    assert deployed.energy_delay_Js.nominal == pytest.approx((static + dynamic) * 0.1)
    assert deployed.latency_s == pytest.approx(0.1)


def test_no_static_share_where_there_is_none() -> None:
    work = network(10, 6)
    assert deploy(work, device(time=TIMES)).static_share is None
    assert deploy(work, device(static=STATIC)).static_share is None  # no time was counted
    assert deploy(work, device(static=STATIC)).energy_delay_Js is None


def test_what_does_not_fit_is_not_priced() -> None:
    deployed = deploy(network(10, 6), device(limits={"fan_in": wall(9)}, time=TIMES))
    assert not deployed.fits
    assert (deployed.estimate, deployed.traffic, deployed.latency, deployed.latency_s) == (None,) * 4
    assert deployed.counts == network(10, 6).counts()
    plain = deployed.to_dict()
    assert plain["fits"] is False
    assert plain["estimate"] is None
    assert plain["placement"]["shortfalls"][0]["needs"] == 10


def test_learning_takes_time_and_energy() -> None:
    plain = network(10, 6)
    work = replace(plain, layers=(replace(plain.layers[0], updates=100.0),))
    profile = device(time=TIMES | {"synapse_update_s": 1e-9})
    before, after = deploy(plain, profile), deploy(work, profile)
    assert before.latency_s is not None
    assert after.latency_s == pytest.approx(before.latency_s + 100e-9)
    assert after.counts["synapse_updates"] == 100
    assert after.estimate is not None
    assert "synapse_updates" in {entry.count for entry in after.estimate.unpriced}


def test_deployment_prices_the_sum_of_everything_counted() -> None:
    work = network(10, 6, 4, spikes=5.0)
    profile = device(limits={"neurons_per_core": wall(3)}, topology=mesh(2, 2), time=TIMES)
    deployed = deploy(work, profile)
    assert deployed.traffic is not None
    assert deployed.estimate == estimate(deployed.counts, profile)
    for name, amount in deployed.traffic.counts().to_dict().items():
        assert deployed.counts[name] == amount
    assert deployed.to_dict()["traffic"]["hops_per_packet"] > 0
