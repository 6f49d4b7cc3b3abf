from __future__ import annotations

import copy
import math
import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from neuroff.energy.profile.checking import profile_from_mapping
from neuroff.energy.profile.problems import InvalidProfileError

NASTY = [
    0,
    -1,
    2**5000,
    -(2**5000),
    1e-12,
    math.nan,
    -math.inf,
    True,
    "",
    "\x1b",
    "x" * 5000,
    [],
    {},
    [{}],
    [[]],
]


def leaves(value: object, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """Paths of everything below the top of a parsed file."""
    items: Iterable[tuple[str | int, object]] = ()
    if isinstance(value, dict):
        items = value.items()
    elif isinstance(value, list):
        items = enumerate(value)
    return [found for key, item in items for found in ((*path, key), *leaves(item, (*path, key)))]


WHOLE = tomllib.loads(
    (Path(__file__).parents[3] / "hardware_profiles" / "loihi1-davies2018.toml").read_text("utf-8")
)


@given(st.sampled_from(leaves(WHOLE)), st.sampled_from(NASTY))
def test_any_one_value_replaced_loads_or_is_refused_with_a_reason(
    path: tuple[str | int, ...], value: object
) -> None:
    raw = copy.deepcopy(WHOLE)
    table: Any = raw
    for step in path[:-1]:
        table = table[step]
    table[path[-1]] = value
    told = refusal(raw)
    if told is not None:
        assert told.problems
        assert str(told).startswith("here")
        assert "\x1b" not in str(told)
        assert len(str(told)) < 5000


def refusal(raw: dict[str, Any]) -> InvalidProfileError | None:
    try:
        profile_from_mapping(raw, "here")
    except InvalidProfileError as error:
        return error
    return None
