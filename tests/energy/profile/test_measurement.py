from __future__ import annotations

from collections.abc import Callable

import pytest

from neuroff.energy import Counts, Profile, coefficients, estimate
from neuroff.errors import ProfileError

Load = Callable[[str], Profile]

RUN = """
[[measurement]]
name = "run"
workload = "a network on a data set"
boundary = "board"
evidence = "measured"
source = "lab"
"""


def test_a_measurement_is_never_a_price(load_text: Load, toy: str) -> None:
    measured = load_text(f'{toy}{RUN}per = "synaptic_event"\nvalue_J = 1e-9\npower_W = 3\n')
    assert coefficients(measured) == coefficients(load_text(toy))
    counts = Counts({"synaptic_events": 10, "spikes_emitted": 3})
    assert estimate(counts, measured).total_J == estimate(counts, load_text(toy)).total_J
    assert measured.measurement[0].boundary == "board"
    assert measured.sha256() != load_text(toy).sha256()


def test_a_profile_of_measurements_alone_is_valid(load_text: Load, toy: str) -> None:
    head = toy[: toy.index("[energy.synop]")]
    profile = load_text(f"{head}{RUN}rate_Hz = 30\n")
    assert profile.measurement[0].rate_Hz == 30
    assert coefficients(profile) == ()


def test_a_dynamic_difference_may_be_negative(load_text: Load, toy: str) -> None:
    text = f'{toy}{RUN}per = "inference"\nvalue_J = -0.36e-3\n'
    with pytest.raises(ProfileError, match=r"number 1, value_J: -0.00036 is negative, and not a difference"):
        load_text(text)
    assert load_text(f'{text}part = "dynamic"\n').measurement[0].value_J == -0.36e-3


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ("", r"line 30, \[\[measurement\]\] number 1: measures nothing; expected at least one of value_J"),
        (
            "value_J = 1e-3",
            r"line 36, \[\[measurement\]\] number 1, value_J: an energy without per; expected per beside",
        ),
        ('per = "epoch"\nvalue_J = 1', r"per: 'epoch' is not known; expected 'inference', 'training_sample'"),
        ('per = "inference"\nvalue_mJ = 1', r"value_mJ: wrong unit in the key; expected value_J, in joules"),
        ('per = "inference"\nvalue_J = 1\nlow_J = 2', r"low_J: 2 is above value_J = 1"),
        ("low_J = 2\npower_W = 1", r"low_J: 2 is a band without value_J"),
        ("power_W = nan", r"power_W: is nan; expected a finite number"),
        ("rate_Hz = 0", r"rate_Hz: 0 is out of range; expected a number of more than 0"),
        ("power_W = 1e30", r"power_W: 1e\+30 is out of range"),
        ("power_W = 1\nbatch_count = 1.5", r"batch_count: is 1.5; expected a whole number"),
        (
            "power_W = 1\nfactors = { idle = 3 }",
            r"'idle' is not a valid name; expected a lower-case name that",
        ),
        ("power_W = 1\nfactors = { idle_W = '3' }", r"factors.idle_W: is '3'; expected a number"),
        ("power_W = 1\nfactors = { idle_W = inf }", r"factors.idle_W: is inf; expected a finite number"),
        (
            "power_W = 1\nfactors = { " + ", ".join(f"a{n}_W = 1" for n in range(21)) + " }",
            r"factors.*too long; expected at most 20",
        ),
    ],
)
def test_problems(load_text: Load, toy: str, keys: str, message: str) -> None:
    with pytest.raises(ProfileError, match=message):
        load_text(f"{toy}{RUN}{keys}\n")


def test_names_are_unique_and_sources_exist(load_text: Load, toy: str) -> None:
    with pytest.raises(ProfileError, match=r"\[\[measurement\]\] number 2, name: 'run' appears 2 times"):
        load_text(f"{toy}{RUN}power_W = 1\n{RUN}power_W = 2\n")
    with pytest.raises(ProfileError, match=r"number 1, source: no \[\[source\]\] has the key 'lap'.*\"lab\""):
        load_text(f"{toy}{RUN.replace('lab', 'lap')}power_W = 1\n")


CLOCK = "\n[static.clock]\nvalue_J = 2e-12\nhigh_J = 3e-12\nevidence = 'measured'\nsource = 'lab'\n"


def test_clock_energy_is_power_at_the_stated_clock(load_text: Load, toy: str) -> None:
    profile = load_text(f"{toy}{CLOCK}[time]\nsource = 'lab'\nclock_Hz = 1e6\n")
    (clock,) = [entry for entry in coefficients(profile) if entry.term == "static.clock"]
    assert clock.per == "chip_seconds"
    assert clock.band_J is not None
    assert clock.band_J.to_dict() == pytest.approx({"low": 2e-6, "nominal": 2e-6, "high": 3e-6})
    assert estimate(Counts({"chip_seconds": 2}), profile).total_J.nominal == pytest.approx(4e-6)


def test_clock_energy_needs_a_clock(load_text: Load, toy: str) -> None:
    for timing in ("", "[time]\nsource = 'lab'\nsynop_s = 1e-9\n"):
        with pytest.raises(
            ProfileError,
            match=r"line 30, \[static.clock\]: an energy per cycle without a clock. Add clock_Hz to \[time\]",
        ):
            load_text(f"{toy}{CLOCK}{timing}")
    with pytest.raises(ProfileError, match="low_J: 5e-12 is above value_J"):
        load_text(f"{toy}{CLOCK}low_J = 5e-12\n[time]\nsource = 'lab'\nclock_Hz = 1e6\n")
    with pytest.raises(ProfileError, match=r"value_W: wrong unit in the key; expected value_J"):
        load_text(f"{toy}{CLOCK.replace('value_J', 'value_W')}[time]\nsource = 'lab'\nclock_Hz = 1e6\n")


def test_a_price_may_be_inside_static_power(load_text: Load, toy: str) -> None:
    head = toy[: toy.index("[energy.update]")]
    inside = "[energy.update]\nper = 'neuron_updates_active'\nincluded_in = 'static.core_on'\n"
    power = "[static.core_on]\nvalue_W = 0.03\nevidence = 'measured'\nsource = 'lab'\n"
    with pytest.raises(ProfileError, match=r"included_in: no priced term is named 'static.core_on'"):
        load_text(head + inside)
    profile = load_text(head + inside + power)
    counted = estimate(Counts({"neuron_updates_active": 5, "core_seconds_on": 2}), profile)
    assert counted.total_J.nominal == pytest.approx(0.06)
    assert [entry.included_in for entry in counted.covered] == ["static.core_on"]
    with pytest.raises(ProfileError, match=r"Did you mean \"static.core_on\""):
        load_text(head + inside.replace("core_on", "core_one") + power)
