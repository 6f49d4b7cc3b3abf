from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from neuroff.report import cells
from neuroff.report.summary import Statistic, grouped, mean_terms_J, variants_of
from neuroff.results.comparison import parse_runs
from tests.report.conftest import Make


def test_groups_come_dense_first_and_in_the_order_of_the_variants(make: Make) -> None:
    runs = parse_runs(reversed(make(seeds=(1, 0))["runs"]))
    assert [group.label for group in grouped(runs)] == [
        "dense FF", "dense F-CFF", "dense A-CFF", "spiking FF", "spiking F-CFF", "spiking A-CFF",
    ]  # fmt: skip
    assert [run.seed for run in grouped(runs)[0].runs] == [0, 1]


def test_other_variants_follow_the_known_ones() -> None:
    assert variants_of(["zeta", "acff", "bp", "ff", "alpha"]) == ("ff", "acff", "bp", "alpha", "zeta")


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=8))
def test_statistic_lies_within_its_values(values: list[float]) -> None:
    found = Statistic.of([None, *values])
    assert found is not None
    assert found.count == len(values)
    assert min(values) - 1e-6 <= found.mean <= max(values) + 1e-6
    assert (found.deviation is None) == (len(values) == 1)
    if found.deviation is not None:
        assert 0 <= found.deviation <= (max(values) - min(values)) * math.sqrt(len(values)) + 1e-6


def test_statistic_of_nothing_is_none() -> None:
    assert Statistic.of([None, None]) is None


def test_seeds_give_mean_and_sample_deviation(make: Make) -> None:
    (group,) = grouped(parse_runs(make(("dense",), ("ff",), (0, 1, 2))["runs"]))
    assert group.test_accuracy.mean == pytest.approx(0.93)
    assert group.test_accuracy.deviation == pytest.approx(0.01)
    assert cells.percent(group.test_accuracy) == "93.00 ± 1.00"
    assert cells.number(group.statistic(lambda run: run.goodness_margin)) == "1.30 ± 0.10"


def test_work_without_any_price_is_not_an_energy_of_zero(make: Make) -> None:
    dense, spiking = grouped(parse_runs(make(variants=("ff",))["runs"]))
    unpriced, bounded = dense.energy("loihi1-davies2018"), spiking.energy("loihi1-davies2018")
    assert unpriced is not None
    assert bounded is not None
    assert (unpriced.is_priced, bounded.is_priced, bounded.is_lower_bound) == (False, True, True)
    assert cells.energy(unpriced) == "no price"
    assert cells.energy(bounded).startswith("≥ ")
    assert dense.energy("nowhere") is None
    assert cells.energy(None) == "–"


def test_mean_terms_add_up_to_the_total(make: Make) -> None:
    (group,) = grouped(parse_runs(make(("spiking",), ("ff",), (0, 1))["runs"]))
    energy = group.energy("loihi1-davies2018")
    assert energy is not None
    terms = mean_terms_J(group, "loihi1-davies2018").values()
    assert sum(band.nominal for band in terms) == pytest.approx(energy.nominal_J.mean)
    assert sum(band.high for band in terms) == pytest.approx(energy.high_J)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (Statistic(1.31e-6, None, 1), "1.31 µJ"),
        (Statistic(1.31e-6, 2e-8, 3), "1.31 ± 0.02 µJ"),
        (Statistic(1.31e-6, 0.0, 3), "1.31 µJ"),
        (Statistic(0.0, 0.0, 2), "0 J"),
        (None, "–"),
    ],
)
def test_quantities_share_one_prefix(value: Statistic | None, text: str) -> None:
    assert cells.quantity(value, "J") == text


def test_firing_rates_are_listed_by_layer(make: Make) -> None:
    dense, spiking = grouped(parse_runs(make(variants=("ff",))["runs"]))
    assert cells.firing_rates(dense) == "–"
    assert cells.firing_rates(spiking) == "0.12, 0.10"
