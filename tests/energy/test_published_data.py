"""Profile times counts against published measurements.

The coefficients of ODIN and SpiNNaker, and the outer points of TrueNorth, were fitted to the points
below, so those tests check the wiring; the middle point of TrueNorth was not used for the fit.
"""

from __future__ import annotations

import pytest

from neuroff.energy import Counts, Profile, estimate, load_profile
from neuroff.energy.profile.measurement import Measurement

SECOND = 1.0


def measurement(profile: Profile, name: str) -> Measurement:
    (found,) = [entry for entry in profile.measurement if entry.name == name]
    return found


def test_odin_power_at_75_mhz() -> None:
    odin = load_profile("odin")
    peak = measurement(odin, "peak")
    assert odin.time is not None
    assert odin.time.clock_Hz == peak.factors["clock_Hz"] == 75e6
    counts = Counts({"chip_seconds": SECOND, "synaptic_events": 37.5e6 * SECOND})
    priced = estimate(counts, odin)
    assert priced.total_J.nominal == pytest.approx(476.9e-6, rel=1e-3)  # 27.3 + 1.78 x 75 + 8.43 x 37.5 uW
    assert priced.total_J.nominal == pytest.approx(peak.power_W, rel=0.005)
    assert not priced.unpriced
    assert {term: band.nominal for term, band in priced.terms_J.items()} == {
        "synop": pytest.approx(316.1e-6, rel=1e-3),
        "static.chip": pytest.approx(27.3e-6),
        "static.clock": pytest.approx(133.5e-6),
    }


@pytest.mark.parametrize(
    ("name", "rate_Hz", "predicted_W", "measured_W", "tolerance"),
    [
        ("sweep_12_hz", 11.58, 68.0e-3, 68e-3, 0.002),
        ("sweep_20_hz", 20.07, 70.6e-3, 71e-3, 0.008),  # held out
        ("sweep_96_hz", 95.93, 94.0e-3, 94e-3, 0.002),
    ],
)
def test_truenorth_power_over_firing_rate(
    name: str, rate_Hz: float, predicted_W: float, measured_W: float, tolerance: float
) -> None:
    truenorth = load_profile("truenorth-marginal")
    point = measurement(truenorth, name)
    assert point.factors == {
        "neurons_count": 2**20,
        "synapses_per_neuron_count": 128,
        "mean_rate_Hz": rate_Hz,
    }
    assert point.power_W == measured_W
    counts = Counts(
        {
            "chip_seconds": SECOND,
            "synaptic_events": 2**20 * 128 * rate_Hz * SECOND,
            "spikes_emitted": 2**20 * rate_Hz * SECOND,
            "neuron_updates_active": 2**20 * 500.0,
            "neuron_updates_inactive": 2**20 * 500.0,
        }
    )
    priced = estimate(counts, truenorth)
    assert priced.total_J.nominal == pytest.approx(predicted_W, rel=1e-3)
    assert priced.total_J.nominal == pytest.approx(measured_W, rel=tolerance)
    assert not priced.unpriced  # updates are inside the static power, spikes inside the events


def test_an_all_in_figure_is_wrong_away_from_its_operating_point() -> None:
    truenorth = load_profile("truenorth-marginal")
    all_in = measurement(truenorth, "all_in_event").value_J
    assert all_in is not None
    errors = [
        all_in * 2**20 * 128 * rate_Hz / measured_W - 1
        for rate_Hz, measured_W in ((11.58, 68e-3), (95.93, 94e-3))
    ]
    assert errors == [pytest.approx(-0.406, abs=0.002), pytest.approx(2.56, abs=0.01)]


def test_keras_spiking_docstring_value() -> None:
    counts = Counts({"macs_float32": 784 * 128, "neuron_updates_active": 128})
    priced = estimate(counts, load_profile("cpu-degnan2016"))
    assert priced.total_J.nominal == pytest.approx(8.64e-4, rel=1e-3)


def test_spinnaker_box_with_806_busy_cores() -> None:
    spinnaker = load_profile("spinnaker1-spinnmachine")
    idle, busy = (measurement(spinnaker, name) for name in ("box_idle", "box_806_cores"))
    assert idle.power_W is not None
    cores = estimate(Counts({"core_seconds_on": busy.factors["cores_count"] * SECOND}), spinnaker)
    assert idle.power_W + cores.total_J.nominal == pytest.approx(59.3, rel=1e-3)
    assert idle.power_W + cores.total_J.nominal == pytest.approx(busy.power_W, rel=0.003)
    packet = estimate(Counts({"router_bits": 40}), spinnaker)
    assert packet.total_J.nominal == pytest.approx(1e-9)


def test_spinnaker_work_is_inside_the_cores_or_unpriced() -> None:
    spinnaker = load_profile("spinnaker1-spinnmachine")
    work = {"synaptic_events": 1000.0, "neuron_updates_active": 10.0}
    with_time = estimate(Counts({**work, "chip_seconds": 1e-3, "core_seconds_on": 1e-3}), spinnaker)
    assert {entry.included_in for entry in with_time.covered} == {"static.core_on"}
    assert not with_time.unpriced
    without = estimate(Counts(work), spinnaker)
    assert {entry.count for entry in without.unpriced} == set(work)


def test_devices_without_event_prices_price_no_event() -> None:
    for name in ("loihi2", "xylo-a2", "speck", "brainscales2", "akida1000", "cortex-m7-stm32f7"):
        priced = estimate(Counts({"synaptic_events": 5.0, "macs_int8": 5.0}), load_profile(name))
        assert priced.total_J.nominal == 0
        assert {entry.count for entry in priced.unpriced} == {"synaptic_events", "macs_int8"}
        assert priced.is_lower_bound
        assert priced.weakest_evidence is None


def test_measured_processors_have_static_power_apart() -> None:
    for name, idle_W, running_W, rate_Hz in (
        ("cpu-blouw2018", 17.01, 28.48, 1814),
        ("gpu-blouw2018", 14.97, 37.83, 770),
        ("jetson-tx1-blouw2018", 2.64, 4.98, 419),
    ):
        counts = Counts({"macs_float32": 172_800, "chip_seconds": 1 / rate_Hz})
        total = estimate(counts, load_profile(name)).total_J.nominal
        assert total == pytest.approx(running_W / rate_Hz, rel=0.005)
        assert total > idle_W / rate_Hz
