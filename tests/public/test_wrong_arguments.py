"""Every public constructor and function answers wrong arguments by one message of neuroff's."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from neuroff.errors import NeuroffError
from tests.public import core_calls, room_calls
from tests.public.names import public

PUBLIC = public()
CALLS = core_calls.CALLS | room_calls.CALLS
WRONG = [
    (name, argument, value) for name, call in CALLS.items() for argument, value in call.wrong(PUBLIC[name])
]


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_every_public_name_has_an_entry() -> None:
    """Whoever adds a name says what it may not be given, or why nothing has to be said."""
    groups = [set(CALLS), core_calls.MADE, core_calls.NOTHING, room_calls.MADE, room_calls.NOTHING]
    groups += room_calls.ELSEWHERE.values()
    told = [name for group in groups for name in group]
    assert sorted(told) == sorted(PUBLIC)


@pytest.mark.parametrize("file", room_calls.ELSEWHERE)
def test_what_is_tested_elsewhere_is_called_there(file: str) -> None:
    text = (Path(__file__).parents[2] / file).read_text(encoding="utf-8")
    assert any(name.rpartition(".")[2] in text for name in room_calls.ELSEWHERE[file])


@pytest.mark.parametrize("name", core_calls.CALLS)
def test_what_is_fine_is_taken(name: str) -> None:
    PUBLIC[name](**CALLS[name].good())


@pytest.mark.parametrize(
    ("name", "argument", "value"), WRONG, ids=[f"{n}-{a}-{str(v)[:20]}" for n, a, v in WRONG]
)
def test_wrong_arguments_end_in_one_message(name: str, argument: str, value: Any) -> None:
    with pytest.raises(NeuroffError) as told:
        asked(name, {argument: value})
    assert len(str(told.value)) < 600


def asked(name: str, wrong: dict[str, Any]) -> None:
    answer = PUBLIC[name](**{**CALLS[name].good(), **wrong})
    if isinstance(answer, Iterator):
        list(answer)
