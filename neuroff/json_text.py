"""JSON that says one thing: no key twice, no number that is none. What is read may be anybody's."""

from __future__ import annotations

import json
import math
from typing import Any, NoReturn


def parsed(text: str, *, finite: bool = True) -> Any:
    """Return what a JSON text says.

    Args:
        text: JSON.
        finite: whether numbers that are not finite are refused here; else whoever checks the values does so,
            and names the key.

    Raises:
        ValueError: if it is no JSON, names a key twice, is deeper than Python reads, or has a number that is
            not finite or of thousands of digits; the message is one line.
    """
    try:
        if not finite:
            return json.loads(text, object_pairs_hook=_each_once)
        return json.loads(
            text, object_pairs_hook=_each_once, parse_constant=_no_number, parse_float=_finite_number
        )
    except RecursionError:
        raise ValueError("values in each other, deeper than can be read") from None


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        seen: set[str] = set()
        for key, _ in pairs:
            if key in seen:
                raise ValueError(f"the key {key[:60]!r} twice")
            seen.add(key)
    return found


def _no_number(word: str) -> NoReturn:
    raise ValueError(f"the number {word}")


def _finite_number(text: str) -> float:
    number = float(text)
    if math.isinf(number):
        raise ValueError(f"the number {text[:60]}, beyond what a double holds")
    return number
