from __future__ import annotations

import gzip
import hashlib
import os
import shutil
from pathlib import Path

import numpy as np
import pytest

from neuroff.data import load, status
from neuroff.data.catalog import FASHION_MNIST, IDX_SETS, MNIST
from neuroff.data.location import data_root, find_file, folder_of
from neuroff.errors import DataError

EQUAL = [6000] * 10
HISTOGRAMS = {
    "mnist": (
        [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949],
        [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009],
    ),
    "fashion-mnist": (EQUAL, [1000] * 10),
}
FIRST_LABELS = {"mnist": [5, 0, 4, 1, 9], "fashion-mnist": [9, 0, 0, 3, 0]}


@pytest.fixture(params=[MNIST.name, FASHION_MNIST.name])
def name(request: pytest.FixtureRequest) -> str:
    chosen = str(request.param)
    if not os.environ.get("NEUROFF_DATA"):
        pytest.skip("NEUROFF_DATA does not name a directory with the published files")
    if all(row.state == "absent" for row in status(chosen)):
        pytest.skip(f"NEUROFF_DATA holds no {chosen} files")
    return chosen


def test_published_files_load(name: str) -> None:
    loaded = load(name)
    assert loaded.train_images.shape == (60000, 28, 28)
    assert loaded.test_images.shape == (10000, 28, 28)
    train, test = HISTOGRAMS[name]
    assert np.bincount(loaded.train_labels).tolist() == train
    assert np.bincount(loaded.test_labels).tolist() == test
    assert loaded.train_labels[:5].tolist() == FIRST_LABELS[name]
    # The usual mean grey value of the training images, 0.1307 and 0.2860.
    mean = {"mnist": 0.1307, "fashion-mnist": 0.2860}[name]
    assert loaded.train_images.mean() / 255 == pytest.approx(mean, abs=1e-4)
    assert (loaded.provenance.n_train, loaded.provenance.n_test) == (60000, 10000)


def test_published_files_have_every_listed_checksum(name: str) -> None:
    spec = next(each for each in IDX_SETS if each.name == name)
    root = data_root()
    for file in spec.files:
        found = find_file(folder_of(spec, root), file)
        assert found is not None
        raw = found.path.read_bytes()
        if found.published.form == "gz":
            assert len(raw) == file.gz_bytes
            assert hashlib.sha256(raw).hexdigest() == file.gz_sha256
            assert hashlib.md5(raw).hexdigest() == file.gz_md5
            raw = gzip.decompress(raw)
        assert len(raw) == file.raw_bytes
        assert hashlib.sha256(raw).hexdigest() == file.raw_sha256


def test_truncated_copy_is_found(name: str, tmp_path: Path) -> None:
    spec = next(each for each in IDX_SETS if each.name == name)
    source = folder_of(spec, data_root())
    target = tmp_path / name
    target.mkdir()
    for file in spec.files:
        found = find_file(source, file)
        assert found is not None
        shutil.copyfile(found.path, target / found.path.name)
    damaged = find_file(target, spec.test_images)
    assert damaged is not None
    damaged.path.write_bytes(damaged.path.read_bytes()[:100_000])
    with pytest.raises(DataError, match="t10k-images") as caught:
        load(name, tmp_path)
    assert caught.value.fix
    assert [row.state for row in status(name, tmp_path)] == ["ok", "ok", "wrong checksum", "ok"]
