"""Loaders by name, and a data set of the caller's own trained by its name."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import neuroff
from neuroff.choices import DATA_SETS
from neuroff.config import parse_config
from neuroff.config.presets import preset
from neuroff.data import DataSet, Registry, fetch, load, names, register, status
from neuroff.data.registry import DataDir
from neuroff.errors import ConfigError, DataError
from tests.narrow import present
from tests.samples import synthetic


def made(data_dir: DataDir, steps: int | None) -> DataSet:
    return synthetic()


@pytest.fixture
def own() -> str:
    """A name registered for one test alone."""
    register("own-images", made)
    return "own-images"


def test_a_loader_gets_the_folder_and_the_steps() -> None:
    seen: list[tuple[DataDir, int | None]] = []

    def loader(data_dir: DataDir, steps: int | None) -> DataSet:
        seen.append((data_dir, steps))
        return synthetic()

    registry = Registry({})
    registry.register("a", loader)
    assert registry.load("a", "here", 3).name == "synthetic"
    assert registry.load("a").name == "synthetic"
    assert seen == [("here", 3), (None, None)]
    assert registry.names == ("a",)


@pytest.mark.parametrize("name", ["", "Big", "a b", "a,b", "../a", "a/b", "-a", "a" * 65, 3])
def test_what_is_no_name_is_refused(name: Any) -> None:
    with pytest.raises(DataError, match="is no name; expected 1 to 64 small letters"):
        Registry({}).register(name, made)


def test_a_name_is_given_once() -> None:
    registry = Registry({"a": made})
    with pytest.raises(DataError, match="'a' is taken"):
        registry.register("a", made)
    with pytest.raises(DataError, match="'mnist' is taken"):
        register("mnist", made)


def test_a_loader_is_called_and_returns_a_data_set() -> None:
    data: Any = synthetic()
    with pytest.raises(DataError, match="the loader of 'a' is a DataSet; expected a function"):
        Registry({}).register("a", data)
    broken: Any = lambda data_dir, steps: data.train_images  # noqa: E731
    with pytest.raises(DataError, match="data set a: its loader returned a ndarray"):
        Registry({"a": broken}).load("a")


def test_what_neuroff_brings_along_is_there() -> None:
    assert names()[: len(DATA_SETS)] == DATA_SETS


def test_a_registered_set_is_trained_by_its_name(own: str, tmp_path: Path) -> None:
    config = neuroff.apply_settings(
        preset("demo", dataset=own), ["widths=8,6", "epochs=2", "batch_size=20", "evaluate_every=0"]
    )
    assert config.data.train_count is None
    result = neuroff.train_run(neuroff.RunDirectory(tmp_path / "run"), config, load(config.data.dataset))
    assert 0 <= present(result.accuracy.test) <= 1
    assert neuroff.load_run(neuroff.RunDirectory(tmp_path / "run")).config.data.dataset == own


def test_there_are_no_files_of_it_to_fetch(own: str) -> None:
    for act in (fetch, status):
        with pytest.raises(DataError, match="keeps no files of own-images; expected one of mnist"):
            act(own)


@pytest.mark.usefixtures("own")
def test_an_unknown_name_lists_registered_ones_too() -> None:
    with pytest.raises(DataError, match=r"'other'; expected one of mnist, .*ssc, own-images"):
        load("other")
    with pytest.raises(ConfigError, match=r"data.dataset='other'.*ssc, own-images.*register"):
        parse_config({"data": {"dataset": "other"}}, "test")
    with pytest.raises(ConfigError, match=r"data.dataset='other'"):
        preset("demo", dataset="other")
