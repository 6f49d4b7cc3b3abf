"""The shipped figures, written out once more from the literature, in picojoules, watts and counts."""

from __future__ import annotations

from typing import Any

import pytest

from neuroff.energy import Profile, coefficients, list_profiles, load_profile
from neuroff.energy.profile.chip import BitLimit, CountLimit

Triple = tuple[float, float, float]

PJ: dict[str, dict[str, float | Triple]] = {
    "loihi1-davies2018": {
        "synop": (23.6, 23.6, 35.5),
        "neuron_update_active": 81,
        "neuron_update_inactive": 52,
        "intra_tile_packet": 1.7,
        "hop_x": 3.0,
        "hop_y": (4.0, 4.0, 4.2),
        "learning.synapse_update": 120,
    },
    "loihi1-sanafe": {
        "synop_dense": 35.5,
        "synop_zero_weight": 35.5,
        "synop_sparse": 33.6,
        "synop_conv": 24.0,
        "neuron_update_active": 51.2 + 21.6,
        "neuron_update_inactive": 51.2,
        "spike_emit": 69.3,
        "packet_out": 111,
        "hop_x": 3.0,
        "hop_y": (4.0, 4.2, 4.2),
    },
    "loihi2": {},
    "truenorth-marginal": {"synop": (2.297, 2.297, 2.5), "chip_link": 26},
    "spinnaker1-spinnmachine": {"router_bit": 25},
    "spinnaker1-allin": {"synop": (8e3, 43e3, 110e3)},
    "spinnaker2": {
        "synop": (10, 450, 450),
        "neuron_update_active": 2190,
        "neuron_update_inactive": 2190,
    },
    "odin": {"synop": 8.43},
    "morphic": {"synop": (30, 30, 65)},
    "reckon": {"synop": 5.3},
    "darwin3": {"synop": 5.47},
    "tianjic": {"synop": 1.54},
    "seneca": {
        "synop": 2.8,
        "add_float16": 1.4,
        "mul_float16": 1.4,
        "mac_float16": 2.8,
        "add_int8": 0.6,
        "mul_int8": 0.6,
        "mac_int8": 1.2,
        "packet_out": 2,
        "spike_emit": (1.1, 1.1, 1.6),
        "learning.synapse_update": (15.5, 15.5, 22.9),
        "memory.data_sram.read": 3.7 / 16,
        "memory.data_sram.write": 3.9 / 16,
    },
    "xylo-a2": {},
    "speck": {},
    "sne": {"synop": 0.221},
    "brainscales2": {},
    "akida1000": {},
    "generic-horowitz45": {
        "add_int8": 0.03,
        "add_int16": 0.05,
        "add_int32": 0.1,
        "add_float16": 0.4,
        "add_float32": 0.9,
        "mul_int8": 0.2,
        "mul_int32": 3.1,
        "mul_float16": 1.1,
        "mul_float32": 3.7,
        "mac_int8": (0.23, 0.23, 0.3),
        "mac_int32": 3.2,
        "mac_float16": 1.5,
        "mac_float32": 4.6,
        "synop": 0.9,
        "neuron_update_active": (4.6, 4.6, 6.4),
        "neuron_update_inactive": (3.7, 3.7, 4.6),
        "memory.sram_8k.read": 10 / 64,
        "memory.sram_32k.read": 20 / 64,
        "memory.sram_1m.read": 100 / 64,
        "memory.dram.read": (1300 / 64, 1950 / 64, 2600 / 64),
    },
    "generic-jouppi7": {
        "add_int8": 0.007,
        "add_int32": 0.03,
        "add_float16": 0.16,
        "add_bfloat16": 0.11,
        "add_float32": 0.38,
        "mul_int8": 0.07,
        "mul_int32": 1.48,
        "mul_float16": 0.34,
        "mul_bfloat16": 0.21,
        "mul_float32": 1.31,
        "mac_int8": (0.077, 0.1, 0.1),
        "mac_int32": 1.51,
        "mac_float16": 0.5,
        "mac_bfloat16": 0.32,
        "mac_float32": 1.69,
        "synop": (0.03, 0.38, 0.38),
        "neuron_update_active": (1.69, 1.69, 2.45),
        "neuron_update_inactive": (1.31, 1.31, 1.69),
        "memory.sram_8k.read": 7.5 / 64,
        "memory.sram_32k.read": 8.5 / 64,
        "memory.sram_1m.read": 14 / 64,
        "memory.hbm2.read": (250 / 64, 350 / 64, 450 / 64),
    },
    "cpu-degnan2016": dict.fromkeys(
        ("mac_float32", "synop", "neuron_update_active", "neuron_update_inactive"), (8600, 8600, 36_000)
    ),
    "cpu-blouw2018": {"mac_float32": 36_600},
    "gpu-blouw2018": {"mac_float32": 172_000},
    "jetson-tx1-blouw2018": {"mac_float32": 32_300},
    "cortex-m4-apollo3": {"mac_int8": 71},
    "cortex-m7-stm32f7": {},
}
WATT: dict[str, dict[str, float | Triple]] = {
    "loihi1-davies2018": {"chip": (0.029, 0.1044, 0.1044)},
    "loihi1-sanafe": {"chip": (0.029, 0.1044, 0.1044)},
    "loihi2": {"chip": (0.232, 0.232, 0.2818)},
    "truenorth-marginal": {"chip": 64.43e-3},
    "spinnaker1-spinnmachine": {"chip": (0.35, 0.35, 0.36), "core_on": 34e-3},
    "odin": {"chip": 27.3e-6, "clock": 1.78e-6 * 75},
    "xylo-a2": {"chip": 219e-6},
    "speck": {"chip": 0.42e-3},
    "cpu-blouw2018": {"chip": 17.01},
    "gpu-blouw2018": {"chip": 14.97},
    "jetson-tx1-blouw2018": {"chip": 2.64},
}
LIMITS: dict[str, dict[str, int]] = {
    "loihi1-davies2018": {
        "neurons_per_core": 1024,
        "cores_per_chip": 128,
        "synapse_memory_per_core": 16384 * 64,
        "axons_in_per_core": 4096,
        "axons_out_per_core": 4096,
        "weight_max_bit": 9,
    },
    "loihi1-sanafe": {"neurons_per_core": 1024, "cores_per_chip": 128, "synapse_memory_per_core": 128 * 8192},
    "loihi2": {"neurons_per_core": 8192, "cores_per_chip": 128, "synapse_memory_per_core": 128 * 8192},
    "truenorth-marginal": {
        "neurons_per_core": 256,
        "axons_in_per_core": 256,
        "cores_per_chip": 4096,
        "fan_in": 256,
        "synapses_per_core": 256**2,
        "delay_steps": 15,
        "state_bit": 20,
    },
    "odin": {"neurons_per_core": 256, "synapses_per_core": 65536, "synapse_memory_per_core": 65536 * 4},
    "morphic": {"neurons_per_core": 512, "cores_per_chip": 4, "neurons_per_chip": 2048, "weight_max_bit": 1},
    "reckon": {"neurons_per_core": 256, "weight_max_bit": 8},
    "tianjic": {"neurons_per_chip": 40_000, "synapses_per_chip": 10_000_000},
    "brainscales2": {"neurons_per_core": 512, "synapses_per_chip": 131_072, "weight_max_bit": 6},
    "akida1000": {"cores_per_chip": 80, "weight_max_bit": 4},
    "speck": {"cores_per_chip": 9, "weight_max_bit": 8, "state_bit": 16},
    "xylo-a2": {"neurons_per_core": 1000, "weight_max_bit": 8, "state_bit": 16},
    "spinnaker1-spinnmachine": {"cores_per_chip": 18, "weight_max_bit": 16},
    "spinnaker2": {"cores_per_chip": 152},
}


def bands(profile: Profile) -> dict[str, Triple]:
    return {
        entry.term: (entry.band_J.low, entry.band_J.nominal, entry.band_J.high)
        for entry in coefficients(profile)
        if entry.band_J is not None
    }


def triples(table: dict[str, float | Triple], scale: float) -> dict[str, object]:
    whole = {term: band if isinstance(band, tuple) else (band,) * 3 for term, band in table.items()}
    return {term: pytest.approx(tuple(end * scale for end in band), rel=1e-9) for term, band in whole.items()}


def test_every_profile_is_written_out_here() -> None:
    assert set(PJ) == set(list_profiles())
    assert len(PJ) >= 16


@pytest.mark.parametrize("name", list(PJ))
def test_energies(name: str) -> None:
    energies = {t: band for t, band in bands(load_profile(name)).items() if not t.startswith("static.")}
    assert energies == triples(PJ[name], 1e-12)


@pytest.mark.parametrize("name", list(PJ))
def test_powers(name: str) -> None:
    powers = {t: band for t, band in bands(load_profile(name)).items() if t.startswith("static.")}
    assert powers == {f"static.{part}": band for part, band in triples(WATT.get(name, {}), 1.0).items()}


@pytest.mark.parametrize("name", list(LIMITS))
def test_limits(name: str) -> None:
    limits = load_profile(name).limits
    assert limits is not None
    for limit, expected in LIMITS[name].items():
        value = getattr(limits, limit)
        if isinstance(value, CountLimit):
            value = value.value_count
        if isinstance(value, BitLimit):
            value = value.value_bit
        assert value == expected, limit


def test_times_of_loihi() -> None:
    davies, sanafe = (load_profile(f"loihi1-{name}").time for name in ("davies2018", "sanafe"))
    assert davies is not None
    assert sanafe is not None
    assert (davies.synop_s, davies.neuron_update_active_s, davies.neuron_update_inactive_s) == (
        3.5e-9,
        8.4e-9,
        5.3e-9,
    )
    assert [(point.tiles_count, point.time_s) for point in davies.barrier] == [(1, 113e-9), (32, 465e-9)]
    assert (sanafe.synop_dense_s, sanafe.synop_sparse_s, sanafe.synop_conv_s) == (3.8e-9, 4.7e-9, 3.1e-9)
    assert sanafe.neuron_update_active_s == pytest.approx(6.0e-9 + 3.7e-9)
    assert (sanafe.spike_emit_s, sanafe.packet_out_s, sanafe.axon_lookup_s) == (30e-9, 5.1e-9, 16e-9)
    assert [point.tiles_count for point in sanafe.barrier] == [1, 2, 4, 29]


# Figures derived from factors: the arithmetic, done again.


def factors(name: str, term: str) -> tuple[float, dict[str, float]]:
    profile = load_profile(name)
    part = term.removeprefix("static.")
    entry: Any = getattr(profile.static, part) if part != term else profile.energy.terms()[term]
    value = entry.value_W if part != term else entry.value_J
    assert entry.derived
    return value, entry.factors


@pytest.mark.parametrize("device", ["cpu", "gpu", "jetson-tx1"])
def test_dynamic_energy_of_the_measured_processors(device: str) -> None:
    value, cited = factors(f"{device}-blouw2018", "mac_float32")
    per_inference = (cited["running_W"] - cited["idle_W"]) / cited["inferences_Hz"]
    assert value == pytest.approx(per_inference / cited["macs_count"], rel=0.005)
    (dynamic,) = [
        entry for entry in load_profile(f"{device}-blouw2018").measurement if entry.part == "dynamic"
    ]
    assert dynamic.value_J == pytest.approx(per_inference, rel=0.01)
    assert cited["macs_count"] == 390 * 256 + 256 * 256 + 256 * 29


def test_other_derived_figures() -> None:
    value, cited = factors("cortex-m4-apollo3", "mac_int8")
    assert value == pytest.approx(cited["cycle_J"] / cited["macs_per_cycle_count"], rel=0.01)
    (cnn,) = load_profile("cortex-m7-stm32f7").measurement
    assert cnn.time_s is not None
    macs_per_cycle = cnn.factors["operations_count"] / 2 / (cnn.time_s * cnn.factors["clock_Hz"])
    assert macs_per_cycle == pytest.approx(cited["macs_per_cycle_count"], rel=0.01)
    value, cited = factors("loihi1-sanafe", "neuron_update_active")
    assert value == pytest.approx(cited["soma_access_J"] + cited["soma_update_J"])
    value, cited = factors("loihi1-sanafe", "static.chip")
    assert value == pytest.approx(cited["system_W"] / cited["chips_count"], rel=0.001)
    value, cited = factors("spinnaker1-spinnmachine", "static.chip")
    assert value == pytest.approx(cited["boards_W"] / cited["chips_count"], rel=0.002)
    value, cited = factors("spinnaker1-spinnmachine", "static.core_on")
    assert value == pytest.approx((cited["busy_W"] - cited["idle_W"]) / cited["cores_count"], rel=0.005)
