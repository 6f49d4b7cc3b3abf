from __future__ import annotations

import json
from pathlib import Path

import pytest

from neuroff.data import DataSet
from neuroff.errors import RunError
from neuroff.experiments.spiking_study import run_study
from neuroff.experiments.studies import BUS_BITS, BUS_DELAYS, STUDIES, Study, StudyName, case_config
from neuroff.runs import Execution
from neuroff.training import Interrupted
from tests.narrow import present

SMALL = ("widths=12,8", "training.epochs=2", "data.train_count=150", "evaluate_every=0", "neuron.steps=3")


@pytest.mark.parametrize("name", list(STUDIES))
def test_every_case_is_a_network_of_its_own_at_a_common_scale(name: StudyName) -> None:
    study = STUDIES[name]
    configs = [case_config(study, case, "mnist", 3, ("train_count=700",)) for case in study.cases]
    assert len({case.name for case in study.cases}) == len(study.cases)
    assert len({config.model_dump_json() for config in configs}) == len(study.cases)
    assert all(config.data.train_count == 700 and config.seed == 3 for config in configs)
    assert all(config.path == "spiking" for config in configs)


def test_the_bus_study_has_every_number_of_bits_with_every_delay() -> None:
    configs = [case_config(STUDIES["bus"], case, "mnist", 0) for case in STUDIES["bus"].cases]
    found = {(config.collaboration.bits, config.collaboration.delay) for config in configs}
    assert found == {(bits, delay) for bits in BUS_BITS for delay in BUS_DELAYS}
    assert all(config.collaboration.timing == "online" and config.variant == "fcff" for config in configs)


def test_the_rules_have_a_gain_that_does_not_look_ahead() -> None:
    configs = [case_config(STUDIES["rule"], case, "mnist", 0) for case in STUDIES["rule"].cases]
    assert {config.network.gain for config in configs} == {"online"}
    assert {config.neuron.rule for config in configs} == {"batch", "online_end", "online_step"}


def test_rows_are_stored_and_nothing_is_done_twice(few_digits: DataSet, tmp_path: Path) -> None:
    result = run_study("gain", few_digits, tmp_path, dataset_name="digits", settings=SMALL)
    assert json.loads((tmp_path / "gain-digits.json").read_text()) == result.to_json()
    assert [row.case for row in result.rows] == [case.name for case in STUDIES["gain"].cases]
    for row in result.rows:
        assert 0 <= row.test <= 1
        assert 0 <= present(row.held_out) <= 1
        assert row.held_out_collaborative is None, "plain FF hears nobody"
        assert row.held_out_images == 50
        assert row.T == 3
        # Rates are per neuron and step; ten labels are presented.
        assert row.spikes_per_image == pytest.approx(row.mean_rate * (12 + 8) * 3 * 10)
        assert row.config["seed"] == 0
        assert row.versions["torch"]
    before = {file: file.stat().st_mtime_ns for file in (tmp_path / "runs").glob("*/*.json")}
    assert len(before) == 3 * len(result.rows)
    again = run_study("gain", few_digits, tmp_path, dataset_name="digits", settings=SMALL)
    assert again.rows == result.rows
    assert before == {file: file.stat().st_mtime_ns for file in before}


def test_an_interrupted_study_keeps_what_is_done(
    few_digits: DataSet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = iter([False] * 8 + [True])
    with pytest.raises(Interrupted):
        run_study(
            "gain",
            few_digits,
            tmp_path,
            dataset_name="digits",
            settings=SMALL,
            execution=Execution(should_stop=lambda: next(asked, True)),
        )
    stored = json.loads((tmp_path / "gain-digits.json").read_text())
    assert 1 <= len(stored["rows"]) < stored["cases"]
    whole = run_study("gain", few_digits, tmp_path, dataset_name="digits", settings=SMALL)
    assert len(whole.rows) == whole.cases
    # An interrupted case ends in the numbers of one that was not: only the clock differs.
    other = run_study("gain", few_digits, tmp_path / "other", dataset_name="digits", settings=SMALL)
    assert [row.model_copy(update={"seconds": 0}) for row in whole.rows] == [
        row.model_copy(update={"seconds": 0}) for row in other.rows
    ]


def test_seeds_are_added_to_what_is_there_and_another_scale_is_refused(
    few_digits: DataSet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    short = Study("two", (), STUDIES["goodness"].cases[:2])
    monkeypatch.setitem(STUDIES, "goodness", short)
    one = run_study("goodness", few_digits, tmp_path, dataset_name="digits", settings=SMALL)
    two = run_study("goodness", few_digits, tmp_path, dataset_name="digits", settings=SMALL, seeds=(0, 1))
    assert two.rows[:2] == one.rows
    assert [row.seed for row in two.rows] == [0, 0, 1, 1]
    with pytest.raises(RunError, match="another configuration"):
        run_study("goodness", few_digits, tmp_path, dataset_name="digits", settings=(*SMALL, "theta=1"))


def test_without_held_out_images_nothing_is_said_about_them(
    few_digits: DataSet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(STUDIES, "bus", Study("one", (), STUDIES["bus"].cases[:1]))
    settings = (*SMALL, "data.train_count=200")
    (row,) = run_study("bus", few_digits, tmp_path, dataset_name="digits", settings=settings).rows
    assert row.held_out is None
    assert row.held_out_collaborative is None
    assert row.held_out_images == 0
