from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from neuroff.core.asking.wrong import permuted_labels, wrong_labels
from tests.samples import few, stream_of


@few
@given(st.integers(2, 12), st.lists(st.integers(0, 1000), max_size=40), st.integers(0, 2**30))
def test_wrong_labels_are_classes_and_never_true(classes: int, numbers: list[int], seed: int) -> None:
    labels = torch.tensor(numbers, dtype=torch.int64) % classes
    wrong = wrong_labels(labels, classes, stream_of(seed))
    assert wrong.shape == labels.shape
    assert bool((wrong != labels).all())
    assert bool(((wrong >= 0) & (wrong < classes)).all())


@pytest.mark.parametrize("true", [0, 4, 9])
def test_wrong_labels_are_uniform_over_the_wrong_classes(true: int) -> None:
    draws = 90_000
    wrong = wrong_labels(torch.full((draws,), true), 10, stream_of(true))
    counts = torch.bincount(wrong, minlength=10).double()
    assert counts[true] == 0
    expected = draws / 9
    others = counts[torch.arange(10) != true]
    chi_square = float(((others - expected) ** 2 / expected).sum())
    assert chi_square < 20.1  # 8 degrees of freedom, p = 0.01


def test_two_classes_leave_one_choice() -> None:
    labels = torch.tensor([0, 1, 1, 0])
    assert torch.equal(wrong_labels(labels, 2, stream_of(0)), 1 - labels)


def test_wrong_labels_repeat_by_seed_and_leave_the_true_ones() -> None:
    labels = torch.arange(10).repeat(20)
    kept = labels.clone()
    one, again, other = (wrong_labels(labels, 10, stream_of(seed)) for seed in (1, 1, 2))
    assert torch.equal(one, again)
    assert not torch.equal(one, other)
    assert torch.equal(labels, kept)


@few
@given(st.lists(st.integers(0, 9), max_size=50), st.integers(0, 2**30))
def test_permuted_labels_are_a_permutation(numbers: list[int], seed: int) -> None:
    labels = torch.tensor(numbers, dtype=torch.int64)
    permuted = permuted_labels(labels, stream_of(seed))
    assert sorted(permuted.tolist()) == sorted(numbers)
    assert labels.tolist() == numbers


def test_about_a_tenth_of_permuted_labels_stay_true() -> None:
    labels = torch.arange(10).repeat(5000)
    share = float((permuted_labels(labels, stream_of(0)) == labels).double().mean())
    assert share == pytest.approx(0.1, abs=0.006)  # four standard deviations
