from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from neuroff.data.location import DataRoot, data_root, find_file, folder_of
from neuroff.errors import DataError

if TYPE_CHECKING:
    from tests.data.conftest import TinySet


def test_argument_before_environment_before_cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("NEUROFF_DATA", str(tmp_path / "env"))
    assert data_root(tmp_path / "arg") == DataRoot(tmp_path / "arg", named=True)
    assert data_root() == DataRoot(tmp_path / "env", named=False)
    monkeypatch.setenv("NEUROFF_DATA", "")
    assert data_root().path.name == "neuroff"
    monkeypatch.delenv("NEUROFF_DATA")
    assert data_root().path.name == "neuroff"
    assert data_root().path.is_absolute()


def test_home_and_relative_paths_become_absolute(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    assert data_root("~/sets").path == tmp_path / "sets"
    assert data_root("sets").path == tmp_path / "sets"


def test_a_file_is_not_a_data_directory(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("x")
    with pytest.raises(DataError, match=f"data directory: {file} is not a directory"):
        data_root(file)
    monkeypatch.setenv("NEUROFF_DATA", str(file))
    with pytest.raises(DataError, match=f"NEUROFF_DATA: {file} is not a directory"):
        data_root()


@pytest.mark.parametrize("bad", ["~no-such-user-here/x", "a\0b", "x" * 5000])
def test_unusable_paths(bad: str) -> None:
    with pytest.raises(DataError, match="cannot use") as caught:
        data_root(bad)
    assert caught.value.fix


def test_fetch_command_repeats_a_named_directory() -> None:
    assert DataRoot(Path("/a b"), named=True).fetch_command("mnist") == (
        "`neuroff data fetch mnist --data-dir '/a b'`"
    )
    assert DataRoot(Path("/a"), named=False).fetch_command("mnist") == "`neuroff data fetch mnist`"


def test_own_folder_before_flat(tiny: TinySet, root: DataRoot) -> None:
    assert folder_of(tiny.spec, root) == root.path / "mnist"
    tiny.write(root.path)
    assert folder_of(tiny.spec, root) == root.path
    (root.path / "mnist").mkdir()
    assert folder_of(tiny.spec, root) == root.path
    (root.path / "mnist" / "t10k-labels-idx1-ubyte").write_bytes(b"")
    assert folder_of(tiny.spec, root) == root.path / "mnist"


def test_gzip_before_plain_and_only_files(tiny: TinySet, tmp_path: Path) -> None:
    file = tiny.spec.train_labels
    assert find_file(tmp_path, file) is None
    (tmp_path / file.gz_name).mkdir()
    assert find_file(tmp_path, file) is None
    (tmp_path / file.stem).write_bytes(b"")
    plain = find_file(tmp_path, file)
    assert plain is not None
    assert plain.published == file.forms[1]
    (tmp_path / file.gz_name).rmdir()
    (tmp_path / file.gz_name).write_bytes(b"")
    gz = find_file(tmp_path, file)
    assert gz is not None
    assert gz.published == file.forms[0]


def test_folder_that_cannot_be_searched(tiny: TinySet) -> None:
    with pytest.raises(DataError, match="cannot be searched") as caught:
        find_file(Path("/" + "x" * 300), tiny.spec.train_labels)
    assert caught.value.fix
