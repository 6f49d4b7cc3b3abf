from __future__ import annotations

import dataclasses
import itertools
import json

import pytest

from benchmarks.coefficients import numbers
from neuroff.energy import list_profiles, load_profile
from neuroff.energy.placing.placement import place
from neuroff.energy.pricing.account import Account, account
from neuroff.energy.pricing.beside import with_spikes
from neuroff.energy.pricing.deployment import deploy
from neuroff.energy.profile.prices import Band
from neuroff.energy.units import format_si
from neuroff.energy.work import LayerWork
from neuroff.report.energy import answers, cells
from neuroff.report.energy.learning_table import learning_grid
from neuroff.report.energy.report import EnergyReport
from neuroff.report.energy.sheets import energy_sheets
from neuroff.report.grid import Grid, markdown_table
from neuroff.report.printed import share_of_all
from tests.narrow import present
from tests.report.energy.conftest import Build


def row(grid: Grid, name: str) -> dict[str, str]:
    return dict(zip(grid.header, next(cells for cells in grid.rows if cells[0] == name), strict=True))


def test_the_main_table_says_energy_time_and_evidence_of_every_device(build: Build) -> None:
    report = build()
    grid = answers.main_grid(report)
    assert [cells_of[0] for cells_of in grid.rows] == [
        "operation:", "generic-horowitz45", "generic-jouppi7", "chip:", "loihi1-davies2018", "loihi1-sanafe",
        "odin", "unstated:", "spinnaker1-allin",
    ]  # fmt: skip
    silent = answers.silent_grid(report)
    told = {cells_of[0] for cells_of in (*grid.rows, *silent.rows)}
    assert told >= {entry.profile.id for entry in report.accounts}
    loihi = next(entry for entry in report.accounts if entry.profile.id == "loihi1-davies2018")
    shown = row(grid, "loihi1-davies2018")
    assert loihi.energy_J is not None
    assert shown["energy"] == f"≥ {format_si(loihi.energy_J.nominal, 'J')}"
    assert shown["latency"] == format_si(present(loihi.network.latency_s), "s")
    assert shown["evidence"] == present(loihi.network.estimate).weakest_evidence
    assert shown["static"].endswith("%")
    assert shown["priced\nas"] == "simulated"  # nothing was exported here
    assert shown["training\nsample"].startswith("≥ ")


def test_a_bound_on_the_time_is_one_in_every_form(build: Build) -> None:
    report = build(profiles=("loihi1-davies2018", "truenorth-marginal"))
    records = {record["profile"]: record for record in energy_sheets(report)[0].records}
    grid = answers.main_grid(report)
    for entry, bound in zip(report.accounts, (False, True), strict=True):
        assert entry.network.latency_is_lower_bound is bound
        assert row(grid, entry.profile.id)["latency"].startswith("≥ ") is bound
        assert records[entry.profile.id]["latency_is_lower_bound"] is bound
        assert bool(entry.to_dict()["latency"]["untimed"]) is bound


def test_a_device_without_prices_has_no_price_and_not_zero(build: Build) -> None:
    shown = row(answers.silent_grid(build()), "xylo-a2")
    assert shown[""] == "no price"
    assert shown["why"] == "no published price"
    assert shown["what would help"] == load_profile("xylo-a2").meta.wanted


@pytest.mark.parametrize("name", list_profiles())
def test_a_device_without_price_or_band_says_which_measurement_is_wanted(name: str) -> None:
    profile = load_profile(name)
    priced = any(path.startswith("energy.") for path, _, _ in numbers(profile))
    assert (profile.meta.wanted is not None) == (not priced and not profile.inferred)


def test_a_dense_network_is_told_that_a_device_runs_spikes(build: Build) -> None:
    report = build(profiles=("xylo-a2",))
    work = report.counted.work
    layers = tuple(
        LayerWork(each.name, each.inputs, each.neurons, each.synapses, spiking=False, products=9.0)
        for each in work.layers
    )
    counted = dataclasses.replace(report.counted, work=dataclasses.replace(work, layers=layers))
    dense = dataclasses.replace(report, accounts=(account(counted, load_profile("xylo-a2")),))
    shown = row(answers.silent_grid(dense), "xylo-a2")
    assert "runs spikes" in shown["why"]
    assert shown["what would help"] == "a spiking network: --path spiking"


def test_a_network_that_does_not_fit_says_what_it_needs(build: Build) -> None:
    report = build(profiles=("brainscales2",))
    wide = report.counted.work.layers[0]
    layers = (dataclasses.replace(wide, neurons=5000, synapses=40 * 5000), report.counted.work.layers[1])
    counted = dataclasses.replace(
        report.counted, work=dataclasses.replace(report.counted.work, layers=layers)
    )
    accounts = tuple(account(counted, load_profile(name)) for name in ("brainscales2",))
    broken = dataclasses.replace(report, accounts=accounts)
    shown = row(answers.silent_grid(broken), "brainscales2")
    assert shown[""] == "does not fit"
    assert "needs 5,010" in shown["why"] or "needs 10" in shown["why"]
    fitting = [int(width) for width in shown["what would help"].removeprefix("widths=").split(",")]
    assert _fits(broken, fitting)
    assert not _fits(broken, [fitting[0] + 12, fitting[1] + 1]), "the widest of this shape"
    assert not answers.main_grid(broken).rows
    assert accounts[0].to_dict()["energy_J"] is None
    assert accounts[0].to_dict()["fits"] is False
    assert accounts[0].to_dict()["shortfalls"]


def test_only_comparable_devices_are_ranked(build: Build) -> None:
    report = build()
    ranked = {frozenset(ranking.profiles) for ranking in report.rankings}
    assert ranked == {
        frozenset({"generic-horowitz45", "generic-jouppi7"}),
        frozenset({"loihi1-davies2018", "loihi1-sanafe"}),
    }
    # ODIN's figures enclose the chip as well, but its clock has no time per event, so no static power is in.
    assert _account(report, "odin").energy_J is not None
    for ranking in report.rankings:
        energies = [present(_account(report, name).energy_J).nominal for name in ranking.profiles]
        assert energies == sorted(energies)
        assert len(ranking.decided) == len(ranking.profiles) - 1


def test_an_order_is_claimed_only_for_bands_that_do_not_overlap(build: Build) -> None:
    for ranking in build().rankings:
        pairs = zip(ranking.profiles, ranking.profiles[1:], ranking.decided, strict=False)
        for lower, higher, decided in pairs:
            a, b = (_account(build(), name) for name in (lower, higher))
            missing, also = ({entry.count for entry in present(x.network.estimate).unpriced} for x in (a, b))
            assert decided == (present(a.energy_J).high < present(b.energy_J).low and missing <= also)


def test_twins_have_a_break_even_at_which_both_cost_the_same(build: Build) -> None:
    report = build(profiles=("generic-horowitz45", "generic-jouppi7"))
    each = report.counted.spikes_per_synapse
    found = 0
    for entry in report.accounts:
        for twin in entry.twins:
            if not twin.break_even:
                continue
            found += 1
            assert each is not None
            assert twin.ratio is not None
            same = deploy(with_spikes(report.counted.work, twin.break_even / each), entry.profile)
            assert present(same.estimate).total_J.nominal == pytest.approx(
                present(twin.deployment.estimate).total_J.nominal, rel=1e-4
            )
            assert (twin.ratio < 1) == (each < twin.break_even)
    assert found >= 2


def test_the_first_layer_of_a_twin_shares_the_image_as_the_network_does(build: Build) -> None:
    report = build(profiles=("generic-horowitz45",))
    twin = report.accounts[0].twins[0].deployment
    assert twin.counts["macs_int8"] == 20 * (30 + 10) + 10 * 200


def test_learning_has_the_bus_on_a_line_of_its_own_and_backpropagation_beside(build: Build) -> None:
    grid = learning_grid(build("dense"))
    by_line = {(cells_of[1]): cells_of for cells_of in grid.rows[:2]}
    assert grid.header[2:5] == ("FF", "F-CFF", "A-CFF")
    assert by_line["of it collaboration"][2] == "0 J"
    assert by_line["of it collaboration"][3].startswith("≥ ")
    assert "J" in by_line["epoch"][5]
    assert any("F-CFF 4" in note for note in grid.notes)


def test_an_epoch_is_as_many_samples(build: Build) -> None:
    report = build("dense", ("generic-horowitz45",))
    cost = report.accounts[0].learning[0]
    assert cost.energy_J is not None
    bus = cost.collaboration_J
    alone = next(other for other in report.accounts[0].learning if other.variant == "ff")
    assert cost.energy_J.nominal - present(alone.energy_J).nominal == pytest.approx(
        present(bus).nominal, rel=1e-6
    )
    shown = row(learning_grid(report), "generic-horowitz45")
    assert shown["A-CFF"] == f"≥ {format_si(1000 * cost.energy_J.nominal, 'J')}"


def test_spiking_learning_needs_a_price_of_a_weight_update(build: Build) -> None:
    by_id = {entry.profile.id: entry for entry in build().accounts}
    assert by_id["loihi1-davies2018"].learning[0].energy_J is not None
    assert by_id["generic-horowitz45"].learning[0].energy_J is None
    assert present(by_id["loihi1-davies2018"].backprop).energy_J is None
    assert present(by_id["generic-horowitz45"].backprop).energy_J is not None


def test_json_is_plain_finite_and_in_base_units(build: Build) -> None:
    report = build(profiles=tuple(list_profiles()), measured=True)
    told = json.loads(json.dumps(report.result().to_json(), allow_nan=False))
    assert set(told["profiles"]) == set(list_profiles())
    for name, entry in told["profiles"].items():
        assert {"energy_J", "latency_s", "terms_J", "unpriced", "fits"} <= set(entry)
        assert entry["profile"]["sha256"] == load_profile(name).sha256()
        if entry["energy_J"] is not None:
            assert entry["energy_J"]["low"] <= entry["energy_J"]["nominal"] <= entry["energy_J"]["high"]
            total = sum(term["nominal"] for term in entry["terms_J"].values())
            assert total == pytest.approx(entry["energy_J"]["nominal"])
    assert told["measured"]["above_idle_J"] == pytest.approx(0.05 - 8.0 * 2e-3)


def test_swings_leave_the_other_coefficients_alone(build: Build) -> None:
    entry = _account(build(), "loihi1-davies2018")
    total, terms = entry.energy_J, present(entry.network.estimate).terms_J
    assert [swing.width_J for swing in entry.swings] == sorted(
        (swing.width_J for swing in entry.swings), reverse=True
    )
    for swing in entry.swings:
        band = terms[swing.term]
        assert swing.high_J - present(total).nominal == pytest.approx(band.high - band.nominal)
        assert present(total).nominal - swing.low_J == pytest.approx(band.nominal - band.low)
    assert sum(s.high_J - present(total).nominal for s in entry.swings) == pytest.approx(
        present(total).high - present(total).nominal
    )


def test_hostile_names_stay_text_in_markdown(build: Build) -> None:
    text = markdown_table(answers.main_grid(build()))
    assert "<script" not in text


@pytest.mark.parametrize(
    ("value", "printed"), [(None, "–"), (0.0, "0 %"), (0.5, "50 %"), (0.9999, "99.99 %"), (1.0, "100 %")]
)
def test_shares(value: float | None, printed: str) -> None:
    assert share_of_all(value) == printed


def test_bands_share_a_unit_where_they_can() -> None:
    assert cells.span(Band(1.1e-6, 2e-6, 2.3e-6)) == "1.1 – 2.3 µJ"
    assert cells.span(Band(1e-9, 2e-6, 2.3e-6)) == "1.0 nJ – 2.3 µJ"
    assert cells.span(Band(1e-6, 1e-6, 1e-6)) == "–"


def _fits(report: EnergyReport, widths: list[int]) -> bool:
    work = report.counted.work
    sizes = [work.layers[0].inputs, *widths]
    layers = tuple(LayerWork(f"layer {n}", a, b, a * b) for n, (a, b) in enumerate(itertools.pairwise(sizes)))
    smaller = dataclasses.replace(work, layers=layers)
    return place(smaller, load_profile("brainscales2"), weight_bit=6).fits


def _account(report: EnergyReport, name: str) -> Account:
    return next(entry for entry in report.accounts if entry.profile.id == name)
