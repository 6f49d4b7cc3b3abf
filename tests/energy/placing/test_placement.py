from __future__ import annotations

import dataclasses
import itertools
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neuroff.energy import load_profile
from neuroff.energy.placing.nearest import nearest_fit
from neuroff.energy.placing.placement import Placement, place, usual_weight_bit
from neuroff.energy.placing.resources import Shortfall
from neuroff.energy.placing.traffic import Traffic, traffic
from neuroff.energy.work import NetworkWork
from neuroff.errors import ConfigError
from tests.energy.networks import device, firing_networks, layer, mesh, network, wall


def homes(placement: Placement, layers: int) -> list[list[int]]:
    """Core of every neuron of every layer."""
    found = []
    for index in range(layers):
        mine = placement.slices.of(index)
        cores = [-1] * int(mine.neurons.sum())
        for core, start, count in zip(mine.core, mine.start, mine.neurons, strict=True):
            cores[start : start + count] = [int(core)] * int(count)
        found.append(cores)
    return found


limits = st.fixed_dictionaries(
    {},
    optional={
        "neurons_per_core": st.integers(1, 9).map(wall),
        "synapses_per_core": st.integers(12, 60).map(wall),
        "synapse_memory_per_core": st.integers(96, 500).map(lambda bit: {"value_bit": bit, "kind": "wall"}),
        "axons_in_per_core": st.integers(12, 40).map(wall),
        "cores_per_chip": st.integers(1, 12).map(wall),
        "neurons_per_chip": st.integers(1, 30).map(wall),
        "synapses_per_chip": st.integers(12, 90).map(wall),
    },
)


@settings(max_examples=150, deadline=None)
@given(firing_networks(), limits)
def test_every_neuron_has_one_core_and_no_limit_is_broken(work: NetworkWork, limited: dict[str, Any]) -> None:
    placement = place(work, device(limits=limited), weight_bit=8)
    assert placement.fits, [str(shortfall) for shortfall in placement.shortfalls]
    cores = homes(placement, len(work.layers))
    assert [len(of_layer) for of_layer in cores] == [entry.neurons for entry in work.layers]
    assert not any(-1 in of_layer for of_layer in cores)
    assert set(itertools.chain(*cores)) == set(range(placement.cores))
    chips = placement.sites.chip
    assert placement.chips == len(set(chips.tolist())) == chips.max() + 1

    def most(amount: dict[int, float]) -> float:
        return max(amount.values())

    neurons: dict[int, float] = {}
    synapses: dict[int, float] = {}
    axons: dict[int, float] = {}
    chip_neurons: dict[int, float] = {}
    chip_synapses: dict[int, float] = {}
    for entry, of_layer in zip(work.layers, cores, strict=True):
        for core in of_layer:
            chip = int(chips[core])
            neurons[core] = neurons.get(core, 0) + 1
            synapses[core] = synapses.get(core, 0) + entry.inputs
            chip_neurons[chip] = chip_neurons.get(chip, 0) + 1
            chip_synapses[chip] = chip_synapses.get(chip, 0) + entry.inputs
        for core in set(of_layer):
            axons[core] = axons.get(core, 0) + entry.inputs
    for name, amount in (
        ("neurons_per_core", neurons),
        ("synapses_per_core", synapses),
        ("axons_in_per_core", axons),
        ("neurons_per_chip", chip_neurons),
        ("synapses_per_chip", chip_synapses),
    ):
        if name in limited:
            assert most(amount) <= limited[name]["value_count"], name
    if "synapse_memory_per_core" in limited:
        assert 8 * most(synapses) <= limited["synapse_memory_per_core"]["value_bit"]
    if "cores_per_chip" in limited:
        assert max(np.bincount(chips)) <= limited["cores_per_chip"]["value_count"]
    assert all(0 < share <= 1 for share in placement.utilisation.values())


def test_without_limits_everything_is_on_one_core() -> None:
    placement = place(network(7, 5, 3), device())
    assert (placement.cores, placement.chips, placement.fits) == (1, 1, True)
    assert dict(placement.utilisation) == {}


def test_utilisation_is_what_is_taken_of_the_cores_in_use() -> None:
    placement = place(network(10, 6, 4), device(limits={"neurons_per_core": wall(5)}))
    assert placement.cores == 2
    assert placement.utilisation["neurons"] == pytest.approx(1.0)
    placement = place(
        network(10, 6), device(limits={"neurons_per_core": wall(4), "axons_in_per_core": wall(40)})
    )
    assert placement.utilisation == pytest.approx({"neurons": 6 / 8, "axons_in": 2 * 10 / 80})


@pytest.mark.parametrize(
    ("limited", "expected"),
    [
        ({"fan_in": wall(9)}, Shortfall("fan_in", "layer 1", 10, 9, "wall")),
        ({"fan_out": wall(5)}, Shortfall("fan_out", "layer 1", 6, 5, "wall")),
        ({"axons_in_per_core": wall(9)}, Shortfall("axons_in_per_core", "layer 1", 10, 9, "wall")),
        ({"synapses_per_core": wall(9)}, Shortfall("synapses_per_core", "layer 1", 10, 9, "wall")),
        ({"synapses_per_chip": wall(9)}, Shortfall("synapses_per_chip", "layer 1", 10, 9, "wall")),
        (
            {"synapse_memory_per_core": {"value_bit": 79, "kind": "wall"}},
            Shortfall("synapse_memory_per_core", "layer 1", 80, 79, "wall"),
        ),
    ],
)
def test_what_does_not_fit_says_what_it_needs(limited: dict[str, Any], expected: Shortfall) -> None:
    placement = place(network(10, 6), device(limits=limited), weight_bit=8)
    assert not placement.fits
    assert placement.shortfalls == (expected,)
    assert (placement.cores, placement.chips, len(placement.slices)) == (0, 0, 0)
    assert placement.to_dict()["shortfalls"] == [expected.to_dict()]
    assert f"needs {expected.needs:.0f}, has {expected.has:.0f}" in str(expected)


def test_too_few_chips_cores_or_axons() -> None:
    limited: dict[str, Any] = {"neurons_per_core": wall(2), "cores_per_chip": wall(2), "chips": wall(2)}
    short = place(network(3, 12), device(limits=limited)).shortfalls
    assert short == (
        Shortfall("neurons_per_core", "", 12, 8, "wall"),
        Shortfall("chips", "", 3, 2, "wall"),
    )
    lone = device(limits={"neurons_per_core": wall(8)}, topology={"kind": "single"})
    assert place(network(3, 12), lone).shortfalls == (
        Shortfall("neurons_per_core", "", 12, 8, "wall"),
        Shortfall("cores_per_chip", "", 2, 1, "wall"),
    )
    assert place(network(3, 8), lone).fits
    # Each neuron of the first layer sends to the four cores of the second: four axons each.
    sending: dict[str, Any] = {"neurons_per_core": wall(2), "axons_out_per_core": wall(3)}
    assert place(network(3, 2, 8), device(limits=sending)).shortfalls == (
        Shortfall("axons_out_per_core", "layer 1", 4, 3, "wall"),
    )
    shared = device(limits=sending, topology=mesh(4, 4, multicast=True))
    assert place(network(3, 2, 8), shared).fits  # one axon serves all cores


def test_axons_out_spread_a_layer_over_more_cores() -> None:
    limited = {"neurons_per_core": wall(4), "axons_out_per_core": wall(6)}
    placement = place(network(3, 8, 12), device(limits=limited))
    sending, receiving = homes(placement, 2)
    cores = len(set(receiving))
    assert cores == 3
    assert all(sending.count(core) * cores <= 6 for core in set(sending))


def test_a_budget_is_exceeded_without_a_wall() -> None:
    budget = {"axons_in_per_core": {"value_count": 9, "kind": "budget"}}
    placement = place(network(10, 6), device(limits=budget))
    assert placement.fits
    assert placement.shortfalls == (Shortfall("axons_in_per_core", "layer 1", 10, 9, "budget"),)
    # A budget that can be kept is kept, by taking more cores.
    kept = place(network(10, 6), device(limits={"neurons_per_core": {"value_count": 2, "kind": "budget"}}))
    assert (kept.cores, kept.shortfalls) == (3, ())


def test_weight_bits_come_from_the_device() -> None:
    assert usual_weight_bit(device()) == 8
    assert usual_weight_bit(device(limits={"weight_max_bit": 4})) == 4
    assert usual_weight_bit(device(limits={"weight_min_bit": 16})) == 16
    limited = device(limits={"weight_max_bit": 4})
    assert place(network(3, 2), limited).weight_bit == 4
    short = place(network(3, 2), limited, weight_bit=8).shortfalls
    assert short == (Shortfall("weight_max_bit", "", 8, 4, "wall"),)


def test_sparse_weights_take_an_index_each_and_fewer_axons() -> None:
    work = NetworkWork("sparse", (layer("a", 100, 16, fan_in=3),))
    assert work.layers[0].synapse_bits(8) == 8 + 4
    limited: dict[str, Any] = {"axons_in_per_core": wall(12)}
    assert place(work, device(limits=limited)).cores == 4  # 4 neurons with 3 inputs each
    memory: dict[str, Any] = {"synapse_memory_per_core": {"value_bit": 12 * 3 * 8, "kind": "wall"}}
    assert place(work, device(limits=memory)).cores == 2


def test_unknown_strategy() -> None:
    with pytest.raises(ConfigError, match="placement strategy: unknown choice 'best'"):
        place(network(3, 2), device(), strategy="best")  # type: ignore[arg-type]


# Traffic.


def by_packet(work: NetworkWork, placement: Placement, multicast: bool) -> dict[str, float]:
    """Send every packet on its own, hop by hop: first along x, then along y."""
    at, floor = placement.sites, placement.floor
    cores = homes(placement, len(work.layers))
    links: dict[tuple[int, int, int, int], float] = {}
    total = dict.fromkeys(("packets", "arrivals", "intra", "x", "y", "crossings"), 0.0)

    def travel(core: int, target: int) -> list[tuple[int, int, int, int]]:
        x, y, to_x, to_y = (int(v) for v in (at.x[core], at.y[core], at.x[target], at.y[target]))
        path = []
        while (x, y) != (to_x, to_y):
            step = (int(np.sign(to_x - x)), 0) if x != to_x else (0, int(np.sign(to_y - y)))
            path.append((x, y, x + step[0], y + step[1]))
            x, y = x + step[0], y + step[1]
        return path

    total["arrivals"] += work.layers[0].received[0] * len(set(cores[0]))
    for index, entry in enumerate(work.layers[:-1]):
        targets = sorted(set(cores[index + 1]))
        fired = entry.spikes_of or (entry.spikes[0] / entry.neurons,) * entry.neurons
        for core, spikes in zip(cores[index], fired, strict=True):
            paths = [travel(core, target) for target in targets]
            used = list(itertools.chain(*paths))
            total["packets"] += spikes * (1 if multicast else len(targets))
            total["arrivals"] += spikes * len(targets)
            total["intra"] += spikes * sum(not path for path in paths)
            for link in set(used) if multicast else used:
                links[link] = links.get(link, 0.0) + spikes
    for (x, y, to_x, to_y), load in links.items():
        total["x" if x != to_x else "y"] += load
        total["crossings"] += load * (
            (x // floor.tiles_x, y // floor.tiles_y) != (to_x // floor.tiles_x, to_y // floor.tiles_y)
        )
    along = {
        axis: [load for (x, _, to_x, _), load in links.items() if (x != to_x) == (axis == "x")]
        for axis in "xy"
    }
    return total | {"busiest_x": max(along["x"], default=0.0), "busiest_y": max(along["y"], default=0.0)}


def summary(moved: Traffic) -> dict[str, float]:
    return {
        "packets": moved.packets,
        "arrivals": moved.arrivals,
        "intra": moved.intra_tile,
        "x": moved.hops_x,
        "y": moved.hops_y,
        "crossings": moved.chip_crossings,
        "busiest_x": moved.busiest_x,
        "busiest_y": moved.busiest_y,
    }


@settings(max_examples=150, deadline=None)
@given(
    firing_networks(),
    st.integers(1, 4),
    st.integers(1, 3),
    st.integers(1, 2),
    st.integers(1, 4),
    st.booleans(),
    st.sampled_from(["row_major", "hop_minimising"]),
)
def test_traffic_equals_sending_packet_by_packet(
    work: NetworkWork, x: int, y: int, cores: int, neurons: int, multicast: bool, strategy: Any
) -> None:
    limited = {"neurons_per_core": wall(neurons), "cores_per_chip": wall(x * y * cores)}
    profile = device(limits=limited, topology=mesh(x, y, cores, multicast=multicast))
    placement = place(work, profile, strategy=strategy)
    sites = {*zip(*(getattr(placement.sites, k).tolist() for k in ("x", "y", "core")), strict=True)}
    assert len(sites) == placement.cores  # no two cores in one place
    moved = traffic(work, placement, profile.topology)
    assert summary(moved) == pytest.approx(by_packet(work, placement, multicast), rel=1e-9, abs=1e-9)
    assert sum(moved.sent_by) == pytest.approx(moved.packets)
    assert sum(moved.received_by) == pytest.approx(moved.arrivals)


@settings(max_examples=40, deadline=None)
@given(firing_networks(), st.integers(1, 3))
def test_a_better_placement_has_no_more_hops(work: NetworkWork, neurons: int) -> None:
    profile = device(limits={"neurons_per_core": wall(neurons)}, topology=mesh(4, 4, 2))
    hops = []
    for strategy in ("row_major", "hop_minimising"):
        placement = place(work, profile, strategy=strategy)
        moved = traffic(work, placement, profile.topology)
        hops.append(moved.hops_x + moved.hops_y)
        assert moved.packets == pytest.approx(
            sum(
                sum(entry.spikes) * len(set(of_next))
                for entry, of_next in zip(
                    work.layers[:-1], homes(placement, len(work.layers))[1:], strict=True
                )
            )
        )
    assert hops[1] <= hops[0] * (1 + 1e-9)


def test_hop_minimising_pays_on_a_long_chain() -> None:
    work = network(4, *(4,) * 16)
    profile = device(limits={"neurons_per_core": wall(4)}, topology=mesh(4, 4))
    hops = {}
    for strategy in ("row_major", "hop_minimising"):
        moved = traffic(work, place(work, profile, strategy=strategy), profile.topology)
        hops[strategy] = moved.hops_x + moved.hops_y
    assert hops["hop_minimising"] == 15 * 3  # every layer beside the next
    assert hops["row_major"] == 15 * 3 + 3 * 3 * 3


def test_a_torus_goes_the_shorter_way_round() -> None:
    work = network(2, 2, 2, 2, 2, spikes=5.0)
    limited = {"neurons_per_core": wall(2)}
    line = device(limits=limited, topology=mesh(4, 1))
    ring = device(limits=limited, topology=mesh(4, 1, kind="torus"))
    assert traffic(work, place(work, line), line.topology).hops_x == 15
    moved = traffic(work, place(work, ring), ring.topology)
    assert (moved.hops_x, moved.hops_y) == (15, 0)
    wide = network(2, 2, 6, spikes=5.0)  # one core to three others: 1, 2 and, round the ring, 1
    assert traffic(wide, place(wide, line), line.topology).hops_x == 5 * 6
    assert traffic(wide, place(wide, ring), ring.topology).hops_x == 5 * 4


def test_traffic_as_counts() -> None:
    work = network(2, 2, 4, spikes=5.0)
    profile = device(limits={"neurons_per_core": wall(2), "cores_per_chip": wall(2)}, topology=mesh(2, 1))
    moved = traffic(work, place(work, profile), profile.topology)
    assert moved.counts().to_dict() == {
        "packets": 10,  # to each of two cores
        "axon_lookups": 10 + 5,  # and what enters the first layer
        "intra_tile_packets": 0,
        "hops_x": 5 * (1 + 2),  # the next tile, and the first tile of the next chip
        "hops_y": 0,
        "router_bits": 32 * (10 + 15),
        "chip_link_bits": 32 * 5,
    }
    unknown = device(limits={"neurons_per_core": wall(2)})
    nowhere = traffic(work, place(work, unknown), unknown.topology).counts()
    assert nowhere["packets"] == 10
    assert nowhere["hops_x"] == nowhere["hops_y"] == 0
    assert "router_bits" not in nowhere


def test_sparse_layers_reach_the_cores_that_hold_a_target() -> None:
    """Random graphs with a fixed fan-out, packets counted one by one."""
    stream = np.random.default_rng(5)
    inputs, neurons, fan_out = 400, 60, 6
    reached = np.mean(
        [len({int(n) // 10 for n in stream.choice(neurons, fan_out, replace=False)}) for _ in range(4000)]
    )
    work = NetworkWork(
        "sparse",
        (
            layer("a", 10, inputs, spikes=100.0),
            layer("b", inputs, neurons, fan_in=inputs * fan_out // neurons),
        ),
    )
    profile = device(limits={"neurons_per_core": wall(10)})
    placement = place(work, profile)
    assert traffic(work, placement, None).packets == pytest.approx(100 * reached, rel=0.05)
    assert reached < 6


def test_loihi_takes_the_cores_that_its_memory_needs() -> None:
    """784-500-500 at 8 bit: 500 · 784 · 8 bit is three cores of 2²⁰ bit, 500 · 500 · 8 bit two more."""
    placement = place(network(784, 500, 500), load_profile("loihi1-davies2018"))
    assert (placement.cores, placement.chips, placement.tiles) == (5, 1, 2)
    assert placement.utilisation["synapse_bit"] == pytest.approx(500 * 1284 * 8 / (5 * 2**20))
    assert not place(network(784, 500, 500), load_profile("truenorth-marginal")).fits


def convolution(weights: int | None) -> NetworkWork:
    """A hundred places of four channels that see nine inputs each."""
    seen = dataclasses.replace(layer("conv", 100, 400, fan_in=9), weight_format="dense", weights=weights)
    return NetworkWork("conv", (seen,))


@pytest.mark.parametrize(
    ("sharing", "weights", "cores"), [("conv", 36, 1), ("none", 36, 8), ("conv", None, 8)]
)
def test_a_core_keeps_a_kernel_once_where_the_device_shares(
    sharing: str, weights: int | None, cores: int
) -> None:
    memory = {"value_bit": 50 * 9 * 8, "kind": "wall"}  # of fifty neurons whose weights are their own
    limited = {"synapse_memory_per_core": memory, "weight_sharing": sharing}
    placement = place(convolution(weights), device(limits=limited), weight_bit=8)
    assert placement.cores == cores
    assert placement.utilisation["synapse_bit"] == pytest.approx(36 / 450 if cores == 1 else 1.0)


def test_a_core_without_room_for_a_kernel_takes_what_fits() -> None:
    memory = {"value_bit": 3 * 9 * 8, "kind": "wall"}
    limited = {"synapse_memory_per_core": memory, "weight_sharing": "conv"}
    placement = place(convolution(36), device(limits=limited), weight_bit=8)
    assert placement.cores == 134


def test_networks_of_more_cores_than_any_machine_has_are_counted_and_not_placed() -> None:
    endless = device(limits={"neurons_per_core": wall(1000)})
    placed = place(NetworkWork("wide", (layer("a", 1, 10**12),)), endless)
    assert not placed.fits
    assert [str(each) for each in placed.shortfalls] == ["cores: needs 1,000,000,000, has 1,048,576"]
    assert place(NetworkWork("few", (layer("a", 1, 10**6),)), endless).cores == 1000


def test_what_would_fit_of_convolutions_is_said_in_their_words() -> None:
    small = device(limits={"neurons_per_core": wall(10), "cores_per_chip": wall(2), "chips": wall(1)})
    assert not place(convolution(36), small).fits
    assert nearest_fit(convolution(36), small, 8) == (
        "network.layers with fewer channels, a larger stride or pool"
    )
    assert nearest_fit(network(100, 400, 50), small, 8).startswith("widths=")
