from __future__ import annotations

import io
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.io import savemat

import neuroff
from neuroff.config.overrides import apply_settings
from neuroff.config.presets import preset
from neuroff.data.archives import ArchiveSet, members, read_archives
from neuroff.data.archives.sets import CIFAR10, CIFAR100, EMNIST, SVHN
from neuroff.data.location import DataRoot
from neuroff.errors import DataError
from tests.data.archives.made import (
    cifar10_members,
    cifar100_members,
    emnist_members,
    put,
    svhn_file,
    tar_of,
    zip_of,
)
from tests.samples import train_by

STREAM = np.random.default_rng(0)
IMAGES = STREAM.integers(0, 256, (8, 3, 32, 32), np.uint8)
LABELS = [3, 0, 9, 1, 1, 4, 7, 2]
MEMBERS = cifar10_members(IMAGES, LABELS)
TEST_BATCH = "cifar-10-batches-bin/test_batch.bin"


@pytest.fixture
def root(tmp_path: Path) -> DataRoot:
    return DataRoot(tmp_path, named=True)


def test_cifar10_is_read_channel_after_channel_with_names(root: DataRoot) -> None:
    loaded = read_archives(put(CIFAR10, (tar_of(MEMBERS),), root.path), root, None)
    assert np.array_equal(loaded.train_images, IMAGES[:5])
    assert np.array_equal(loaded.test_images, IMAGES[5:])
    assert loaded.train_labels.tolist() + loaded.test_labels.tolist() == LABELS
    assert loaded.provenance.classes[:2] == ("airplane", "automobile")
    assert (loaded.provenance.files[0].form, len(loaded.provenance.files[0].sha256)) == ("archive", 64)


def test_cifar100_has_the_fine_labels(root: DataRoot) -> None:
    fine = [99, 0, 42, 17, 5, 6, 7, 8]
    spec = put(CIFAR100, (tar_of(cifar100_members(IMAGES, fine, train=6)),), root.path)
    loaded = read_archives(spec, root, None)
    assert loaded.train_labels.tolist() + loaded.test_labels.tolist() == fine
    assert np.array_equal(loaded.train_images, IMAGES[:6])
    assert loaded.provenance.classes[42] == "kind_42"


@pytest.mark.parametrize("compressed", [True, False])
def test_svhn_has_its_ten_as_zero(root: DataRoot, compressed: bool) -> None:
    train = svhn_file(IMAGES[:5], [1, 10, 2, 9, 10], compressed)
    spec = put(SVHN, (train, svhn_file(IMAGES[5:], [3, 4, 5], compressed)), root.path)
    loaded = read_archives(spec, root, None)
    assert np.array_equal(loaded.train_images, IMAGES[:5])
    assert np.array_equal(loaded.test_images, IMAGES[5:])
    assert loaded.train_labels.tolist() == [1, 0, 2, 9, 0]


def test_emnist_is_upright_and_letters_count_from_zero(root: DataRoot) -> None:
    train, test = (STREAM.integers(0, 256, (n, 28, 28), np.uint8) for n in (4, 3))
    letters = {number: chr(64 + number) + chr(96 + number) for number in range(1, 27)}
    digits = {number: str(number) for number in range(10)}
    archive = zip_of(
        emnist_members("letters", (train, [1, 26, 3, 4]), (test, [2, 2, 25]), letters)
        | emnist_members("digits", (test, [0, 1, 9]), (train, [0, 5, 6, 7]), digits)
    )
    by_name = {spec.name: put(spec, (archive,), root.path) for spec in EMNIST}
    loaded = read_archives(by_name["emnist-letters"], root, None)
    assert np.array_equal(loaded.train_images, train)
    assert loaded.train_labels.tolist() == [0, 25, 2, 3]
    assert (loaded.n_classes, loaded.provenance.classes[:2]) == (26, ("A", "B"))
    assert read_archives(by_name["emnist-digits"], root, None).train_labels.tolist() == [0, 1, 9]
    with pytest.raises(DataError, match="no gzip/emnist-balanced-train-images"):
        read_archives(by_name["emnist"], root, None)


@pytest.mark.parametrize("spec", [CIFAR10, SVHN, EMNIST[0]])
def test_a_missing_file_says_what_to_fetch_and_where_to_put_it(spec: ArchiveSet, root: DataRoot) -> None:
    with pytest.raises(DataError) as caught:
        read_archives(spec, root, None)
    text = str(caught.value)
    for file in spec.files:
        form = file.published
        assert f"{spec.mirrors[0]}{form.name} (sha256 {form.checksum.removeprefix('sha256:')})" in text
    assert f"put into {root.path / spec.folder}" in text
    assert f"neuroff data fetch {spec.name} --data-dir" in text


def test_another_file_is_not_decoded(root: DataRoot, monkeypatch: pytest.MonkeyPatch) -> None:
    put(CIFAR10, (b"anything",), root.path)
    monkeypatch.setattr(tarfile, "open", lambda **_: pytest.fail("not to be opened"))
    with pytest.raises(DataError, match=r"wrong checksum, sha256 .*c4a38c50a1bc"):
        read_archives(CIFAR10, root, None)


def _with_a_link() -> bytes:
    link = tarfile.TarInfo(TEST_BATCH)
    link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
    return tar_of({key: value for key, value in MEMBERS.items() if key != TEST_BATCH}, link)


@pytest.mark.parametrize(
    ("archive", "message"),
    [
        (lambda: b"not gzip at all", "damaged archive"),
        (lambda: tar_of(MEMBERS)[:-2000], "damaged archive"),
        (lambda: tar_of({"cifar-10-batches-py/data_batch_1": b"\x80\x04N."}), "no cifar-10-batches-bin"),
        (_with_a_link, f"no {TEST_BATCH}"),
        (lambda: tar_of({f"../{key}": value for key, value in MEMBERS.items()}), "no cifar-10-batches-bin"),
        (lambda: tar_of(MEMBERS | {TEST_BATCH: bytes(3074)}), "expected records of 3073 bytes"),
        (lambda: tar_of(MEMBERS | {TEST_BATCH: bytes([10]) + bytes(3072)}), "labels from 10 to 10"),
        (lambda: tar_of(MEMBERS | {"cifar-10-batches-bin/batches.meta.txt": b"a b"}), "2 names in"),
        (lambda: tar_of(MEMBERS | {TEST_BATCH: bytes(160_000_000)}), "expected at most 153700000"),
    ],
)
def test_a_bad_archive_ends_in_one_message(
    archive: Callable[[], bytes], message: str, root: DataRoot
) -> None:
    with pytest.raises(DataError, match=message):
        read_archives(put(CIFAR10, (archive(),), root.path), root, None)
    assert [path.name for path in root.path.rglob("*") if path.is_file()] == ["cifar-10-binary.tar.gz"]


def test_members_without_end_are_refused(root: DataRoot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(members, "_MOST_MEMBERS", 3)
    with pytest.raises(DataError, match="more than 3 members"):
        read_archives(put(CIFAR10, (tar_of(MEMBERS),), root.path), root, None)


def _mat(**arrays: Any) -> bytes:
    stream = io.BytesIO()
    savemat(stream, arrays)
    return stream.getvalue()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "no header of MATLAB 5"),
        (b"MATLAB 7.3 MAT-file".ljust(124) + b"\x00\x02IM" + b"\x89HDF" * 99, "no header of MATLAB 5"),
        (_mat(X=IMAGES.transpose(2, 3, 1, 0).astype(float), y=np.ones((8, 1))), "double"),
        (_mat(X=IMAGES.transpose(2, 3, 1, 0), y=np.ones((7, 1))), "it holds"),
        (_mat(y=np.ones((7, 1))), "it holds"),
        (svhn_file(IMAGES, [11] * 8), "labels from 11 to 11"),
        (svhn_file(IMAGES, [0] * 8), "labels from 0 to 0"),
        (svhn_file(IMAGES, [1] * 8)[:-50], "it holds"),
        (svhn_file(IMAGES, [1] * 8)[:150], "cannot be read"),
    ],
)
def test_a_bad_matlab_file_ends_in_one_message(content: bytes, message: str, root: DataRoot) -> None:
    with pytest.raises(DataError, match=message):
        read_archives(put(SVHN, (content, content), root.path), root, None)


@pytest.mark.parametrize(
    ("spoilt", "message"),
    [
        ({"mapping.txt": b"0 x"}, "cannot be read"),
        ({"mapping.txt": b"0 48\n"}, "1 classes in"),
        ({"mapping.txt": b"0 48\n2 49\n"}, "one after the other"),
        ({"train-labels-idx1-ubyte.gz": b"zip"}, "not a gzip file"),
    ],
)
def test_a_bad_member_of_emnist_is_named(spoilt: dict[str, bytes], message: str, root: DataRoot) -> None:
    images, digits = np.zeros((2, 28, 28), np.uint8), {number: str(number) for number in range(10)}
    good = emnist_members("digits", (images, [0, 1]), (images, [2, 3]), digits)
    archive = zip_of(good | {f"gzip/emnist-digits-{key}": value for key, value in spoilt.items()})
    with pytest.raises(DataError, match=message):
        read_archives(put(EMNIST[4], (archive,), root.path), root, None)


@pytest.mark.parametrize("layers", ["widths=12", "network.layers=conv 40x3, pool 2, conv 40x3 groups"])
def test_colour_images_are_learnt_from(layers: str, root: DataRoot) -> None:
    dataset = read_archives(put(CIFAR10, (tar_of(MEMBERS),), root.path), root, None)
    settings = (layers, "train_count=none", "batch_size=4", "epochs=1", "evaluate_every=0")
    grouped = "conv" in layers
    config = apply_settings(
        preset("groups" if grouped else "best", path="dense", dataset="cifar10"), settings
    )
    split = neuroff.prepare(dataset, config)
    assert split.train.planes is not None
    assert split.train.planes.shape == (3, 32, 32)
    assert train_by(config, split).network.layers
