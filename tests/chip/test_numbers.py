from __future__ import annotations

from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from neuroff.chip.numbers import (
    STATE_LIMIT,
    decayed,
    require_between,
    saturated,
    scaled,
    whole,
    wrapped,
)
from neuroff.errors import ExportError
from tests.samples import few

INT32 = st.integers(-(2**31), 2**31 - 1)


def tensor(*values: int) -> torch.Tensor:
    return torch.tensor(values, dtype=torch.int32)


def toward_zero(value: int, kept: int) -> int:
    """The definition, in integers of any size."""
    size = abs(value) * kept // 4096
    return size if value >= 0 else -size


@few
@given(st.lists(INT32, min_size=1, max_size=50), st.integers(0, 4096))
def test_a_decay_rounds_toward_zero(values: list[int], kept: int) -> None:
    found = decayed(tensor(*values), kept)
    assert found.dtype == torch.int32
    assert found.tolist() == [toward_zero(value, kept) for value in values]


def test_a_decay_at_its_corners() -> None:
    values = (0, 1, -1, 4095, -4095, 4096, -4096, STATE_LIMIT, -STATE_LIMIT, 2**31 - 1, -(2**31))
    for kept in (0, 1, 2048, 4095, 4096):
        assert decayed(tensor(*values), kept).tolist() == [toward_zero(value, kept) for value in values]


def test_a_decay_leaves_its_argument_alone() -> None:
    state = tensor(5000, -5000)
    decayed(state, 100)
    assert state.tolist() == [5000, -5000]


@few
@given(st.lists(INT32, min_size=1, max_size=50))
def test_wrapping_is_modulo(values: list[int]) -> None:
    for value, found in zip(values, wrapped(tensor(*values)).tolist(), strict=True):
        assert -STATE_LIMIT < found <= STATE_LIMIT
        assert (found - value) % (2 * STATE_LIMIT) == 0


@few
@given(st.lists(st.integers(-3 * STATE_LIMIT + 1, 3 * STATE_LIMIT), min_size=1, max_size=50))
def test_wrapping_is_what_lava_does_within_one_turn(values: list[int]) -> None:
    def once(value: int) -> int:
        if value > STATE_LIMIT:
            return value - 2 * STATE_LIMIT
        return value + 2 * STATE_LIMIT if value <= -STATE_LIMIT else value

    assert wrapped(tensor(*values)).tolist() == [once(value) for value in values]


def test_saturation() -> None:
    values = (STATE_LIMIT, STATE_LIMIT - 1, 0, -STATE_LIMIT, -2 * STATE_LIMIT)
    expected = [STATE_LIMIT - 1, STATE_LIMIT - 1, 0, 1 - STATE_LIMIT, 1 - STATE_LIMIT]
    assert saturated(tensor(*values)).tolist() == expected


def test_scaling_rounds_down() -> None:
    assert scaled(tensor(-1, 7, -8), -3).tolist() == [-1, 0, -1]
    assert scaled(tensor(-1, 7, -8), 3).tolist() == [-8, 56, -64]
    assert scaled(tensor(5), 0).tolist() == [5]


@pytest.mark.parametrize("value", [True, 1.0, "1", -1, 4])
def test_what_is_not_a_number_in_range_is_refused(value: Any) -> None:
    with pytest.raises(ExportError, match=r"decay = .*whole number from 0 to 3"):
        require_between(value, 0, 3, "decay", "test")


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (torch.tensor([1.0, 2.0]), "float32"),
        (torch.tensor([True, False]), "bool"),
        (torch.tensor([1, 2, 3]), r"shape \(3,\)"),
        (torch.tensor([1, 9]), "from 1 to 9"),
    ],
)
def test_tensors_that_do_not_fit_are_refused(value: torch.Tensor, message: str) -> None:
    with pytest.raises(ExportError, match=message):
        whole(value, "bias", "test", 0, 8, (2,))
