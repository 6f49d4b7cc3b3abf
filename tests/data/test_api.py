from __future__ import annotations

import ast
import sys
from dataclasses import FrozenInstanceError, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import neuroff.data
from neuroff.data import NAMES, FileStatus, catalog, fetch, load, progress_bar, status
from neuroff.errors import DataError, MissingDependencyError

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.data.conftest import Mirror, TinySet


@pytest.fixture
def tiny_catalog(
    tiny: TinySet, other_tiny: TinySet, monkeypatch: pytest.MonkeyPatch, mirror_factory: Callable[[], Mirror]
) -> None:
    specs = []
    for each in (tiny, other_tiny):
        mirror = mirror_factory()
        mirror.serve_set(each)
        specs.append(replace(each.spec, mirrors=(mirror.url,)))
    monkeypatch.setattr(catalog, "IDX_SETS", (*specs, *catalog.IDX_SETS[2:]))
    monkeypatch.delenv("NEUROFF_DATA", raising=False)


@pytest.mark.usefixtures("tiny_catalog")
def test_fetch_then_load_by_argument_and_by_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(DataError, match="fetch mnist --data-dir"):
        load("mnist", tmp_path)
    fetch("mnist", tmp_path)
    assert load("mnist", str(tmp_path)).train_images.shape == (20, 28, 28)
    monkeypatch.setenv("NEUROFF_DATA", str(tmp_path))
    assert load("mnist").name == "mnist"
    with pytest.raises(DataError, match="Run `neuroff data fetch fashion-mnist`, or name"):
        load("fashion-mnist")
    fetch("fashion-mnist")
    loaded = load("fashion-mnist")
    assert loaded.provenance.source == "tiny fashion-mnist"
    with pytest.raises(FrozenInstanceError):
        loaded.name = "x"  # type: ignore[misc]


@pytest.mark.usefixtures("tiny_catalog")
def test_load_never_downloads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def forbidden(*args: Any, **kwargs: Any) -> None:
        raise AssertionError("downloaded")

    monkeypatch.setattr("pooch.retrieve", forbidden)
    with pytest.raises(DataError):
        load("mnist", tmp_path)
    status("mnist", tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("act", [load, fetch, status])
def test_unknown_name(act: Callable[[str], object]) -> None:
    with pytest.raises(DataError, match="expected one of mnist, fashion-mnist, digits"):
        act("imagenet")


def test_digits_need_no_directory(tmp_path: Path) -> None:
    assert len(load("digits", tmp_path / "absent").train_images) == 1437
    assert [record.action for record in fetch("digits", tmp_path / "absent")] == ["embedded"]
    assert status("digits", tmp_path) == (FileStatus("digits", "load_digits", "ok", "embedded", None),)
    assert list(tmp_path.iterdir()) == []


def test_digits_without_scikit_learn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sklearn", None)
    with pytest.raises(MissingDependencyError, match="pip install scikit-learn"):
        load("digits")


@pytest.mark.usefixtures("tiny_catalog")
def test_status_of_all(tmp_path: Path) -> None:
    fetch("fashion-mnist", tmp_path)
    rows = status(None, tmp_path)
    assert [row.dataset for row in rows[:9]] == ["mnist"] * 4 + ["fashion-mnist"] * 4 + ["digits"]
    assert [row.state for row in rows[:9]] == ["absent"] * 4 + ["ok"] * 5
    assert {row.dataset for row in rows} == {*NAMES, "shd", "ssc"}
    assert {row.state for row in rows[9:]} == {"absent"}
    assert all(row.url and row.checksum for row in rows[9:])


def test_progress_bar_is_silent_off_the_terminal(capfd: pytest.CaptureFixture[str]) -> None:
    with progress_bar() as progress:
        progress("file", 1, 2)
        progress("file", 2, 2)
    assert capfd.readouterr().out == ""


def test_heavy_libraries_are_imported_only_when_needed() -> None:
    heavy = {"torch", "sklearn", "pooch", "requests", "rich", "typer", "matplotlib"}
    folder = Path(neuroff.data.__file__).parent
    sources = sorted(folder.glob("*.py"))
    assert len(sources) > 5
    for source in sources:
        tree = ast.parse(source.read_text(encoding="utf-8"))
        everywhere = _imported(ast.walk(tree))
        assert "torch" not in everywhere, source.name
        assert not heavy & _imported(tree.body), source.name


def _imported(nodes: Any) -> set[str]:
    names: set[str] = set()
    for node in nodes:
        if isinstance(node, ast.Import):
            names.update(alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module.split(".")[0])
    return names


def test_names_are_exported() -> None:
    for name in neuroff.data.__all__:
        assert getattr(neuroff.data, name) is not None
