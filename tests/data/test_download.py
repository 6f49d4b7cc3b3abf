from __future__ import annotations

import itertools
import logging
import os
import socket
import stat
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pooch
import pytest

from neuroff.claims import claimed
from neuroff.data.download import fetch_set
from neuroff.data.location import DataRoot
from neuroff.data.store import read_set, status_of
from neuroff.errors import DataError

if TYPE_CHECKING:
    from neuroff.data.catalog import IdxSet
    from tests.data.conftest import Mirror, TinySet

    MakeMirror = Callable[[], Mirror]


def spec_with(tiny: TinySet, *mirrors: str) -> IdxSet:
    return replace(tiny.spec, mirrors=mirrors)


def refused_url() -> str:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{probe.getsockname()[1]}/"


def names(tiny: TinySet) -> list[str]:
    return [file.gz_name for file in tiny.spec.files]


def assert_nothing_left(root: DataRoot) -> None:
    assert not (root.path / "mnist").exists()
    assert list(root.path.iterdir()) == []


def test_fetches_verifies_and_can_be_loaded(
    tiny: TinySet, root: DataRoot, mirror_factory: MakeMirror, capfd: pytest.CaptureFixture[str]
) -> None:
    mirror = mirror_factory()
    mirror.serve_set(tiny)
    spec = spec_with(tiny, mirror.url)
    calls: list[tuple[str, int, int]] = []
    records = fetch_set(spec, root, lambda *call: calls.append(call))
    assert [record.action for record in records] == ["fetched"] * 4
    assert [record.url for record in records] == [mirror.url + name for name in names(tiny)]
    assert [record.path for record in records] == [str(root.path / "mnist" / name) for name in names(tiny)]
    assert sorted(path.name for path in (root.path / "mnist").iterdir()) == sorted(names(tiny))
    assert len(read_set(spec, root).train_images) == 20
    last = {file: (done, total) for file, done, total in calls}
    assert last == {f"mnist/{file.gz_name}": (file.gz_bytes, file.gz_bytes) for file in spec.files}
    assert capfd.readouterr() == ("", "")


def test_second_fetch_asks_for_nothing(tiny: TinySet, root: DataRoot, mirror_factory: MakeMirror) -> None:
    mirror = mirror_factory()
    mirror.serve_set(tiny)
    spec = spec_with(tiny, mirror.url)
    fetch_set(spec, root)
    mirror.log.clear()
    assert [record.action for record in fetch_set(spec, root)] == ["kept"] * 4
    assert mirror.log == []


def test_resumes_after_the_last_complete_file(
    tiny: TinySet, root: DataRoot, mirror_factory: MakeMirror
) -> None:
    mirror = mirror_factory()
    mirror.serve_set(tiny)
    del mirror.answers[names(tiny)[2]]
    spec = spec_with(tiny, mirror.url)
    with pytest.raises(DataError, match="404"):
        fetch_set(spec, root)
    assert sorted(path.name for path in (root.path / "mnist").iterdir()) == sorted(names(tiny)[:2])
    with pytest.raises(DataError, match="no t10k-images-idx3-ubyte, t10k-labels-idx1-ubyte"):
        read_set(spec, root)
    mirror.serve_set(tiny)
    mirror.log.clear()
    records = fetch_set(spec, root)
    assert [record.action for record in records] == ["kept", "kept", "fetched", "fetched"]
    assert mirror.log == names(tiny)[2:]


def test_wrong_bytes_from_the_first_mirror(tiny: TinySet, root: DataRoot, mirror_factory: MakeMirror) -> None:
    liar, honest = mirror_factory(), mirror_factory()
    for file in tiny.spec.files:
        liar.serve(file.gz_name, bytes(file.gz_bytes))
    honest.serve_set(tiny)
    records = fetch_set(spec_with(tiny, liar.url, honest.url), root)
    assert [record.url for record in records] == [honest.url + name for name in names(tiny)]
    assert [row.state for row in status_of(tiny.spec, root)] == ["ok"] * 4
    # The mirror that worked is asked first from then on.
    assert liar.log == names(tiny)[:1]


def test_dead_first_mirror(tiny: TinySet, root: DataRoot, mirror_factory: MakeMirror) -> None:
    mirror = mirror_factory()
    mirror.serve_set(tiny)
    records = fetch_set(spec_with(tiny, refused_url(), mirror.url), root)
    assert [record.action for record in records] == ["fetched"] * 4


def test_no_network(tiny: TinySet, root: DataRoot, mirror_factory: MakeMirror) -> None:
    one, two = refused_url(), refused_url()
    with pytest.raises(DataError) as caught:
        fetch_set(spec_with(tiny, one, two), root)
    message = str(caught.value)
    assert message.count("refused") == 2
    assert one in message
    assert two in message
    assert names(tiny)[0] in message
    assert "network" in caught.value.fix
    assert "\n" not in message
    assert_nothing_left(root)


def test_every_mirror_is_quoted(tiny: TinySet, root: DataRoot, mirror_factory: MakeMirror) -> None:
    wrong, missing = mirror_factory(), mirror_factory()
    wrong.serve(names(tiny)[0], b"<html>maintenance</html>")
    with pytest.raises(DataError) as caught:
        fetch_set(spec_with(tiny, wrong.url, missing.url, "nonsense://x/"), root)
    said = caught.value.what.split(" | ")
    assert len(said) == 3
    assert "hash" in said[0]
    assert "404" in said[1]
    assert "nonsense" in said[2]
    assert_nothing_left(root)


def test_transfer_that_breaks_off(tiny: TinySet, root: DataRoot, mirror_factory: MakeMirror) -> None:
    mirror = mirror_factory()
    name = names(tiny)[0]
    body = tiny.gz[tiny.spec.train_images.stem]
    mirror.answers[name] = lambda: (200, body[: len(body) // 2], len(body))
    with pytest.raises(DataError, match=name):
        fetch_set(spec_with(tiny, mirror.url), root)
    assert mirror.log == [name]
    assert_nothing_left(root)


def test_transfer_that_breaks_off_without_a_length(
    tiny: TinySet, root: DataRoot, mirror_factory: MakeMirror
) -> None:
    mirror = mirror_factory()
    body = tiny.gz[tiny.spec.train_images.stem]
    mirror.answers[names(tiny)[0]] = lambda: (200, body[:-1], None)
    with pytest.raises(DataError, match="hash"):
        fetch_set(spec_with(tiny, mirror.url), root)
    assert_nothing_left(root)


def test_endless_transfer_is_cut(tiny: TinySet, root: DataRoot, mirror_factory: MakeMirror) -> None:
    mirror = mirror_factory()
    mirror.answers[names(tiny)[0]] = lambda: (200, itertools.repeat(bytes(1 << 16)), None)
    with pytest.raises(DataError, match="sent more than the"):
        fetch_set(spec_with(tiny, mirror.url), root)
    assert_nothing_left(root)


@pytest.mark.parametrize("n_complete", [0, 1])
def test_ctrl_c_leaves_only_complete_files(
    tiny: TinySet, root: DataRoot, mirror_factory: MakeMirror, n_complete: int
) -> None:
    mirror = mirror_factory()
    mirror.serve_set(tiny)

    def interrupt(file: str, done: int, total: int) -> None:
        if file == f"mnist/{names(tiny)[n_complete]}":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fetch_set(spec_with(tiny, mirror.url), root, interrupt)
    if n_complete:
        assert [path.name for path in (root.path / "mnist").iterdir()] == names(tiny)[:1]
    else:
        assert_nothing_left(root)


def test_scratch_of_a_killed_process_is_no_data_set(tiny: TinySet, root: DataRoot) -> None:
    tiny.write(root.path / "mnist" / ".fetch-killed")
    assert [row.state for row in status_of(tiny.spec, root)] == ["absent"] * 4
    with pytest.raises(DataError, match="no train-images"):
        read_set(tiny.spec, root)


def test_scratch_of_a_killed_process_is_removed_by_the_next(
    tiny: TinySet, root: DataRoot, mirror_factory: MakeMirror
) -> None:
    mirror = mirror_factory()
    mirror.serve_set(tiny)
    left, busy = root.path / "mnist" / ".fetch-killed", root.path / "mnist" / ".fetch-busy"
    tiny.write(left)
    with claimed(busy):
        fetch_set(spec_with(tiny, mirror.url), root)
        assert busy.exists()
    assert not left.exists()


def test_damaged_file_is_replaced_and_intact_plain_file_kept(
    tiny: TinySet, root: DataRoot, mirror_factory: MakeMirror
) -> None:
    mirror = mirror_factory()
    mirror.serve_set(tiny)
    folder = root.path / "mnist"
    tiny.write(folder, "plain")
    (folder / names(tiny)[0]).write_bytes(b"damaged")
    records = fetch_set(spec_with(tiny, mirror.url), root)
    assert [record.action for record in records] == ["fetched", "kept", "kept", "kept"]
    assert [record.file for record in records[1:]] == [file.stem for file in tiny.spec.files[1:]]
    assert len(read_set(tiny.spec, root).test_labels) == 10


def test_damaged_file_stays_if_no_mirror_delivers(
    tiny: TinySet, root: DataRoot, mirror_factory: MakeMirror
) -> None:
    mirror = mirror_factory()
    folder = root.path / "mnist"
    tiny.write(folder)
    (folder / names(tiny)[0]).write_bytes(b"damaged")
    with pytest.raises(DataError, match="404"):
        fetch_set(spec_with(tiny, mirror.url), root)
    assert (folder / names(tiny)[0]).read_bytes() == b"damaged"
    assert sorted(path.name for path in folder.iterdir()) == sorted(names(tiny))


def test_files_directly_in_the_root_are_never_touched(
    tiny: TinySet, other_tiny: TinySet, root: DataRoot, mirror_factory: MakeMirror
) -> None:
    mirror = mirror_factory()
    mirror.serve_set(tiny)
    spec = spec_with(tiny, mirror.url)
    other_tiny.write(root.path)
    fetch_set(spec, root)
    for stem, content in other_tiny.gz.items():
        assert (root.path / f"{stem}.gz").read_bytes() == content
    assert len(read_set(spec, root).train_images) == 20
    assert len(read_set(other_tiny.spec, root).train_images) == 20


def test_complete_flat_directory_is_kept(tiny: TinySet, root: DataRoot) -> None:
    tiny.write(root.path)
    records = fetch_set(tiny.spec, root)
    assert [record.path for record in records] == [str(root.path / name) for name in names(tiny)]
    assert [record.action for record in records] == ["kept"] * 4
    assert not (root.path / "mnist").exists()


def test_empty_folder_of_the_user_survives_a_failure(
    tiny: TinySet, root: DataRoot, mirror_factory: MakeMirror
) -> None:
    (root.path / "mnist").mkdir(parents=True)
    with pytest.raises(DataError):
        fetch_set(spec_with(tiny, mirror_factory().url), root)
    assert list((root.path / "mnist").iterdir()) == []


def test_folder_that_cannot_be_made(tiny: TinySet, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(DataError, match="cannot be written") as caught:
        fetch_set(tiny.spec, DataRoot(tmp_path / "file" / "sub", named=True))
    assert caught.value.fix


@pytest.mark.skipif(os.name != "posix", reason="POSIX permissions")
def test_files_are_as_readable_as_their_folder(
    tiny: TinySet, root: DataRoot, mirror_factory: MakeMirror
) -> None:
    mirror = mirror_factory()
    mirror.serve_set(tiny)
    folder = root.path / "mnist"
    folder.mkdir(parents=True)
    folder.chmod(0o755)
    fetch_set(spec_with(tiny, mirror.url), root)
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o644}


def test_log_level_of_pooch_is_put_back(tiny: TinySet, root: DataRoot, mirror_factory: MakeMirror) -> None:
    logger = pooch.get_logger()
    before = logger.level
    logger.setLevel(logging.ERROR)
    try:
        with pytest.raises(DataError):
            fetch_set(spec_with(tiny, mirror_factory().url), root)
        assert logger.level == logging.ERROR
    finally:
        logger.setLevel(before)
