from __future__ import annotations

import copy
import math
import pickle
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neuroff.energy import VOCABULARY, Counts
from neuroff.errors import ConfigError

FLAT = [name for name, kind in VOCABULARY.items() if kind.part_of is None]
counts_strategy = st.dictionaries(st.sampled_from(FLAT), st.floats(0, 1e12), max_size=8).map(Counts)


def test_absent_is_told_apart_from_zero() -> None:
    counts = Counts({"packets": 0})
    assert "packets" in counts
    assert "hops_x" not in counts
    assert counts["packets"] == counts["hops_x"] == 0.0


@pytest.mark.parametrize("value", [-1, math.nan, math.inf, -math.inf, 10**400, "3", None, True, [1], 1j])
def test_values_that_are_not_counts(value: Any) -> None:
    with pytest.raises(ConfigError, match=r"counts, packets: .*expected a finite number of at least zero"):
        Counts({"packets": value})


@pytest.mark.parametrize("value", [3, 3.0, np.float32(3), np.int64(3), Fraction(3)])
def test_numbers_of_other_types_become_floats(value: Any) -> None:
    stored = Counts({"packets": value})["packets"]
    assert stored == 3.0
    assert type(stored) is float


def test_unknown_name_suggests_the_near_one() -> None:
    with pytest.raises(ConfigError, match=r"unknown count 'synaptic_event'.*Did you mean 'synaptic_events'"):
        Counts({"synaptic_event": 1.0})
    with pytest.raises(ConfigError, match="unknown count 'packet'"):
        Counts()["packet"]
    with pytest.raises(ConfigError, match="unknown count 3"):
        Counts({3: 1.0})  # type: ignore[dict-item]


def test_shares_cannot_exceed_their_total() -> None:
    Counts({"synaptic_events": 10, "synaptic_events_dense": 7, "synaptic_events_sparse": 3})
    Counts({"synaptic_events": 0.3, "synaptic_events_dense": 0.1, "synaptic_events_sparse": 0.2})  # rounding
    with pytest.raises(ConfigError, match=r"shares of synaptic_events add up to 11, more than .*10"):
        Counts({"synaptic_events": 10, "synaptic_events_dense": 7, "synaptic_events_sparse": 4})
    with pytest.raises(ConfigError, match="shares of synaptic_events"):
        Counts({"synaptic_events_dense": 1})


def test_is_a_value() -> None:
    given_values = {"packets": 1.0, "synaptic_events": 2.0}
    counts = Counts(given_values)
    given_values["packets"] = 9.0
    assert counts["packets"] == 1.0
    assert list(counts) == ["synaptic_events", "packets"]  # vocabulary order
    same = Counts({"synaptic_events": 2, "packets": 1})
    assert counts == same
    assert hash(counts) == hash(same)
    assert pickle.loads(pickle.dumps(counts)) == copy.deepcopy(counts) == counts
    with pytest.raises(TypeError):
        counts.values["packets"] = 2.0  # type: ignore[index]
    with pytest.raises(AttributeError):
        counts.values = {}  # type: ignore[misc]


@given(counts_strategy, counts_strategy)
def test_addition_adds_each_count(a: Counts, b: Counts) -> None:
    total = a + b
    assert set(total) == set(a) | set(b)
    assert all(total[name] == a[name] + b[name] for name in total)
    assert total == b + a


@given(counts_strategy, st.floats(0, 1e6))
def test_scaling_scales_each_count(counts: Counts, factor: float) -> None:
    scaled = counts * factor
    assert scaled == factor * counts
    assert all(scaled[name] == counts[name] * factor for name in counts)


@pytest.mark.parametrize("factor", [-1, math.nan, math.inf, "2"])
def test_scaling_by_nonsense(factor: Any) -> None:
    with pytest.raises(ConfigError, match=r"Counts \* factor: .* is not a factor"):
        Counts({"packets": 1.0}) * factor


def test_addition_of_something_else() -> None:
    with pytest.raises(TypeError):
        Counts() + 1  # type: ignore[operator]


@given(counts_strategy)
def test_json_round_trip(counts: Counts) -> None:
    assert Counts.from_json(counts.to_json()) == counts


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "not JSON"),
        ("[" * 100_000, "not JSON"),
        ("[1]", "JSON list"),
        ('{"packets": NaN}', "nan is not a count"),
        ('{"packets": null}', "None is not a count"),
        ('{"nope": 1}', "unknown count 'nope'"),
    ],
)
def test_json_that_is_not_counts(text: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        Counts.from_json(text)
