from __future__ import annotations

import gzip
import json
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neuroff.data import catalog
from neuroff.data.location import DataRoot
from neuroff.data.store import file_status, read_set, status_of
from neuroff.errors import DataError

if TYPE_CHECKING:
    from tests.data.conftest import TinySet

STEMS = [
    "train-images-idx3-ubyte",
    "train-labels-idx1-ubyte",
    "t10k-images-idx3-ubyte",
    "t10k-labels-idx1-ubyte",
]


@pytest.mark.parametrize("form", ["gz", "plain"])
@pytest.mark.parametrize("flat", [False, True])
def test_reads_what_was_published(tiny: TinySet, root: DataRoot, form: str, flat: bool) -> None:
    tiny.write(root.path if flat else root.path / "mnist", form)
    loaded = read_set(tiny.spec, root)
    assert loaded.name == "mnist"
    assert loaded.n_classes == 10
    assert loaded.train_images.shape == (20, 28, 28)
    assert loaded.test_images.shape == (10, 28, 28)
    assert loaded.train_images.tobytes() == tiny.raw[STEMS[0]][16:]
    assert loaded.train_labels.astype(np.uint8).tobytes() == tiny.raw[STEMS[1]][8:]
    assert loaded.test_images.tobytes() == tiny.raw[STEMS[2]][16:]
    assert loaded.test_labels.astype(np.uint8).tobytes() == tiny.raw[STEMS[3]][8:]
    record = loaded.provenance.to_json()
    assert json.loads(json.dumps(record)) == record
    assert (record["n_train"], record["n_test"]) == (20, 10)
    assert [file["form"] for file in record["files"]] == [form] * 4
    expected = [f.gz_sha256 if form == "gz" else f.raw_sha256 for f in tiny.spec.files]
    assert [file["sha256"] for file in record["files"]] == expected
    assert str(root.path) not in json.dumps(record)


def test_forms_may_be_mixed(tiny: TinySet, root: DataRoot) -> None:
    tiny.write(root.path / "mnist", "gz")
    (root.path / "mnist" / f"{STEMS[2]}.gz").unlink()
    (root.path / "mnist" / STEMS[2]).write_bytes(tiny.raw[STEMS[2]])
    assert [f.form for f in read_set(tiny.spec, root).provenance.files] == ["gz", "gz", "plain", "gz"]


def test_nothing_there(tiny: TinySet, root: DataRoot) -> None:
    with pytest.raises(DataError) as caught:
        read_set(tiny.spec, root)
    message = str(caught.value)
    for part in [*STEMS, str(root.path / "mnist"), "neuroff data fetch mnist --data-dir", "NEUROFF_DATA"]:
        assert part in message


@pytest.mark.parametrize("stem", STEMS)
def test_one_file_missing(tiny: TinySet, root: DataRoot, stem: str) -> None:
    tiny.write(root.path / "mnist")
    (root.path / "mnist" / f"{stem}.gz").unlink()
    with pytest.raises(DataError) as caught:
        read_set(tiny.spec, root)
    assert [name for name in STEMS if name in str(caught.value)] == [stem]
    assert caught.value.fix


def _relabel(raw: bytes) -> bytes:
    return raw[:-1] + b"\x0a"


def _fewer(raw: bytes) -> bytes:
    # One label less, with a header that says so.
    return raw[:4] + (int.from_bytes(raw[4:8], "big") - 1).to_bytes(4, "big") + raw[8:-1]


@pytest.mark.parametrize(
    ("stem", "spoil", "what"),
    [
        (STEMS[0], lambda raw: raw[:100] + bytes([raw[100] ^ 1]) + raw[101:], "wrong checksum, sha256 "),
        (STEMS[1], lambda raw: raw[:3] + b"\x03" + raw[4:], "magic number 2051"),
        (STEMS[1], _relabel, "label 10 at position 19 is out of range"),
        (STEMS[1], _fewer, "20 images, but .* has 19 labels"),
        (STEMS[2], lambda raw: raw[:11] + b"\x20" + raw[12:], "images are 32x28 pixels"),
        (STEMS[2], lambda raw: raw[:-1], "payload is truncated"),
        (STEMS[3], lambda raw: raw + b"\0", "payload is too long"),
        (STEMS[3], lambda raw: raw + bytes(1 << 17), "(longer|more) than"),
    ],
)
@pytest.mark.parametrize("form", ["gz", "plain"])
def test_wrong_content_is_named(
    tiny: TinySet, root: DataRoot, stem: str, spoil: Callable[[bytes], bytes], what: str, form: str
) -> None:
    folder = root.path / "mnist"
    tiny.write(folder, form)
    wrong = spoil(tiny.raw[stem])
    path = folder / (f"{stem}.gz" if form == "gz" else stem)
    path.write_bytes(gzip.compress(wrong) if form == "gz" else wrong)
    with pytest.raises(DataError, match=what) as caught:
        read_set(tiny.spec, root)
    assert stem in str(caught.value)
    assert caught.value.expected
    assert caught.value.fix


@pytest.mark.parametrize(
    ("spoil", "what"),
    [
        (lambda gz: gz[: len(gz) // 2], "ends early"),
        (lambda gz: gz + b"\0", "1 bytes follow the end"),
        (lambda gz: b"<html>not found</html>", "not a gzip file"),
        (lambda gz: b"", "not a gzip file"),
        (lambda gz: gz[:4] + b"\1" + gz[5:], "wrong checksum"),  # another time stamp, the same content
    ],
)
def test_wrong_gzip_is_named(
    tiny: TinySet, root: DataRoot, spoil: Callable[[bytes], bytes], what: str
) -> None:
    tiny.write(root.path / "mnist")
    path = root.path / "mnist" / f"{STEMS[0]}.gz"
    path.write_bytes(spoil(tiny.gz[STEMS[0]]))
    with pytest.raises(DataError, match=what) as caught:
        read_set(tiny.spec, root)
    assert caught.value.where == str(path)
    assert caught.value.fix


def test_wrong_checksum_names_got_expected_and_fix(tiny: TinySet, root: DataRoot) -> None:
    tiny.write(root.path / "mnist", "plain")
    spoiled = bytearray(tiny.raw[STEMS[0]])
    spoiled[50] ^= 1
    (root.path / "mnist" / STEMS[0]).write_bytes(spoiled)
    with pytest.raises(DataError) as caught:
        read_set(tiny.spec, root)
    assert "sha256 " in caught.value.what
    assert tiny.spec.train_images.raw_sha256 is not None
    assert tiny.spec.train_images.raw_sha256 in caught.value.expected
    assert tiny.spec.train_images.raw_sha256 not in caught.value.what
    assert root.fetch_command("mnist") in caught.value.fix


def test_files_of_another_set_are_recognised(
    tiny: TinySet, other_tiny: TinySet, root: DataRoot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(catalog, "IDX_SETS", (tiny.spec, other_tiny.spec))
    other_tiny.write(root.path)
    with pytest.raises(DataError, match="this is the file of fashion-mnist: train-images-idx3-ubyte"):
        read_set(tiny.spec, root)


def test_unreadable_file(tiny: TinySet, root: DataRoot, monkeypatch: pytest.MonkeyPatch) -> None:
    tiny.write(root.path / "mnist")
    real_open = Path.open

    def refuse(path: Path, *args: Any, **kwargs: Any) -> Any:
        if path.name.startswith(STEMS[1]):
            raise PermissionError(13, "Permission denied")
        return real_open(path, *args, **kwargs)

    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(DataError, match=r"train-labels.* cannot be read \(Permission denied\)") as caught:
        read_set(tiny.spec, root)
    assert caught.value.fix
    states = {row.file: row.state for row in status_of(tiny.spec, root)}
    assert states == dict.fromkeys(STEMS, "ok") | {STEMS[1]: "unreadable"}


def test_status_of_each_file(tiny: TinySet, root: DataRoot) -> None:
    assert [row.state for row in status_of(tiny.spec, root)] == ["absent"] * 4
    folder = root.path / "mnist"
    tiny.write(folder)
    (folder / f"{STEMS[1]}.gz").unlink()
    (folder / STEMS[1]).write_bytes(tiny.raw[STEMS[1]])
    (folder / f"{STEMS[2]}.gz").write_bytes(b"short")
    spoiled = tiny.gz[STEMS[3]][:-1] + b"!"
    (folder / f"{STEMS[3]}.gz").write_bytes(spoiled)
    rows = status_of(tiny.spec, root)
    assert [row.file for row in rows] == STEMS
    assert [(row.state, row.form) for row in rows] == [
        ("ok", "gz"),
        ("ok", "plain"),
        ("wrong checksum", "gz"),
        ("wrong checksum", "gz"),
    ]
    assert rows[1].path == str(folder / STEMS[1])
    assert json.loads(json.dumps(rows[0].to_json()))["state"] == "ok"
    absent = file_status(tiny.spec, root.path, tiny.spec.train_images)
    assert (absent.state, absent.form, absent.path) == ("absent", None, str(root.path / f"{STEMS[0]}.gz"))


@settings(max_examples=60, deadline=None)
@given(stem=st.sampled_from(STEMS), compressed=st.booleans(), data=st.data())
def test_any_change_of_any_file_is_a_data_error(
    tiny: TinySet, stem: str, compressed: bool, data: st.DataObject
) -> None:
    published = tiny.gz[stem] if compressed else tiny.raw[stem]
    position = data.draw(st.integers(0, len(published)))
    inserted = data.draw(st.binary(max_size=8))
    removed = data.draw(st.integers(0, 8))
    changed = published[:position] + inserted + published[position + removed :]
    with tempfile.TemporaryDirectory() as folder:
        tiny.write(Path(folder), "gz" if compressed else "plain")
        (Path(folder) / (f"{stem}.gz" if compressed else stem)).write_bytes(changed)
        root = DataRoot(Path(folder), named=True)
        if changed == published:
            assert len(read_set(tiny.spec, root).train_labels) == 20
        else:
            with pytest.raises(DataError) as caught:
                read_set(tiny.spec, root)
            assert caught.value.fix
