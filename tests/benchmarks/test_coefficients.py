"""Numbers of profiles against what their sources print."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from benchmarks import beside_measured as beside
from benchmarks.coefficients import agrees, converted, entries, numbers, table
from neuroff.energy import list_profiles, load_profile

ROOT = Path(__file__).parent.parent.parent


@pytest.mark.parametrize("entry", entries(), ids=lambda entry: f"{entry['profile']}:{entry['path']}")
def test_a_profile_holds_what_its_source_prints(entry: Mapping[str, Any]) -> None:
    held = {path: value for path, value, _ in numbers(load_profile(entry["profile"]))}
    assert entry["path"] in held, sorted(held)
    assert agrees(entry, held[entry["path"]]), (converted(entry), held[entry["path"]])
    assert not agrees(entry, 1.01 * held[entry["path"]])


def test_the_kept_table_is_that_of_the_profiles() -> None:
    """`python -m benchmarks.coefficients --json docs/results/coefficients.json` makes it anew."""
    kept = json.loads((ROOT / "docs" / "results" / "coefficients.json").read_text())
    assert kept == json.loads(json.dumps(table()))
    assert 0 < kept["read_again"] < kept["numbers"], "what could not be read again is listed too"
    assert {row["profile"] for row in kept["rows"]} >= set(list_profiles()) - {"akida1000"}


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
        if name == "loihi2":
            synaptic, updates, steps = 2.29e10, 3.63e9, 16
            assert entry.low.operations_count == pytest.approx(
                (synaptic + updates) / (10_000 / steps), rel=5e-3
            )
            assert entry.high.operations_count == pytest.approx(synaptic / (20_000 / steps), rel=5e-3)
        if name == "cortex-m4-apollo3":
            cycles = 99.1e-3 * 216e6
            assert entry.low.energy_J == pytest.approx(41.3e-12 * cycles, rel=1e-3)
            assert entry.high.energy_J == pytest.approx(4.6 * entry.low.energy_J, rel=1e-3)


def test_measurements_stand_beside_the_model() -> None:
    """`python -m benchmarks.beside_measured --json docs/results/beside-measured.json` makes the file anew."""
    kept = json.loads((ROOT / "docs" / "results" / "beside-measured.json").read_text())
    assert kept == json.loads(json.dumps(beside.table()))
    with_model = [row for row in kept if row["ratio"] is not None]
    assert len(with_model) >= 6
    held_out = {row["profile"]: row["ratio"] for row in with_model if row["held_out"]}
    assert held_out["truenorth-marginal"] == pytest.approx(1.0, abs=0.01)
    assert held_out["odin"] == pytest.approx(1.0, abs=0.01)
    assert held_out["cpu-degnan2016"] == pytest.approx(172_800 * 8.6e-9 / 6.3e-3, rel=1e-3)  # a quarter
    assert {row["profile"] for row in kept if row["ratio"] is None} >= {"loihi2", "xylo-a2", "sne"}
