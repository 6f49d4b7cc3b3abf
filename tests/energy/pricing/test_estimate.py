from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from neuroff.energy import VOCABULARY, Counts, EnergyEstimate, Profile, estimate, list_profiles, load_profile
from neuroff.errors import ProfileError

Load = Callable[[str], Profile]

FLAT = [name for name, kind in VOCABULARY.items() if kind.part_of is None]
counts_strategy = st.dictionaries(st.sampled_from(FLAT), st.floats(0, 1e12), max_size=10).map(Counts)
profiles_strategy = st.sampled_from(list_profiles()).map(cache(load_profile))


def triple(result: EnergyEstimate) -> tuple[float, float, float]:
    return result.total_J.low, result.total_J.nominal, result.total_J.high


# Golden values.


def test_keras_spiking_docstring_value() -> None:
    """A Dense layer 784 -> 128 on "cpu": 784 * 128 synaptic operations and 128 neurons, 8.64e-4 J."""
    counts = Counts({"synaptic_events": 784 * 128, "neuron_updates_active": 128})
    nominal = estimate(counts, load_profile("cpu-degnan2016")).total_J.nominal
    assert nominal == pytest.approx(8.64e-4, rel=2e-4)
    assert nominal == pytest.approx(128 * 785 * 8.6e-9, rel=1e-12)


def test_loihi_by_hand() -> None:
    counts = Counts(
        {
            "synaptic_events": 50_000,
            "neuron_updates_active": 1_500,
            "neuron_updates_inactive": 8_500,
            "spikes_emitted": 300,
            "hops_x": 40,
            "hops_y": 10,
            "intra_tile_packets": 100,
            "synapse_updates": 1_000,
            "chip_seconds": 1e-4,
        }
    )
    result = estimate(counts, load_profile("loihi1-davies2018"))
    expected = {
        "synop": (1.18e-6, 1.18e-6, 1.775e-6),
        "neuron_update_active": (1.215e-7,) * 3,
        "neuron_update_inactive": (4.42e-7,) * 3,
        "intra_tile_packet": (1.7e-10,) * 3,
        "hop_x": (1.2e-10,) * 3,
        "hop_y": (4.0e-11, 4.0e-11, 4.2e-11),
        "learning.synapse_update": (1.2e-7,) * 3,
        "static.chip": (2.9e-6, 1.044e-5, 1.044e-5),
    }
    assert {term: (b.low, b.nominal, b.high) for term, b in result.terms_J.items()} == {
        term: pytest.approx(band, rel=1e-12) for term, band in expected.items()
    }
    for position, value in enumerate(triple(result)):
        assert value == pytest.approx(sum(band[position] for band in expected.values()), rel=1e-12)
    assert [(entry.count, entry.amount) for entry in result.unpriced] == [("spikes_emitted", 300.0)]
    assert result.is_lower_bound
    assert result.weakest_evidence == "measured"  # static power carries 85 %, no other term 10 %
    assert result.not_counted == ()


def test_horowitz_dense_layer_with_memory() -> None:
    """A 784 x 500 int8 layer whose weights come from 1 MB of SRAM, 100 pJ per 64 bit."""
    weights = 784 * 500
    counts = Counts({"macs_int8": weights, "mem_reads_bit_level3": 8 * weights})
    result = estimate(counts, load_profile("generic-horowitz45"))
    assert result.terms_J["mac_int8"].nominal == pytest.approx(weights * 0.23e-12)
    assert result.terms_J["memory.sram_1m.read"].nominal == pytest.approx(weights / 8 * 100e-12)
    assert not result.unpriced


@pytest.mark.parametrize(
    ("profile", "joules"),
    [("generic-horowitz45", 4.6e-12), ("cpu-degnan2016", 8.6e-9), ("loihi1-davies2018", None)],
)
def test_multiply_accumulates_of_the_dense_twin(profile: str, joules: float | None) -> None:
    result = estimate(Counts({"macs_float32": 1000}), load_profile(profile))
    if joules is None:
        assert result.total_J.nominal == 0
        assert result.weakest_evidence is None
        assert [entry.count for entry in result.unpriced] == ["macs_float32"]
    else:
        assert result.total_J.nominal == pytest.approx(1000 * joules)
        assert result.unpriced == ()


# Properties over all shipped profiles.


@given(counts_strategy, counts_strategy, profiles_strategy)
def test_energy_is_additive(a: Counts, b: Counts, profile: Profile) -> None:
    together, first, second = (triple(estimate(counts, profile)) for counts in (a + b, a, b))
    assert together == pytest.approx([x + y for x, y in zip(first, second, strict=True)], rel=1e-9, abs=1e-30)


@given(counts_strategy, st.floats(0, 1e6), profiles_strategy)
def test_energy_scales(counts: Counts, factor: float, profile: Profile) -> None:
    scaled = triple(estimate(counts * factor, profile))
    assert scaled == pytest.approx(
        [factor * x for x in triple(estimate(counts, profile))], rel=1e-9, abs=1e-30
    )


@given(counts_strategy, st.sampled_from(FLAT), st.floats(0, 1e9), profiles_strategy)
def test_energy_is_monotone_in_each_count(counts: Counts, name: str, more: float, profile: Profile) -> None:
    before = triple(estimate(counts, profile))
    after = triple(estimate(counts + Counts({name: more}), profile))
    assert all(x <= y for x, y in zip(before, after, strict=True))


@given(counts_strategy, profiles_strategy)
def test_every_positive_count_is_accounted_for_once(counts: Counts, profile: Profile) -> None:
    result = estimate(counts, profile)
    assert result.total_J.low <= result.total_J.nominal <= result.total_J.high
    unpriced = {entry.count for entry in result.unpriced}
    assert all(entry.amount == counts[entry.count] > 0 for entry in result.unpriced)
    priced = {name for name in counts if estimate(Counts({name: counts[name]}), profile).total_J.nominal > 0}
    covered = {entry.count for entry in result.covered}
    assert not priced & unpriced
    assert not covered & (priced | unpriced)
    underflow = {name for name in counts if 0 < counts[name] < 1e-290}
    assert {name for name in counts if counts[name] > 0} <= priced | unpriced | covered | underflow


@pytest.mark.parametrize("profile", list_profiles())
def test_zero_counts_cost_zero(profile: str) -> None:
    for counts in (Counts(), Counts(dict.fromkeys(VOCABULARY, 0.0))):
        result = estimate(counts, load_profile(profile))
        assert triple(result) == (0.0, 0.0, 0.0)
        assert result.unpriced == ()
        assert result.covered == ()
        assert result.weakest_evidence is None
        assert not result.is_lower_bound


# What is told beside the numbers.


def test_weakest_evidence_counts_only_terms_that_carry(load_text: Load, toy: str) -> None:
    profile = load_text(toy)  # synop 2 pJ measured, update 10 pJ spice
    assert (
        estimate(Counts({"synaptic_events": 1000, "neuron_updates_active": 1}), profile).weakest_evidence
        == "measured"
    )
    assert (
        estimate(Counts({"synaptic_events": 40, "neuron_updates_active": 1}), profile).weakest_evidence
        == "spice"
    )


def test_notes_and_terms_that_were_not_counted() -> None:
    result = estimate(Counts({"synaptic_events": 10}), load_profile("loihi1-davies2018"))
    assert {"hop_x", "static.chip", "neuron_update_active"} <= set(result.not_counted)
    assert "synop" not in result.not_counted
    assert "No run time was counted, so static power is not in the total." in result.notes
    assert any(note.startswith("synop: published as a minimum") for note in result.notes)
    assert "not measured power" in result.notes[0]
    other = estimate(Counts({"synaptic_events": 10}), load_profile("generic-horowitz45"))
    assert "The profile gives no static power; the total holds none." in other.notes


def test_work_without_a_price_is_no_energy_of_zero() -> None:
    profile = load_profile("loihi1-davies2018")
    dense = estimate(Counts({"macs_float32": 1e6}), profile)
    assert (dense.energy_J, dense.prices_work, dense.total_J.high) == (None, False, 0.0)
    standing = estimate(Counts({"macs_float32": 1e6, "chip_seconds": 1.0}), profile)
    assert standing.total_J.nominal > 0
    assert standing.energy_J is None
    spiking = estimate(Counts({"macs_float32": 1e6, "synaptic_events": 10}), profile)
    assert spiking.energy_J == spiking.total_J


def test_to_dict_is_plain_json() -> None:
    profile = load_profile("loihi1-davies2018")
    counts = Counts({"synaptic_events": 10, "packets": 2})
    data = json.loads(json.dumps(estimate(counts, profile).to_dict(), allow_nan=False))
    assert data["profile"] == {
        "id": "loihi1-davies2018",
        "name": profile.meta.name,
        "sha256": profile.sha256(),
        "boundary": "chip",
    }
    assert data["energy_J"] == pytest.approx({"low": 2.36e-10, "nominal": 2.36e-10, "high": 3.55e-10})
    assert data["terms_J"] == {"synop": data["energy_J"]}
    assert data["unpriced"] == [
        {"count": "packets", "amount": 2.0, "reason": "the profile has no price for it"}
    ]
    assert data["is_lower_bound"] is True
    assert data["weakest_evidence"] == "spice"


def test_an_energy_beyond_numbers_is_an_error(load_text: Load, toy: str) -> None:
    profile = load_text(toy.replace("2e-12", "1e3").replace("1e-12", "1e3").replace("4e-12", "1e3"))
    with pytest.raises(ProfileError, match="profile toy: the energy is too large"):
        estimate(Counts({"synaptic_events": 1e307}), profile)
    profile = load_text(
        toy.replace("2e-12", "1").replace("1e-12", "1").replace("4e-12", "1").replace("10e-12", "1")
    )
    with pytest.raises(ProfileError, match="profile toy: the energy is too large"):
        estimate(Counts({"synaptic_events": 1.7e308, "neuron_updates_active": 1.7e308}), profile)


def test_products_of_another_format_say_which_one_has_a_price(tmp_path: Path) -> None:
    text = """
schema = "1.0"

[meta]
id = "int8-only"
name = "int8 only"
kind = "mixed"
time_model = "clocked"
boundary = "core"

[[source]]
key = "own"
citation = "Own, 2026"
locator = "p. 1"
checked = "primary"

[energy.mac]
per = "macs_int8"
value_J = 1e-12
evidence = "estimated"
source = "own"
"""
    file = tmp_path / "int8-only.toml"
    file.write_text(text)
    (unpriced,) = estimate(Counts({"macs_float32": 5.0}), load_profile(file)).unpriced
    assert unpriced.reason == (
        "the profile prices macs_int8: add a price of macs_float32, or count in that format"
    )
