from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, get_args, get_type_hints

import pytest

from neuroff.config import Config
from neuroff.data import DataSet
from neuroff.data.published import FormName
from neuroff.errors import RunError
from neuroff.results import BackpropResult, RunResult, read_trained
from neuroff.results.origin import SourceFile
from neuroff.runs.folder import RunDirectory, train_run
from tests.results.checking import OLD, misfits


@pytest.mark.parametrize(
    ("name", "kind"), [("run-dense", RunResult), ("run-spiking", RunResult), ("backprop", BackpropResult)]
)
def test_an_old_file_reads_and_comes_out_as_it_was_with_its_digest(
    name: str, kind: type, tmp_path: Path
) -> None:
    source = OLD / f"{name}.json"
    result = read_trained(source)
    assert type(result) is kind
    result.write(tmp_path / "again.json")
    again = json.loads((tmp_path / "again.json").read_text())
    assert len(again.pop("sha256")) == 64
    assert list(again.items()) == list(json.loads(source.read_text()).items())
    assert read_trained(tmp_path / "again.json") == result


def test_a_number_that_was_changed_since_is_noticed(tmp_path: Path) -> None:
    file = tmp_path / "result.json"
    RunResult.read(OLD / "run-dense.json").write(file)
    for old, new in (('"seed": 0', '"seed": 1'), ('"sha256": "', '"sha256": "0')):
        text = file.read_text()
        assert old in text
        file.write_text(text.replace(old, new))
        with pytest.raises(RunError, match="not what was written: its content has another digest"):
            read_trained(file)
        file.write_text(text)


def test_the_schema_fits_what_training_writes(
    quick: Callable[..., Config], few_digits: DataSet, tmp_path: Path
) -> None:
    for path in ("dense", "spiking"):
        directory = RunDirectory(tmp_path / path)
        result = train_run(directory, quick(path=path), few_digits)
        written = json.loads(directory.result_file.read_text())
        assert misfits("run", written) == []
        assert RunResult.read(directory.result_file) == result
        assert [len(epoch.layers) for epoch in result.history] == [2] * 4
    del written["accuracy"]["test"]
    assert any("'test' is a required" in each for each in misfits("run", written))
    assert misfits("backprop", json.loads((OLD / "run-dense.json").read_text()))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda v: v.pop("accuracy"), "accuracy: is missing"),
        (lambda v: v["history"][0].pop("seconds"), "history.0.seconds: is missing"),
        (lambda v: v.update(seed="many"), "seed: 'many'.*integer"),
        (lambda v: v.update(colour=3), "colour: is not a key of it"),
        (lambda v: v["accuracy"].update(test=float("inf")), "accuracy.test: inf.*finite"),
        (lambda v: [v.pop(key) for key in ("seed", "commit", "data", "gamma", "pixels")], "and 2 more"),
    ],
)
def test_a_damaged_file_is_one_message(
    tmp_path: Path, change: Callable[[dict[str, Any]], object], message: str
) -> None:
    values = json.loads((OLD / "run-dense.json").read_text())
    change(values)
    file = tmp_path / "result.json"
    file.write_text(json.dumps(values))
    with pytest.raises(RunError, match=message) as caught:
        read_trained(file)
    assert str(file) in str(caught.value)
    assert "rain again" in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("key", ["pixels", "classes"])
@pytest.mark.parametrize("value", ["1e999", "0", "-1", str(2**31), "1e308", "784.5", "true", '"x"', "NaN"])
def test_sizes_that_no_network_has_are_one_message(tmp_path: Path, key: str, value: str) -> None:
    values = json.loads((OLD / "run-dense.json").read_text()) | {key: "here"}
    file = tmp_path / "result.json"
    file.write_text(json.dumps(values).replace('"here"', value))
    with pytest.raises(RunError, match=rf"{key}: .*expected the result of|not JSON") as caught:
        read_trained(file)
    assert "\n" not in str(caught.value)


def test_a_result_does_not_change() -> None:
    result = RunResult.read(OLD / "run-dense.json")
    with pytest.raises(ValueError, match="frozen"):
        result.seed = 1  # type: ignore[misc]


def test_files_of_every_form_are_recorded() -> None:
    """Runs on archives ended in an error when they were done."""
    found = set(get_args(get_type_hints(SourceFile)["form"]))
    assert found == {*get_args(FormName), "embedded"}
