"""Who computed a run is kept with it, and goes on with it."""

from __future__ import annotations

from pathlib import Path

import pytest

from neuroff.config import Config
from neuroff.config.overrides import apply_settings
from neuroff.config.presets import preset
from neuroff.data import DataSet
from neuroff.errors import Interrupted, RunError
from neuroff.files import read_tensors, write_tensors
from neuroff.runs import reading
from neuroff.runs.folder import RunDirectory, load_run, train_run


@pytest.fixture
def config() -> Config:
    start = preset("demo", path="spiking", dataset="digits")
    return apply_settings(start, ["widths=30,20", "epochs=1", "train_count=60", "steps=3"])


def interrupted(directory: RunDirectory, config: Config, dataset: DataSet) -> None:
    with pytest.raises(Interrupted):
        train_run(directory, config, dataset, should_stop=lambda: True)


def test_the_engine_of_a_run_is_recorded_and_used_again(
    config: Config, few_digits: DataSet, tmp_path: Path
) -> None:
    for name in ("numba", "torch"):
        directory = RunDirectory(tmp_path / name)
        named = apply_settings(config, [f"training.engine={name}"])
        assert train_run(directory, named, few_digits).engine == name
        assert load_run(directory).network.engine.name == name
    small = RunDirectory(tmp_path / "auto")
    assert train_run(small, config, few_digits).engine == "torch"


def test_a_run_without_numba_is_predicted_by_pytorch(
    config: Config, few_digits: DataSet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    directory = RunDirectory(tmp_path / "run")
    train_run(directory, apply_settings(config, ["training.engine=numba"]), few_digits)
    monkeypatch.setattr(reading, "has_kernels", lambda: False)
    assert load_run(directory).network.engine.name == "torch"


def test_a_resumed_run_keeps_its_engine(config: Config, few_digits: DataSet, tmp_path: Path) -> None:
    directory = RunDirectory(tmp_path / "run")
    interrupted(directory, config, few_digits)
    tensors, values = read_tensors(directory.checkpoint_file)
    assert values["engine"] == "torch"
    write_tensors(directory.checkpoint_file, tensors, {**values, "engine": "numba"})
    assert train_run(directory, config, few_digits, resume=True).engine == "numba"


def test_an_engine_that_is_not_there_ends_in_a_message(
    config: Config, few_digits: DataSet, tmp_path: Path
) -> None:
    directory = RunDirectory(tmp_path / "run")
    interrupted(directory, config, few_digits)
    tensors, values = read_tensors(directory.checkpoint_file)
    write_tensors(directory.checkpoint_file, tensors, {**values, "engine": "abacus"})
    with pytest.raises(RunError, match=r"engine .*abacus.*torch or numba"):
        train_run(directory, config, few_digits, resume=True)
