from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from benchmarks.fixed_point_learning import ABLATIONS, Case, Images, cases, learned, main, read_images
from neuroff.chip.learning import Schedule
from neuroff.data import DataSet
from neuroff.errors import RunError


@pytest.fixture(scope="module")
def images() -> Images:
    return read_images("digits")


def some_case(**changed: Any) -> Case:
    usual = {"name": "a case, small", "widths": (15,), "variant": "ff", "images": 60, "held_out": 40,
             "schedule": Schedule(2, 10, (1,)), "tested": False}  # fmt: skip
    return Case(**{**usual, **changed})


def test_the_last_sixth_is_held_out_and_nothing_is_lost(images: Images, digits: DataSet) -> None:
    assert len(images.held_out[0]) == len(digits.train_images) // 6
    assert len(images.train[0]) + len(images.held_out[0]) == len(digits.train_images)
    assert images.held_out[1].tolist() == digits.train_labels[len(images.train[1]) :].tolist()


def test_a_run_that_was_cut_off_goes_on(images: Images, tmp_path: Path) -> None:
    whole = learned(some_case(tested=True), images, tmp_path / "whole")
    path = tmp_path / "cut" / "a_case_small.json"
    learned(some_case(), images, path.parent)
    kept = json.loads(path.read_text())
    assert len(kept["held_out"]) == 2
    assert "test" not in kept
    assert learned(some_case(tested=True), images, path.parent) == whole
    assert whole["held_out"] == kept["held_out"]
    assert len(whole["test_layers"]) == 1
    with pytest.raises(RunError, match="other settings"):
        learned(some_case(images=50), images, path.parent)


def test_every_limit_is_changed_alone(images: Images, tmp_path: Path) -> None:
    found = cases(some_case(), some_case(), "ablation")
    assert [case.name for case in found] == list(ABLATIONS)
    assert all(len(changed) <= 1 or "rounded" in name for name, changed in ABLATIONS.items())
    single = next(case for case in found if case.changed == {"batch_size": 1})
    assert learned(single, images, tmp_path)["batch_size"] == 1


def test_the_command_prints_a_table_and_writes_a_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out.json"
    options = ["--dataset", "digits", "--widths", "12,8", "--images", "40", "--epochs", "1", "--only", "acff"]
    assert main([*options, "--folder", str(tmp_path), "--out", str(out)]) == 0
    printed = capsys.readouterr().out
    assert "acff, loihi1-davies2018: >= " in printed
    result = json.loads(out.read_text())
    assert result["learning"] == {"acff": result["records"]["acff"]["test"]}
    assert result["energy"]["acff"]["seneca"]["is_lower_bound"]


def test_class_groups_learn_from_one_presentation(images: Images, tmp_path: Path) -> None:
    record = learned(some_case(name="groups", widths=(20,), asking="groups"), images, tmp_path)
    assert record["asking"] == "groups"
    assert record["events"][-1]["bus_broadcasts"] == 10  # a scalar for each class, once
    assert "rivals" in record["rule"] or record["rule"].startswith("dw")


def test_the_ablation_is_of_the_label_form(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--folder", str(tmp_path), "--asking", "groups"])
    assert "the ablation is of the label form" in capsys.readouterr().err
