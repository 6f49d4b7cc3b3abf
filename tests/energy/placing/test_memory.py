from __future__ import annotations

from typing import Any

import pytest

from neuroff.energy import Counts, load_profile
from neuroff.energy.placing.memory import NumberBits, data_traffic, memory_use
from neuroff.energy.pricing.deployment import deploy
from neuroff.energy.profile.coefficients import MemoryLevel
from neuroff.energy.work import LayerWork, NetworkWork
from tests.energy.networks import network

BITS = NumberBits(weight=4, state=16, value=8)


def test_a_spiking_layer_access_by_access() -> None:
    """Every access of a forward pass done one by one (Lemaire et al. 2022, fully connected)."""
    inputs, neurons, steps, shown = 5, 3, 4, 2
    spikes_in, spikes_out = 7, 6
    reads = {"weights": 0, "state": 0, "messages": 0}
    writes = dict.fromkeys(reads, 0)
    for _ in range(spikes_in):
        reads["messages"] += 3  # an address of 5 inputs has 3 bits
        for _ in range(neurons):
            reads["weights"] += BITS.weight
            reads["state"] += BITS.state
            writes["state"] += BITS.state
    for _ in range(neurons * steps * shown):
        reads["state"] += 2 * BITS.state  # bias and potential
        writes["state"] += BITS.state
    for _ in range(spikes_out):
        writes["messages"] += 2  # an address of 3 neurons
    layer = LayerWork(
        "a", inputs, neurons, inputs * neurons,
        received=(float(spikes_in),), events=(float(spikes_in * neurons),), zero_events=(0.0,),
        spikes=(float(spikes_out),), active=(1.0,),
    )  # fmt: skip
    found = data_traffic(NetworkWork("one", (layer,), steps, shown), BITS)
    assert {entry.kind: entry.reads_bit for entry in found} == reads
    assert {entry.kind: entry.writes_bit for entry in found} == writes
    assert [entry.size_bit for entry in found] == [15 * 4, 3 * 2 * 16, max(5 * 3, 3 * 2)]


def test_a_dense_layer_and_a_constant_current() -> None:
    dense = LayerWork("a", 5, 3, 15, spiking=False, products=30.0)
    weights, state, messages = data_traffic(NetworkWork("one", (dense,), 1, 2), BITS)
    assert (weights.reads_bit, weights.writes_bit) == (30 * 4, 0)
    assert (state.reads_bit, state.writes_bit) == (3 * 2 * 16, 0)  # the bias
    assert (messages.reads_bit, messages.writes_bit) == (5 * 2 * 8, 3 * 2 * 8)
    current = LayerWork("a", 5, 3, 15, products=30.0, spikes=(4.0,), active=(6.0,))
    weights, state, messages = data_traffic(NetworkWork("one", (current,), 4, 2), BITS)
    updates = 3 * 4 * 2
    assert weights.reads_bit == 30 * 4
    assert state.reads_bit == 2 * updates * 16  # the kept current stands in place of the bias
    assert state.writes_bit == (updates + 3 * 2) * 16
    assert messages.reads_bit == 5 * 2 * 8


def levels(*sizes: int | None) -> tuple[MemoryLevel, ...]:
    return tuple(
        MemoryLevel(name=f"level{number}", size_B=size, access_width_bit=64)
        for number, size in enumerate(sizes, start=1)
    )


def test_data_live_in_the_closest_level_that_holds_them() -> None:
    traffic = data_traffic(network(16, 8, spikes=2.0), NumberBits(8, 8, 8))
    sizes = {entry.kind: entry.size_bit / 8 for entry in traffic}
    assert sizes == {"weights": 128, "state": 16, "messages": 8}
    use = memory_use(traffic, levels(16, 64, 1000))
    assert dict(use.homes) == {"weights": "level3", "state": "level1", "messages": "level1"}
    assert use.counts["mem_reads_bit_level3"] == traffic[0].reads_bit
    assert use.counts["mem_reads_bit_level1"] == traffic[1].reads_bit + traffic[2].reads_bit
    assert "mem_reads_bit_level2" not in use.counts
    assert use.too_large == ()


def test_data_that_no_level_holds_or_that_cores_share() -> None:
    traffic = data_traffic(network(16, 8, spikes=2.0), NumberBits(8, 8, 8))
    full = memory_use(traffic, levels(8, 64))
    assert full.too_large == ("weights",)
    assert dict(full.homes)["weights"] == "level2"
    assert memory_use(traffic, levels(8, 64, None)).too_large == ()
    spread = memory_use(traffic, levels(16, 64, 1000), cores=8)
    assert set(dict(spread.homes).values()) == {"level1"}
    assert memory_use(traffic, ()).counts == Counts()


def test_a_generic_process_prices_arithmetic_and_memory() -> None:
    work = network(784, 500, spikes=50.0)
    deployed = deploy(work, load_profile("generic-horowitz45"))
    assert deployed.memory is not None
    homes: dict[str, Any] = dict(deployed.memory.homes)
    assert homes["weights"] == "sram_1m"  # 392 kB
    assert homes["state"] == "sram_8k"  # two numbers of 32 bit for each of 500 neurons
    assert deployed.estimate is not None
    terms = deployed.estimate.terms_J
    assert terms["memory.sram_1m.read"].nominal == pytest.approx(50 * 500 * 8 / 64 * 100e-12)
    assert terms["memory.sram_1m.read"].nominal > terms["synop"].nominal  # memory costs more than adding


def test_shared_weights_are_kept_once_where_they_are_shared() -> None:
    layer = LayerWork("a", 100, 400, 3600, spiking=False, products=3600.0, weights=36)
    work = NetworkWork("one", (layer,))
    assert data_traffic(work, BITS)[0].size_bit == 3600 * 4
    once = data_traffic(work, BITS, shared=True)[0]
    assert once.size_bit == 36 * 4
    assert once.reads_bit == 3600 * 4
