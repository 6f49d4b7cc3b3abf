from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.datasets import load_digits

from neuroff.data import digits as digits_module
from neuroff.data.digits import enlarge, load_digits_set, split
from neuroff.errors import DataError, MissingDependencyError


def test_shapes_types_and_provenance() -> None:
    digits = load_digits_set()
    assert digits.name == "digits"
    assert digits.n_classes == 10
    assert digits.train_images.shape == (1437, 28, 28)
    assert digits.test_images.shape == (360, 28, 28)
    assert digits.train_labels.shape == (1437,)
    assert digits.test_labels.shape == (360,)
    assert digits.train_images.dtype == digits.test_images.dtype == np.uint8
    assert digits.train_labels.dtype == digits.test_labels.dtype == np.int64
    record = digits.provenance.to_json()
    assert json.loads(json.dumps(record)) == record
    assert record["source"].startswith("embedded in scikit-learn ")
    assert (record["n_train"], record["n_test"]) == (1437, 360)


def test_is_the_same_every_time() -> None:
    one, two = load_digits_set(), load_digits_set()
    np.testing.assert_array_equal(one.train_images, two.train_images)
    np.testing.assert_array_equal(one.test_labels, two.test_labels)
    # Fixed values: a change of the split or of the enlargement would make results incomparable.
    assert one.test_labels[:10].tolist() == [2, 3, 1, 3, 5, 0, 1, 5, 0, 8]
    digest = hashlib.sha256(one.test_images.tobytes()).hexdigest()
    assert digest == "c1a75fb2b0e06864e5938ab03d31013283871766ecaf21f931959ab76672f472"


def test_train_and_test_are_the_whole_and_disjoint() -> None:
    digits = load_digits_set()
    both = np.concatenate([digits.train_images, digits.test_images])
    whole = enlarge(load_digits().images.astype(np.int64))
    assert sorted(image.tobytes() for image in both) == sorted(image.tobytes() for image in whole)


def test_it_is_read_without_importing_scikit_learn() -> None:
    code = "import sys; from neuroff.data import load; load('digits'); assert 'sklearn' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True, timeout=120)


def test_a_version_that_keeps_its_table_elsewhere_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    expected = load_digits_set()
    monkeypatch.setattr(digits_module, "_TABLE", Path("nowhere.csv.gz"))
    found = load_digits_set()
    np.testing.assert_array_equal(found.train_images, expected.train_images)
    assert found.provenance == expected.provenance


@pytest.mark.parametrize("there", [False, True])
def test_without_scikit_learn(monkeypatch: pytest.MonkeyPatch, there: bool) -> None:
    if there:
        monkeypatch.setitem(sys.modules, "sklearn", None)
    else:
        monkeypatch.setattr(digits_module, "find_spec", lambda name: None)
    with pytest.raises(MissingDependencyError, match="digits: scikit-learn is not installed"):
        load_digits_set()


def test_split_is_stratified() -> None:
    digits = load_digits_set()
    train = np.bincount(digits.train_labels, minlength=10)
    test = np.bincount(digits.test_labels, minlength=10)
    assert (np.abs(test - (train + test) * 360 / 1797) < 1).all()


def test_border_is_empty_so_that_a_label_hides_nothing() -> None:
    digits = load_digits_set()
    images = np.concatenate([digits.train_images, digits.test_images])
    box = images[:, 4:24, 4:24]
    assert images.sum(dtype=np.int64) == box.sum(dtype=np.int64)
    assert (box.reshape(len(box), -1).max(1) > 200).all()
    assert (box[:, 0].max(1) > 0).mean() > 0.9


def test_nearest_neighbour_still_reads_them() -> None:
    digits = load_digits_set()
    train = digits.train_images.reshape(1437, -1).astype(np.float32)
    test = digits.test_images.reshape(360, -1).astype(np.float32)
    squared = (train**2).sum(1)[None] - 2 * test @ train.T
    accuracy = (digits.train_labels[squared.argmin(1)] == digits.test_labels).mean()
    assert accuracy > 0.97


def test_enlarging_keeps_constants_and_extremes() -> None:
    for value, expected in ((0, 0), (16, 255), (8, 128)):
        box = enlarge(np.full((1, 8, 8), value))[0, 4:24, 4:24]
        assert (box == expected).all()


def test_enlarging_keeps_orientation() -> None:
    small = np.zeros((1, 8, 8), np.int64)
    small[0, 1, 6] = 16
    row, column = np.unravel_index(enlarge(small)[0].argmax(), (28, 28))
    assert (row, column) in {(4 + r, 4 + c) for r in (3, 4) for c in (15, 16)}


@settings(max_examples=25)
@given(seed=st.integers(0, 2**32 - 1))
def test_enlarging_is_bilinear_interpolation(seed: int) -> None:
    small = np.random.default_rng(seed).integers(0, 17, (2, 8, 8))
    centres = np.clip((np.arange(20) + 0.5) * 8 / 20 - 0.5, 0, 7)
    along = np.stack([np.interp(centres, np.arange(8), column) for column in np.eye(8)], axis=1)
    expected = np.einsum("ri,nij,cj->nrc", along, small, along) * 255 / 16
    assert np.abs(enlarge(small)[:, 4:24, 4:24] - expected).max() <= 0.5 + 1e-9


@pytest.mark.parametrize(
    "bad", [np.zeros((8, 8)), np.zeros((1, 8, 9)), np.full((1, 8, 8), 17), -np.ones((1, 8, 8))]
)
def test_other_images_are_refused(bad: np.ndarray) -> None:
    with pytest.raises(DataError, match="digits: "):
        enlarge(bad.astype(np.int64))


@given(labels=st.lists(st.integers(0, 4), min_size=1, max_size=60), data=st.data())
def test_split_properties(labels: list[int], data: st.DataObject) -> None:
    n_test = data.draw(st.integers(0, len(labels)))
    array = np.array(labels, dtype=np.int64)
    train, test = split(array, n_test)
    assert len(test) == n_test
    assert sorted([*train, *test]) == list(range(len(labels)))
    for label in set(labels):
        share = labels.count(label) * n_test / len(labels)
        assert abs((array[test] == label).sum() - share) < 1
