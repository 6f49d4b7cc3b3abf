"""Finished runs of several folders in one: by content, each once."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from neuroff.cli.main import run
from neuroff.config import Config
from neuroff.data import DataSet
from neuroff.errors import RunError
from neuroff.results import RunResult
from neuroff.runs.content import content_of, content_of_result
from neuroff.runs.folder import RunDirectory, load_run, train_run
from neuroff.runs.merging import merge_runs


def trained(folder: Path, config: Config, dataset: DataSet) -> RunResult:
    return train_run(RunDirectory(folder), config, dataset)


def test_content_is_configuration_and_data_whatever_the_folder(
    quick: Callable[..., Config], few_digits: DataSet, digits: DataSet, tmp_path: Path
) -> None:
    config = quick()
    result = trained(tmp_path / "run", config, few_digits)
    assert content_of_result(result) == content_of(config, few_digits)
    assert content_of(quick("seed=1"), few_digits) != content_of(config, few_digits)
    own = DataSet.from_arrays(
        digits.train_images, digits.train_labels, *(digits.test_images, digits.test_labels)
    )
    assert content_of(config, own) != content_of(config, few_digits)


def test_runs_come_together_and_none_twice(
    quick: Callable[..., Config], few_digits: DataSet, tmp_path: Path
) -> None:
    out, one, other = tmp_path / "out", tmp_path / "one", tmp_path / "other"
    trained(one / "runs" / "0", quick("seed=0"), few_digits)
    trained(one / "runs" / "1", quick("seed=1"), few_digits)
    trained(other / "elsewhere" / "1", quick("seed=1"), few_digits)
    trained(other / "runs" / "2", quick("seed=2"), few_digits)
    (other / "runs" / "3").mkdir()
    (other / "runs" / "3" / "config.json").write_text("{}")  # not finished
    merged = merge_runs(out, [one, other])
    assert merged.taken == ["runs/0", "runs/1", "runs/2"]
    assert (merged.there, merged.differing) == (["elsewhere/1"], [])
    for seed in range(3):
        assert load_run(RunDirectory(out / "runs" / str(seed))).config.seed == seed
    again = merge_runs(out, [one, other])
    assert (again.taken, len(again.there)) == ([], 4)


def test_another_machines_network_is_said_and_another_runs_place_refused(
    quick: Callable[..., Config], few_digits: DataSet, tmp_path: Path
) -> None:
    one, other, third = tmp_path / "one", tmp_path / "other", tmp_path / "third"
    for folder in (one, other):
        trained(folder / "run", quick(), few_digits)
    file = other / "run" / "result.json"
    values = json.loads(file.read_text())
    values["files"]["network.safetensors"] = "0" * 64
    RunResult.of(values | {"sha256": None}, str(file)).write(file)
    merged = merge_runs(one, [other])
    assert (merged.taken, merged.there, merged.differing) == ([], ["run"], ["run"])
    trained(third / "run", quick("seed=5"), few_digits)
    with pytest.raises(RunError, match="another run is here"):
        merge_runs(one, [third])
    with pytest.raises(RunError, match="is not the file that the run's"):
        merge_runs(tmp_path / "new", [other])


def test_the_command(
    quick: Callable[..., Config], few_digits: DataSet, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    trained(tmp_path / "one" / "run", quick(), few_digits)
    folders = [str(tmp_path / "out"), str(tmp_path / "one")]
    assert run(["merge", *folders, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["taken"] == ["run"]
    assert run(["merge", *folders]) == 0
    assert "0 runs taken, 1 were there" in capsys.readouterr().out
    assert run(["merge", str(tmp_path / "out"), str(tmp_path / "nothing")]) == 2
    assert "no such folder" in capsys.readouterr().err
