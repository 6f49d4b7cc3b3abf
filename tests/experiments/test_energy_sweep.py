from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from neuroff.data import DataSet
from neuroff.energy import load_profile
from neuroff.errors import ConfigError, RunError
from neuroff.experiments.energy_sweep import EnergySweep, _mark_front, sweep_energy, with_weight_bits
from neuroff.report.energy.pareto import pareto, point_name, sweep_figure, sweep_grid, sweep_page, write_sweep
from neuroff.report.energy.sheets import sweep_sheets
from neuroff.report.figures import new_figure
from neuroff.report.theme import themed
from neuroff.results.sweep import SweepResult
from tests.narrow import bias_of, present, weight_of
from tests.samples import configured, lively_network

SMALL = EnergySweep(steps=(2, 3), widths=(12,), weight_bits=(2, 8), settings=("epochs=1",))


@pytest.fixture(scope="module")
def swept(
    tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> tuple[Path, SweepResult]:
    from neuroff.data import load

    out = tmp_path_factory.mktemp("sweep")
    profiles = [
        load_profile(name) for name in ("loihi1-davies2018", "generic-horowitz45", "truenorth-marginal")
    ]
    return out, sweep_energy(SMALL, load("digits"), profiles, out)


def points_of(pairs: list[tuple[float, float]]) -> list[dict[str, Any]]:
    return [
        {"accuracy": share, "profiles": {"p": {"energy_J": {"nominal": joules}, "front": False}}}
        for joules, share in pairs
    ]


@given(
    st.lists(st.tuples(st.sampled_from([1.0, 2.0, 3.0, 4.0]), st.sampled_from([0.1, 0.2, 0.3])), min_size=1)
)
def test_the_front_is_what_no_other_network_beats(pairs: list[tuple[float, float]]) -> None:
    points = points_of(pairs)
    _mark_front(points, "p")
    front = {pair for pair, point in zip(pairs, points, strict=True) if point["profiles"]["p"]["front"]}
    unbeaten = {
        (joules, share)
        for joules, share in pairs
        if not any(j <= joules and s >= share and (j, s) != (joules, share) for j, s in pairs)
    }
    assert front == unbeaten
    assert sum(point["profiles"]["p"]["front"] for point in points) == len(unbeaten)


def test_a_network_without_energy_is_on_no_front() -> None:
    points = points_of([(1.0, 0.1)])
    points[0]["profiles"]["p"]["energy_J"] = None
    _mark_front(points, "p")
    assert not points[0]["profiles"]["p"]["front"]


@pytest.mark.parametrize("bits", [2, 3, 8])
def test_rounded_weights_have_as_many_values_as_bits_allow(bits: int) -> None:
    network = lively_network(configured("widths=9,7", path="spiking"))
    rounded = with_weight_bits(network, bits)
    most = 2 ** (bits - 1) - 1
    for layer, exact in zip(rounded.layers, network.layers, strict=True):
        step = weight_of(exact).abs().max() / most
        assert len(weight_of(layer).unique()) <= 2 * most + 1
        assert (weight_of(layer) - weight_of(exact)).abs().max() <= step / 2 * (1 + 1e-6)
        assert weight_of(layer).abs().max() == pytest.approx(float(weight_of(exact).abs().max()))
        assert torch.equal(bias_of(layer), bias_of(exact))


def test_zero_weights_stay_zero_and_one_bit_is_refused() -> None:
    network = lively_network(configured("widths=4", path="spiking"))
    silent = replace(
        network,
        layers=tuple(layer.mapped(torch.zeros_like) for layer in network.layers),
    )
    assert not weight_of(with_weight_bits(silent, 4).layers[0]).any()
    with pytest.raises(ConfigError, match="1 bits"):
        with_weight_bits(network, 1)


def test_every_combination_is_measured_and_priced(swept: tuple[Path, SweepResult]) -> None:
    out, result = swept
    assert json.loads((out / "sweep.json").read_text()) == result.to_json()
    assert {(p.steps, p.weight_bits) for p in result.points} == {(2, 2), (2, 8), (3, 2), (3, 8)}
    for point in result.points:
        loihi, chip = point.profiles["loihi1-davies2018"], point.profiles["truenorth-marginal"]
        assert loihi.fits
        assert present(loihi.energy_J).low <= present(loihi.energy_J).nominal <= present(loihi.energy_J).high
        assert "macs_float32" not in loihi.unpriced, "spikes go in, so nothing is multiplied"
        assert not chip.fits
        assert chip.energy_J is None
        assert chip.shortfalls
    assert any(point.profiles["loihi1-davies2018"].front for point in result.points)


def test_figure_tables_and_page(swept: tuple[Path, SweepResult], tmp_path: Path) -> None:
    _, result = swept
    names = [path.name for path in write_sweep(result, tmp_path)]
    assert names == ["pareto.svg", "pareto.png", "sweep.md"]
    page = (tmp_path / "sweep.md").read_text()
    assert "(<pareto.svg>)" in page
    assert load_profile("truenorth-marginal").sha256() in page
    grid = sweep_grid(result, "truenorth-marginal")
    assert not grid.rows
    assert any("4 do not fit" in note and "needs" in note for note in grid.notes)
    assert "![" not in sweep_page(result, None)


def test_a_bound_on_the_time_stays_one(few_digits: DataSet, tmp_path: Path) -> None:
    sweep = EnergySweep(steps=(2,), widths=(12,), settings=("epochs=1",))
    names = ("loihi1-davies2018", "spinnaker1-spinnmachine")
    result = sweep_energy(sweep, few_digits, [load_profile(name) for name in names], tmp_path)
    for name, bound in zip(names, (False, True), strict=True):
        (sheet,) = (each for each in sweep_sheets(result) if name in each.name)
        assert {record["latency_is_lower_bound"] for record in sheet.records} == {bound}
        for cells in sweep_grid(result, name).rows:
            assert cells[-1].startswith("≥ ") is bound


def test_the_figure_marks_every_priced_network(swept: tuple[Path, SweepResult]) -> None:
    _, result = swept
    with themed():
        ax = new_figure(3.0).subplots()
        assert pareto(result.points, "generic-horowitz45", ax) is ax
        drawn = {(x, y) for line in ax.lines for x, y in zip(*map(np.asarray, line.get_data()), strict=True)}
        priced = [(present(p.profiles["generic-horowitz45"].energy_J).nominal, 100 * p.accuracy)
                  for p in result.points]  # fmt: skip
        assert drawn == set(priced)
        with pytest.raises(RunError, match="no network has an energy"):
            pareto(result.points, "truenorth-marginal", ax)


def test_a_finished_sweep_is_not_overwritten_but_resumed(swept: tuple[Path, SweepResult]) -> None:
    from neuroff.data import load

    out, result = swept
    profiles = [load_profile("loihi1-davies2018")]
    with pytest.raises(RunError, match="already here"):
        sweep_energy(SMALL, load("digits"), profiles, out)
    again = sweep_energy(SMALL, load("digits"), profiles, out, resume=True)
    assert [p.accuracy for p in again.points] == [p.accuracy for p in result.points]


def test_a_dense_sweep_has_no_time_steps() -> None:
    names = [name for name, _ in EnergySweep(path="dense", steps=(2, 4), widths=(8, 16)).configs()]
    assert names == ["w8", "w16"]


def test_bad_command_lines_end_in_one_message(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from neuroff.cli.main import run

    for arguments, word in (
        (["--steps", "two"], "--steps"),
        (["--weight-bits", "1"], "--weight-bits"),
        (["--widths", ""], "--widths"),
        (["--thresholds", "nan"], "--thresholds"),
        (["--rate-penalties", "-1"], "--rate-penalties"),
        (["--set", "nonsense=1"], "nonsense"),
    ):
        assert run(["sweep-energy", "--out", str(tmp_path / "x"), *arguments]) == 2
        assert word in capsys.readouterr().err
    assert not (tmp_path / "x").exists()


def test_rate_penalties_are_swept(few_digits: DataSet, tmp_path: Path) -> None:
    sweep = replace(SMALL, steps=(3,), weight_bits=(8,), rate_penalties=(0.0, 20.0), settings=("epochs=3",))
    profiles = [load_profile("loihi1-davies2018")]
    plain, penalised = sweep_energy(sweep, few_digits, profiles, tmp_path).points
    assert (plain.rate_penalty, penalised.rate_penalty) == (0.0, 20.0)
    assert penalised.spikes < plain.spikes
    assert point_name(penalised).endswith("λ 20")


def test_both_ways_of_asking_stand_in_one_figure(tmp_path: Path) -> None:
    from neuroff.data import load

    sweep = EnergySweep(
        variant="ff", steps=(2,), widths=(12,), weight_bits=(3, 8), settings=("epochs=1",), beside=("groups",)
    )
    assert [name for name, _ in sweep.configs()] == ["T2-w12-theta1", "groups-T2-w12-theta1"]
    result = sweep_energy(sweep, load("digits"), [load_profile("loihi1-davies2018")], tmp_path)
    assert [point.asking for point in result.points] == ["label", "label", "groups", "groups"]
    assert result.beside == ("groups",)
    label, groups = (
        present(point.profiles["loihi1-davies2018"].energy_J).nominal for point in result.points[1::2]
    )
    assert groups < label  # one presentation, not ten; the image alone is most of so small a network's work
    grid = sweep_grid(result, "loihi1-davies2018")
    assert grid.header[0] == "asking"
    with themed():
        (legend,) = sweep_figure(result).legends
    assert [text.get_text() for text in legend.get_texts()] == ["a label in the image", "class groups"]
    assert SweepResult.read(tmp_path / "sweep.json") == result
