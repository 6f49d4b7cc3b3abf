import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from neuroff.errors import ShapeError
from neuroff.experiments.statistics import holm, mcnemar_test, paired_test, spread

accuracies = st.lists(
    st.tuples(st.floats(0, 1, width=32), st.floats(0, 1, width=32)), min_size=3, max_size=12
)


@given(accuracies)
def test_paired_test_is_scipys(pairs: list[tuple[float, float]]) -> None:
    a, b = (list(column) for column in zip(*pairs, strict=True))
    ours = paired_test(a, b)
    difference = np.subtract(b, a)
    if difference.std() <= 1e-9:
        return
    scipys = stats.ttest_rel(b, a)
    assert ours.t == pytest.approx(scipys.statistic, rel=1e-9)
    assert ours.p == pytest.approx(scipys.pvalue, rel=1e-9)
    interval = scipys.confidence_interval(0.95)
    assert (ours.low, ours.high) == pytest.approx((interval.low, interval.high), rel=1e-9, abs=1e-12)
    assert ours.cohens_d == pytest.approx(difference.mean() / difference.std(ddof=1), rel=1e-9)


@given(accuracies)
def test_swapping_the_columns_changes_the_sign_only(pairs: list[tuple[float, float]]) -> None:
    a, b = (list(column) for column in zip(*pairs, strict=True))
    one, other = paired_test(a, b), paired_test(b, a)
    assert one.difference == -other.difference
    assert one.p == other.p
    assert other.high is not None
    assert one.low == pytest.approx(-other.high)


def test_one_pair_has_a_difference_and_no_test() -> None:
    test = paired_test([0.9], [0.95])
    assert test.difference == pytest.approx(0.05)
    assert (test.t, test.p, test.cohens_d, test.low) == (None, None, None, None)


def test_equal_differences_have_no_t() -> None:
    test = paired_test([0.5, 0.6, 0.7], [0.5, 0.6, 0.7])
    assert (test.difference, test.low, test.high, test.t, test.p) == (0, 0, 0, None, None)


@pytest.mark.parametrize(("a", "b"), [([], []), ([0.1], [0.1, 0.2])])
def test_unpaired_columns_are_refused(a: list[float], b: list[float]) -> None:
    with pytest.raises(ShapeError, match="values to pair"):
        paired_test(a, b)


def test_mcnemar_matches_a_published_example() -> None:
    # Agresti, Categorical Data Analysis (2nd ed.), table 10.1: 150 and 86 discordant of 1600; z = -4.17.
    a = np.array([True] * (794 + 150) + [False] * (86 + 570))
    b = np.array([True] * 794 + [False] * 150 + [True] * 86 + [False] * 570)
    test = mcnemar_test(a, b)
    assert (test.only_a, test.only_b) == (150, 86)
    assert test.p == pytest.approx(2 * stats.norm.sf(4.17), rel=0.3)  # exact against normal


def test_mcnemar_without_discordant_images_says_nothing() -> None:
    same = np.array([True, False, True])
    assert mcnemar_test(same, same).p == 1.0
    with pytest.raises(ShapeError, match="answers to pair"):
        mcnemar_test(same, same[:2])


def test_holm_by_hand() -> None:
    # 3 × 0.01, 2 × 0.02, then 0.03 raised to its predecessor's 0.04
    assert holm({"b": 0.02, "c": 0.03, "a": 0.01}) == pytest.approx({"b": 0.04, "c": 0.04, "a": 0.03})
    assert holm({}) == {}


@given(st.dictionaries(st.text(max_size=3), st.floats(0, 1), max_size=8))
def test_holm_is_between_the_raw_value_and_bonferroni_and_keeps_the_order(p_values: dict[str, float]) -> None:
    adjusted = holm(p_values)
    assert list(adjusted) == list(p_values)
    for name, p in p_values.items():
        assert p <= adjusted[name] <= max(min(1.0, p * len(p_values)), max(p_values.values()) * len(p_values))
    ordered = sorted(p_values, key=p_values.__getitem__)
    assert all(adjusted[x] <= adjusted[y] for x, y in itertools.pairwise(ordered))


def test_spread_of_one_and_of_several() -> None:
    assert spread([0.5]).deviation is None
    several = spread([0.90, 0.92, 0.94])
    assert several.mean == pytest.approx(0.92)
    assert several.deviation == pytest.approx(0.02)
    low, high = stats.t.interval(0.95, 2, loc=0.92, scale=0.02 / math.sqrt(3))
    assert (several.low, several.high) == pytest.approx((low, high))
    with pytest.raises(ShapeError):
        spread([])
