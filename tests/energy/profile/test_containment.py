from __future__ import annotations

from collections.abc import Callable

import pytest

from neuroff.energy import Counts, Profile, estimate

Load = Callable[[str], Profile]

ALL_IN = """
[energy.average]
per = "synaptic_events"
value_J = 26e-12
scope = "all_in"
includes = ["traffic", "spikes_emitted", "neuron_updates_inactive"]
evidence = "measured"
source = "lab"

[energy.hop_x]
per = "hops_x"
value_J = 1e-12
evidence = "measured"
source = "lab"

[static.chip]
value_W = 0.1
evidence = "measured"
source = "lab"
"""


def test_all_in_supersedes_its_parts_and_static_power(load_text: Load, toy: str) -> None:
    profile = load_text(toy + ALL_IN)
    counts = Counts(
        {
            "synaptic_events": 100,
            "neuron_updates_active": 10,
            "neuron_updates_inactive": 20,
            "spikes_emitted": 5,
            "hops_x": 7,
            "chip_seconds": 1,
            "macs_float32": 3,
        }
    )
    result = estimate(counts, profile)
    assert set(result.terms_J) == {"average", "update"}
    assert result.total_J.nominal == pytest.approx(100 * 26e-12 + 10 * 10e-12)
    assert {entry.count: entry.included_in for entry in result.covered} == {
        "synaptic_events": "average",
        "neuron_updates_inactive": "average",
        "spikes_emitted": "average",
        "hops_x": "average",
        "chip_seconds": "average",
    }
    assert [entry.count for entry in result.unpriced] == ["macs_float32"]
    assert result.not_counted == ()
    assert estimate(Counts({"synaptic_events": 100}), profile).not_counted == ("update",)
    assert any("Static power is inside the all-in terms: average" in note for note in result.notes)


def test_an_all_in_average_without_its_events_covers_nothing(load_text: Load, toy: str) -> None:
    profile = load_text(toy + ALL_IN)
    result = estimate(Counts({"hops_x": 7, "spikes_emitted": 5}), profile)
    assert result.total_J.nominal == 0
    assert result.covered == ()
    assert {entry.count for entry in result.unpriced} == {"hops_x", "spikes_emitted"}
    assert "inside average, which has no events here" in result.unpriced[1].reason


def test_a_marginal_figure_that_names_what_it_includes(load_text: Load, toy: str) -> None:
    profile = load_text(toy.replace("low_J = 1e-12", 'includes = ["neuron_updates_active"]'))
    result = estimate(Counts({"synaptic_events": 100, "neuron_updates_active": 10}), profile)
    assert result.total_J.nominal == pytest.approx(200e-12)
    assert [(entry.count, entry.included_in) for entry in result.covered] == [
        ("neuron_updates_active", "synop")
    ]
    assert not result.is_lower_bound


@pytest.mark.parametrize("target", ["synop", "unknown"])
def test_included_in_is_a_claimed_zero_and_unknown_is_not(load_text: Load, toy: str, target: str) -> None:
    profile = load_text(toy + f'[energy.lookup]\nper = "axon_lookups"\nincluded_in = "{target}"\n')
    result = estimate(Counts({"synaptic_events": 100, "axon_lookups": 4}), profile)
    assert result.total_J.nominal == pytest.approx(200e-12)
    assert [entry.count for entry in result.covered] == (["axon_lookups"] if target == "synop" else [])
    assert [entry.count for entry in result.unpriced] == ([] if target == "synop" else ["axon_lookups"])


def test_a_group_that_holds_the_count_itself_does_not_cancel_it(load_text: Load, toy: str) -> None:
    profile = load_text(toy.replace("low_J = 1e-12", 'includes = ["event"]'))
    result = estimate(Counts({"synaptic_events": 100, "neuron_updates_active": 10}), profile)
    assert set(result.terms_J) == {"synop"}
    assert result.total_J.nominal == pytest.approx(200e-12)


def test_a_count_priced_in_part_is_still_reported(load_text: Load, toy: str) -> None:
    profile = load_text(toy + '[energy.fetch]\nper = "synaptic_events"\nincluded_in = "unknown"\n')
    result = estimate(Counts({"synaptic_events": 100}), profile)
    assert result.total_J.nominal == pytest.approx(200e-12)
    assert [entry.count for entry in result.unpriced] == ["synaptic_events"]
    assert "marks its energy as unknown" in result.unpriced[0].reason


def test_two_coefficients_for_one_count_add(load_text: Load, toy: str) -> None:
    extra = (
        toy[toy.index("[energy.update]") :]
        .replace("energy.update", "energy.access")
        .replace("10e-12", "5e-12")
    )
    result = estimate(Counts({"neuron_updates_active": 2}), load_text(toy + extra))
    assert result.total_J.nominal == pytest.approx(30e-12)


def test_shares_are_priced_by_their_total_or_on_their_own(load_text: Load, toy: str) -> None:
    counts = Counts({"synaptic_events": 10, "synaptic_events_dense": 6, "synaptic_events_conv": 3})
    assert estimate(counts, load_text(toy)).unpriced == ()
    by_format = load_text(toy.replace('"synaptic_events"', '"synaptic_events_dense"'))
    result = estimate(counts, by_format)
    assert result.total_J.nominal == pytest.approx(6 * 2e-12)
    assert [(entry.count, entry.amount) for entry in result.unpriced] == [("synaptic_events", 4.0)]
