"""Confusion against scikit-learn's."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import (
    accuracy_score,
    balanced_accuracy_score,
    confusion_matrix,
    precision_recall_fscore_support,
)

from neuroff.errors import ShapeError
from neuroff.training.confusion import confusion


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), min_size=1, max_size=60))
def test_it_is_scikit_learns(pairs: list[tuple[int, int]]) -> None:
    labels, predicted = (np.array(each) for each in zip(*pairs, strict=True))
    found = confusion(torch.from_numpy(predicted), torch.from_numpy(labels), 5)
    assert np.array_equal(found.counts.numpy(), confusion_matrix(labels, predicted, labels=range(5)))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # predictions of a class that no label has
        assert found.balanced_accuracy == pytest.approx(balanced_accuracy_score(labels, predicted))
    precision, recall, _, _ = precision_recall_fscore_support(
        labels, predicted, labels=range(5), zero_division=np.nan
    )
    np.testing.assert_allclose(found.precision, precision)
    np.testing.assert_allclose(found.recall, recall)
    shares = found.to_json()
    assert all(value is None or 0 <= value <= 1 for value in shares["recall"] + shares["precision"])
    assert found.counts.diagonal().sum() / len(pairs) == pytest.approx(accuracy_score(labels, predicted))


def test_the_most_frequent_mistakes_come_first() -> None:
    labels = torch.tensor([0, 0, 0, 1, 1, 2])
    predicted = torch.tensor([1, 1, 0, 1, 2, 2])
    assert confusion(predicted, labels, 3).mistaken(5) == [(0, 1, 2), (1, 2, 1)]


def test_other_lengths_are_refused() -> None:
    with pytest.raises(ShapeError, match=r"\(2,\) predictions of \(3,\) labels"):
        confusion(torch.zeros(2), torch.zeros(3), 2)
