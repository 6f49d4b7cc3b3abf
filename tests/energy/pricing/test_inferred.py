"""Bands of devices without prices, by hand, and where there is none."""

from __future__ import annotations

import pytest

from neuroff.energy import load_profile
from neuroff.energy.pricing.inferred import inferred_band
from neuroff.energy.work import LayerWork, NetworkWork
from tests.energy.networks import network

DENSE = NetworkWork("dense", (LayerWork("a", 40, 10, 400, spiking=False, products=400.0),))


def test_a_band_reaches_from_all_operations_to_synaptic_ones() -> None:
    several = load_profile("loihi2")
    workload = several.inferred[0]
    profile = several.model_copy(update={"inferred": (workload,)})
    found = inferred_band(network(40, 10, steps=2, spikes=3.0), profile)
    assert found is not None
    events, updates = 2 * 3.0 * 10, 2 * 10
    assert found.low_J == pytest.approx(workload.low.value_J * (events + updates))
    assert found.high_J == pytest.approx(workload.high.value_J * events)
    assert found.workloads == (workload.workload,)


def test_several_workloads_widen_a_band() -> None:
    profile = load_profile("speck")
    found = inferred_band(network(40, 10, steps=2, spikes=3.0), profile)
    assert found is not None
    assert found.low_J == pytest.approx(min(each.low.value_J for each in profile.inferred) * 80)
    assert found.high_J == pytest.approx(max(each.high.value_J for each in profile.inferred) * 60)


def test_products_have_a_band_where_they_can_run() -> None:
    """Spikes of Loihi 2 carry numbers, a Cortex-M multiplies; Speck does neither."""
    assert inferred_band(DENSE, load_profile("loihi2")) is not None
    assert inferred_band(DENSE, load_profile("cortex-m4-apollo3")) is not None
    assert inferred_band(DENSE, load_profile("speck")) is None


def test_an_akida_has_one_from_its_makers_board() -> None:
    found = inferred_band(network(40, 10, steps=2, spikes=3.0), load_profile("akida1000"))
    assert found is not None
    assert (found.low_J, found.high_J) == pytest.approx((80 * 4.2e-12, 60 * 67e-12), rel=1e-3)
    assert inferred_band(DENSE, load_profile("akida1000")) is not None  # it multiplies too


def test_a_device_without_a_countable_workload_has_none() -> None:
    assert inferred_band(network(40, 10), load_profile("xylo-a2")) is None
