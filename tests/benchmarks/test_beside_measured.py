"""Published measurements beside the model."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks.beside_measured import Row, rows, table

ROOT = Path(__file__).parent.parent.parent


def _ratios(profile: str) -> list[float]:
    return [row.ratio for row in rows() if row.profile == profile and row.held_out and row.ratio is not None]


def test_measurements_stand_beside_the_model() -> None:
    """`python -m benchmarks.beside_measured --json docs/results/beside-measured.json` makes the file anew."""
    kept = json.loads((ROOT / "docs" / "results" / "beside-measured.json").read_text())
    assert kept == json.loads(json.dumps(table()))
    inferences = [row for row in kept if row["ratio"] is not None and row["unit"] == "J"]
    assert len(inferences) >= 6
    assert all(row["at"] and row["why"] for row in kept)


def test_ratios_of_held_out_measurements() -> None:
    """Each by hand from what is printed."""
    assert _ratios("truenorth-marginal") == pytest.approx(
        [70.6175 / 71, 70.5967 / 72, 70.5967 / 65], rel=1e-3
    )
    assert _ratios("odin") == pytest.approx([(27.3 + 1.78 * 1.3 + 8.43 * 0.65536) / 35], rel=1e-6)
    query = 708.5 * 76_800 * 23.6e-12 + 60 * 76_800 * 52e-12
    assert _ratios("loihi1-davies2018") == pytest.approx([query / 1.33e-3])
    once = 172_800 * 8.6e-9
    assert _ratios("cpu-degnan2016") == pytest.approx([once / 6.3e-3, once / 348.3e-6])


def test_a_price_of_one_network_at_one_batch_carries_to_no_other() -> None:
    """The three that were derived from one measurement overstate larger batches and networks."""
    for profile in ("cpu-blouw2018", "gpu-blouw2018", "jetson-tx1-blouw2018"):
        assert min(_ratios(profile)) > 4


def test_bounds_are_of_no_spike_and_of_every_spike() -> None:
    keyword, copies = (
        row for row in rows() if row.profile == "loihi1-davies2018" and row.model_low is not None
    )
    assert (keyword.model_low, keyword.model_high) == pytest.approx(
        (10 * 541 * 52e-12, 10 * (541 * 81e-12 + 172_800 * 23.6e-12))
    )
    assert _within(copies)
    assert not _within(keyword)


def _within(row: Row) -> bool:
    assert row.model_low is not None
    assert row.model_high is not None
    return row.model_low < row.measured < row.model_high


def test_a_band_of_one_workload_on_another() -> None:
    found = {row.profile: row for row in rows() if "priced by the band inferred" in row.workload}
    acoustic, mininet = found["loihi2"], found["akida1000"]
    assert (acoustic.model_low, acoustic.model_high) == pytest.approx((25.8e-12 * 3.1e5, 90.8e-12 * 3.0e5))
    layers = [(33, 100, 3, 16), (17, 50, 16, 32), (9, 25, 32, 32)]  # height, width, channels in and out
    products = sum(high * wide * 9 * below * above for high, wide, below, above in layers) + 7200 * 32 + 32
    neurons = sum(high * wide * above for high, wide, _, above in layers) + 33
    assert (mininet.model_low, mininet.model_high) == pytest.approx(
        (4.2e-12 * (products + neurons), 67e-12 * products)
    )
    assert not _within(acoustic)
    assert not _within(mininet)


def test_what_has_no_model_says_what_is_missing() -> None:
    bare = [row for row in rows() if row.ratio is None and row.model_low is None]
    assert {row.profile for row in bare} >= {"loihi2", "xylo-a2", "sne", "brainscales2"}
    assert all(row.why.startswith("not published: ") for row in bare)
