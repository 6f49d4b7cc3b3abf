from __future__ import annotations

import json
from pathlib import Path

import pytest

from neuroff.data import DataSet
from neuroff.errors import ConfigError
from neuroff.experiments.readings import READINGS, reading_config, run_readings
from neuroff.runs import Execution
from neuroff.training import Interrupted

SMALL = ("widths=12,8", "training.epochs=3", "data.train_count=150", "evaluate_every=0")


def test_every_reading_is_another_configuration_of_the_paper_preset() -> None:
    configs = [reading_config(reading, "mnist", 0, ()) for reading in READINGS]
    dumped = [config.model_dump_json() for config in configs]
    assert len({reading.id for reading in READINGS}) == len(READINGS)
    # A variant's row that spells out what the preset holds anyway is there to be compared; no other repeats.
    assert len(set(dumped)) == len(dumped)
    base = reading_config(READINGS[0], "mnist", 0, ())
    assert base.data.train_count == 50_000
    assert all(config.training.epochs == 1000 for config in configs)


def test_without_held_out_images_nothing_is_trained(few_digits: DataSet, tmp_path: Path) -> None:
    for count in ("none", "200"):
        settings = (*SMALL, f"data.train_count={count}")
        with pytest.raises(ConfigError, match=r"data.train_count: all 200 .*less than 200.*train_count=1000"):
            run_readings(few_digits, tmp_path, name="digits", settings=settings)
    assert not list(tmp_path.iterdir())


def test_the_grid_is_stored_and_leaves_the_test_images_alone(few_digits: DataSet, tmp_path: Path) -> None:
    chosen = [reading for reading in READINGS if reading.id in ("ff-base-preset", "acff-partners-all")]
    result = run_readings(few_digits, tmp_path, name="digits", settings=SMALL, readings=chosen)
    assert json.loads((tmp_path / "readings-digits.json").read_text()) == result.to_json()
    for row in result.readings:
        assert set(row.held_out) == {"goodness", "collaborative", "last"}
        assert all(0 <= value <= 1 for value in row.held_out.values())
    for file in (tmp_path / "readings").glob("*/result.json"):
        assert json.loads(file.read_text())["accuracy"]["test"] is None
    before = {file: file.stat().st_mtime_ns for file in (tmp_path / "readings").glob("*/result.json")}
    assert len(before) == 2
    again = run_readings(few_digits, tmp_path, name="digits", settings=SMALL, readings=chosen)
    assert again.readings == result.readings
    assert before == {file: file.stat().st_mtime_ns for file in before}


def test_what_ran_before_an_interruption_is_in_the_table(few_digits: DataSet, tmp_path: Path) -> None:
    with pytest.raises(Interrupted):
        run_readings(
            few_digits,
            tmp_path,
            name="digits",
            settings=SMALL,
            readings=READINGS[:2],
            execution=Execution(should_stop=lambda: (tmp_path / "readings-digits.json").exists()),
        )
    (row,) = json.loads((tmp_path / "readings-digits.json").read_text())["readings"]
    assert (row["variant"], row["point"]) == ("ff", "base")


def test_another_scale_in_the_same_folder_is_refused(few_digits: DataSet, tmp_path: Path) -> None:
    from neuroff.errors import RunError

    run_readings(few_digits, tmp_path, name="digits", settings=SMALL, readings=READINGS[:1])
    with pytest.raises(RunError, match="another configuration"):
        run_readings(few_digits, tmp_path, name="digits", settings=(*SMALL, "theta=1"), readings=READINGS[:1])
