"""Every public constructor and function answers wrong arguments by one message of neuroff's."""

from __future__ import annotations

from typing import Any

import pytest

from neuroff.errors import NeuroffError
from tests.public import core_calls
from tests.public.names import public

PUBLIC = public()
CALLS = core_calls.CALLS
WRONG = [
    (name, argument, value) for name, call in CALLS.items() for argument, value in call.wrong(PUBLIC[name])
]


@pytest.mark.parametrize("name", CALLS)
def test_what_is_fine_is_taken(name: str) -> None:
    PUBLIC[name](**CALLS[name].good())


@pytest.mark.parametrize(
    ("name", "argument", "value"), WRONG, ids=[f"{n}-{a}-{str(v)[:20]}" for n, a, v in WRONG]
)
def test_wrong_arguments_end_in_one_message(name: str, argument: str, value: Any) -> None:
    with pytest.raises(NeuroffError) as told:
        PUBLIC[name](**{**CALLS[name].good(), argument: value})
    assert len(str(told.value)) < 600
