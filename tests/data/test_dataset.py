"""A data set is checked where it is made."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from neuroff.data import DataSet
from neuroff.errors import DataError
from tests.samples import synthetic

ROWS = np.linspace(0, 1, 24, dtype=np.float32).reshape(6, 4)
LABELS = np.array([0, 1, 2, 0, 1, 2])


def arrays(**changed: Any) -> DataSet:
    given: dict[str, Any] = {
        "train_images": ROWS,
        "train_labels": LABELS,
        "test_images": ROWS[:3],
        "test_labels": LABELS[:3],
    }
    return DataSet.from_arrays(**(given | changed))


def test_lists_and_half_precision_are_read() -> None:
    found = arrays(
        train_images=ROWS.astype(np.float16),
        test_images=ROWS[:3].astype(">f4"),
        train_labels=list(LABELS),
        test_labels=[2, 1, 0],
        name="own",
    )
    assert (found.name, found.n_classes) == ("own", 3)
    assert found.train_images.dtype == found.test_images.dtype == np.dtype(np.float32)
    assert found.test_images.tolist() == ROWS[:3].tolist()
    assert found.test_labels.dtype == np.int64
    assert found.test_labels.tolist() == [2, 1, 0]
    assert (found.provenance.n_train, found.provenance.n_test) == (6, 3)


def test_the_arrays_are_copies() -> None:
    given = ROWS.copy()
    given.flags.writeable = False
    found = arrays(train_images=given[::-1])
    assert found.train_images.flags.writeable
    assert found.train_images.flags.c_contiguous
    assert not np.shares_memory(found.train_images, given)


def test_other_arrays_have_another_checksum() -> None:
    def checksum(found: DataSet) -> str:
        return found.provenance.files[0].sha256

    assert checksum(arrays()) == checksum(arrays())
    assert checksum(arrays()) != checksum(arrays(train_images=ROWS[::-1]))
    assert checksum(arrays()) != checksum(arrays(test_labels=[0, 0, 0]))
    assert checksum(arrays(train_images=ROWS.reshape(6, 2, 2), test_images=ROWS[:3].reshape(3, 2, 2))) != (
        checksum(arrays())
    )


def test_more_classes_than_labels_may_be_named() -> None:
    assert arrays(classes=5).n_classes == 5


def with_value(value: float) -> np.ndarray:
    images = ROWS.copy()
    images[2, 1] = value
    return images


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"train_images": ROWS * 255}, r"training images.*float32 values from 0 to 255.*Divide by 255"),
        ({"test_images": with_value(-0.1)[:3]}, "test images.*float32 values from -0.1 to"),
        ({"train_images": with_value(float("nan"))}, "1 values that are not finite.*Replace them"),
        ({"train_images": with_value(float("inf"))}, "1 values that are not finite"),
        ({"train_images": (ROWS * 255).astype(np.int64)}, r"type int64.*expected uint8.*astype"),
        ({"train_images": ROWS > 0.5}, "type bool.*expected uint8"),
        ({"train_images": ROWS.astype(object)}, "type object.*expected uint8"),
        ({"train_images": [[0.1, 0.2], [0.3]]}, "training images: numpy cannot read"),
        ({"train_images": ROWS.ravel()}, r"shape \(24,\).*expected \(images, height, width\)"),
        ({"test_images": ROWS[:0], "test_labels": LABELS[:0]}, r"test images.*shape \(0, 4\)"),
        ({"test_images": ROWS[:3, :3]}, r"test images.*shape \(3,\) of one image.*expected \(4,\)"),
        ({"test_images": ROWS[:3].astype(np.float64)}, "test images.*float64.*expected float32"),
        ({"train_labels": LABELS[:5]}, r"training labels.*shape \(5,\).*expected \(6,\)"),
        ({"train_labels": np.eye(3, dtype=int)[LABELS]}, r"shape \(6, 3\).*argmax"),
        ({"train_labels": LABELS + 0.5}, "training labels: values of type float64.*numpy.unique"),
        ({"train_labels": list("abcabc")}, "training labels: values of type <U1.*numpy.unique"),
        ({"test_labels": [-1, 0, 1]}, "test labels.*labels from -1 to 1; expected 0 to 2"),
        ({"classes": 2}, "training labels.*labels from 0 to 2; expected 0 to 1"),
        ({"classes": 2.5}, "2.5 classes.*whole number from 2 on"),
        ({"train_labels": [0] * 6, "test_labels": [0] * 3}, "1 classes.*whole number from 2 on"),
    ],
)
def test_what_cannot_be_read_is_one_clear_error(changed: dict[str, Any], message: str) -> None:
    with pytest.raises(DataError, match=message):
        arrays(**changed)


def test_a_list_is_not_an_array() -> None:
    with pytest.raises(DataError, match=r"a list; expected a numpy array.*from_arrays"):
        replace(synthetic(), train_labels=[0] * 40)  # type: ignore[arg-type]


@pytest.mark.parametrize("spikes", [np.full((40, 3, 4), 2, np.uint8), np.zeros((40, 3, 5), np.uint8)])
def test_recorded_spikes_are_zeros_and_ones_of_so_many_steps(spikes: np.ndarray) -> None:
    empty = np.zeros((20, 3, 4), np.uint8)
    made = replace(synthetic(), train_images=empty.repeat(2, 0), test_images=empty, steps=4)
    with pytest.raises(DataError, match=r"expected uint8 zeros and ones.*inputs, 4\)"):
        replace(made, train_images=spikes)
