"""Numbers of profiles against what their sources print."""

from __future__ import annotations

import json
from fnmatch import fnmatchcase
from pathlib import Path

import pytest

from benchmarks.coefficients import Reading, agrees, converted, numbers, readings, table, unread
from neuroff.energy import list_profiles, load_profile
from tests.narrow import present

ROOT = Path(__file__).parent.parent.parent


@pytest.mark.parametrize("reading", readings(), ids=lambda reading: f"{reading.profile}:{reading.path}")
def test_a_profile_holds_what_its_source_prints(reading: Reading) -> None:
    held = {path: value for path, value, _ in numbers(load_profile(reading.profile))}
    assert reading.path in held, sorted(held)
    assert agrees(reading, held[reading.path]), (converted(reading.printed), held[reading.path])
    assert not agrees(reading, 1.02 * held[reading.path])


def test_every_number_was_read_again_or_says_why_not() -> None:
    held = {(name, path) for name in list_profiles() for path, _, _ in numbers(load_profile(name))}
    read = [(reading.profile, reading.path) for reading in readings()]
    assert len(set(read)) == len(read)
    missing = {key for key in held if any(group.holds(*key) for group in unread())}
    assert not missing & set(read), "read again, and not"
    assert held == missing | set(read)
    for group in unread():
        for name, pattern in group.numbers:
            assert any(fnmatchcase(path, pattern) for profile, path in held if profile == name), (
                name,
                pattern,
            )


@pytest.mark.parametrize(
    ("printed", "value"),
    [
        ("3.34 W / 32", 0.104375),
        ("(94 mW - 68 mW) / (1e9 * 2 Hz)", 13e-12),
        ("-0.36 mJ", -0.36e-3),
        ("1.78 uW / 1 MHz", 1.78e-12),
    ],
)
def test_what_is_printed_is_converted(printed: str, value: float) -> None:
    assert converted(printed) == pytest.approx(value, rel=1e-12)


@pytest.mark.parametrize("printed", ["3 kW", "2 ** 3", "f(1)", "one", "1 +", ""])
def test_only_arithmetic_is_converted(printed: str) -> None:
    with pytest.raises(ValueError, match="no "):
        converted(printed)


def test_the_kept_table_is_that_of_the_profiles() -> None:
    """`python -m benchmarks.coefficients --json docs/results/coefficients.json` makes it anew."""
    kept = json.loads((ROOT / "docs" / "results" / "coefficients.json").read_text())
    assert kept == json.loads(json.dumps(table()))
    assert {row["profile"] for row in kept["rows"]} == set(list_profiles())


def akidanet() -> tuple[int, int]:
    """Return products and neurons of AkidaNet 0.5, from the table of layers that MetaTF prints for it."""
    convolutions = [(112, 3, 16), (112, 16, 32), (56, 32, 64), (56, 64, 64)]  # side, channels in and out
    separable = [(28, 64, 128), (28, 128, 128), (14, 128, 256), *[(14, 256, 256)] * 5]
    separable += [(7, 256, 512), (7, 512, 512)]
    products = sum(side**2 * 9 * below * above for side, below, above in convolutions)
    products += sum(side**2 * (9 * below + below * above) for side, below, above in separable)
    neurons = sum(side**2 * above for side, _, above in (*convolutions, *separable))
    return products + 512 * 1000, neurons + 1000


def test_the_layers_of_akidanet() -> None:
    """The reading in `read_again.toml` holds both numbers in full."""
    assert akidanet() == (350_502_144, 1_556_456)


@pytest.mark.parametrize("name", list_profiles())
def test_inferred_bands_follow_from_their_workloads(name: str) -> None:
    """Every step once more: energy over operations, figures measured on the same device, ends in order."""
    profile = load_profile(name)
    measured = {entry.name: entry for entry in profile.measurement}
    for entry in profile.inferred:
        for end in (entry.low, entry.high):
            assert end.value_J == pytest.approx(end.energy_J / end.operations_count, rel=5e-3)
        assert entry.low.value_J < entry.high.value_J
        assert entry.source in {source.key for source in profile.source}
        if name == "speck":
            power, rest = measured[entry.name].power_W, profile.static.chip
            assert power is not None
            assert rest is not None
            assert entry.high.energy_J == pytest.approx(power * 0.54, rel=1e-3)
            assert entry.low.energy_J == pytest.approx((power - rest.value_W) * 0.54, rel=1e-3)
            assert entry.low.operations_count == pytest.approx(9 * entry.high.operations_count)
        if (name, entry.name) == ("loihi2", "pilotnet_lif"):
            synaptic, updates, steps = 2.29e10, 3.63e9, 16
            assert entry.low.operations_count == pytest.approx(
                (synaptic + updates) / (10_000 / steps), rel=5e-3
            )
            assert entry.high.operations_count == pytest.approx(synaptic / (20_000 / steps), rel=5e-3)
        if (name, entry.name) == ("loihi2", "acoustic"):
            rest = profile.static.chip
            assert rest is not None
            at_rest = rest.value_W * present(measured["acoustic_dynamic"].time_s)
            dynamic = present(measured["acoustic_dynamic"].value_J)
            assert entry.high.energy_J == pytest.approx(dynamic + at_rest, rel=1e-3)
            assert entry.low.energy_J == measured["acoustic_preloaded_dynamic"].value_J
            assert entry.low.operations_count == entry.high.operations_count + 1.0e4
        if name == "akida1000":
            products, neurons = akidanet()
            assert entry.low.operations_count == pytest.approx(products + neurons, rel=5e-3)
            assert entry.high.operations_count == pytest.approx(products, rel=5e-3)
        if name == "cortex-m4-apollo3":
            cycles = 99.1e-3 * 216e6
            assert entry.low.energy_J == pytest.approx(41.3e-12 * cycles, rel=1e-3)
            assert entry.high.energy_J == pytest.approx(4.6 * entry.low.energy_J, rel=1e-3)
