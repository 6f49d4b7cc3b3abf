"""IDX files of a user's own: which belong together, what they hold, and how bad ones end."""

from __future__ import annotations

import gzip
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from neuroff.cli.main import run
from neuroff.data import is_own, load
from neuroff.data.catalog import IDX_SETS
from neuroff.data.location import data_root, folder_of
from neuroff.errors import DataError
from tests.data.test_published_files import name as name  # the published sets that are here

_TYPES = {"u1": 8, "i1": 9, "i2": 11, "i4": 12, "f4": 13, "f8": 14}
STREAM = np.random.default_rng(0)
IMAGES = STREAM.integers(0, 256, (30, 5, 4)).astype("u1")
LABELS = (np.arange(30) % 3 + 1).astype("u1")


def write(path: Path, values: npt.NDArray[Any]) -> Path:
    kind = values.dtype.newbyteorder("=").str[1:]
    header = struct.pack(f">4B{values.ndim}I", 0, 0, _TYPES[kind], values.ndim, *values.shape)
    raw = header + values.astype(values.dtype.newbyteorder(">")).tobytes()
    path.write_bytes(gzip.compress(raw) if path.suffix == ".gz" else raw)
    return path


def pair(
    folder: Path, word: str = "train", end: str = "", images: Any = IMAGES, labels: Any = LABELS
) -> Path:
    folder.mkdir(exist_ok=True)
    write(folder / f"{word}-labels-idx1-ubyte{end}", labels)
    return write(folder / f"{word}-images-idx3-ubyte{end}", images)


@pytest.mark.parametrize("end", ["", ".gz"])
@pytest.mark.parametrize("word", ["t10k", "test"])
def test_train_and_test_are_found_from_one_file_or_the_folder(tmp_path: Path, end: str, word: str) -> None:
    file = pair(tmp_path / "kmnist", "emnist-letters-train", end)
    pair(tmp_path / "kmnist", f"emnist-letters-{word}", end, IMAGES[:6], LABELS[:6])
    assert is_own(str(file))
    for given in (file, file.parent):
        found = load(str(given))
        assert np.array_equal(found.train_images, IMAGES)
        assert np.array_equal(found.train_labels, LABELS - 1)
        assert np.array_equal(found.test_images, IMAGES[:6])
        assert found.provenance.classes == ("1", "2", "3")
        assert found.name == "kmnist"


def test_without_test_files_a_fifth_is_drawn(tmp_path: Path) -> None:
    found = load(str(pair(tmp_path / "own", "train")))
    assert (len(found.train_labels), len(found.test_labels)) == (24, 6)


def test_kaggles_names_and_other_types(tmp_path: Path) -> None:
    values = STREAM.random((30, 5, 4)).astype("f4")
    write(tmp_path / "train-labels.idx1-ubyte", LABELS)
    found = load(str(write(tmp_path / "train-images.idx3-ubyte", values)))
    assert set(found.train_images.ravel()) <= set(values.ravel())


def test_the_published_files_are_the_same_data(name: str) -> None:
    spec = next(each for each in IDX_SETS if each.name == name)
    own, published = load(str(folder_of(spec, data_root(None)))), load(name)
    for part in ("train_images", "train_labels", "test_images", "test_labels"):
        assert np.array_equal(getattr(own, part), getattr(published, part))


def without_labels(file: Path) -> None:
    (file.parent / "train-labels-idx1-ubyte").unlink()


def of_other_length(file: Path) -> None:
    write(file.parent / "train-labels-idx1-ubyte", LABELS[:-1])


def little_endian(file: Path) -> None:
    file.write_bytes(struct.pack("<4I", 2051, *IMAGES.shape) + IMAGES.tobytes())


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (without_labels, "no labels beside it; expected train-labels-idx1-ubyte, plain or .gz"),
        (of_other_length, "30 images, but train-labels-idx1-ubyte has 29 labels"),
        (little_endian, "it begins with the bytes 03 08 00 00"),
        (lambda file: file.write_bytes(file.read_bytes()[:-7]), "593 bytes of values; expected 600"),
        (lambda file: file.write_bytes(b""), "it begins with the bytes (none)"),
        (lambda file: file.write_bytes(b"\0\0\x08\x03" + b"\0" * 6), "too few for its header"),
        (lambda file: file.write_bytes(b"\0\0\x08\x03" + b"\xff" * 12), "600 bytes"),
        (
            lambda file: file.write_bytes(b"\0\0\x0e\x03" + b"\0" * 4 + b"\xff" * 8),
            "no values, 0×4294967295×4294967295",
        ),
    ],
)
def test_bad_files_are_one_message(
    tmp_path: Path, spoil: Callable[[Path], Any], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    file = pair(tmp_path / "own")
    spoil(file)
    if message == "600 bytes":
        message = "0 bytes of values; expected 79228162458924105385300197375"
    with pytest.raises(DataError) as raised:
        load(str(file))
    assert message in str(raised.value)
    assert run(["train", "--dataset", str(file), "--out", str(tmp_path / "run")]) == 2
    assert "Traceback" not in capsys.readouterr().err


def test_a_file_cut_short_and_one_of_labels_are_refused(tmp_path: Path) -> None:
    file = pair(tmp_path / "own", end=".gz")
    file.write_bytes(gzip.compress(struct.pack(">4I", 2051, 2**20, 1, 1) + b"\0" * 2**20)[:-8])
    with pytest.raises(DataError, match=r"gzip data ends early.*Download the file again"):
        load(str(file))
    with pytest.raises(DataError, match="not a file of images"):
        load(str(file.with_name("train-labels-idx1-ubyte.gz")))
