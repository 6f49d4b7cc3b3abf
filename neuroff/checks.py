"""Refuse numbers, shapes and objects that cannot be meant; called where a fact is stated, never in loops."""

from __future__ import annotations

import math
from collections.abc import Sequence
from numbers import Integral
from os import PathLike
from pathlib import Path
from typing import SupportsFloat, TypeGuard

from neuroff.errors import ConfigError, require_choice, shortened


def require_number(
    name: str,
    value: object,
    *,
    least: float | None = None,
    above: float | None = None,
    below: float = math.inf,
    most: float = math.inf,
    where: str = "Plan",
) -> None:
    """Raise ConfigError unless a value is a finite number within bounds, those that are given."""
    low = f"at least {least:g}" if least is not None else "" if above is None else f"above {above:g}"
    high = "" if math.isinf(below) else f"below {below:g}"
    high = high if math.isinf(most) else f"at most {most:g}"
    number = _float(value)
    fits = (
        math.isfinite(number)
        and (least is None or number >= least)
        and (above is None or number > above)
        and number < below
        and number <= most
    )
    if not fits:
        expected = " ".join(("a number", " and ".join(filter(None, (low, high))))).strip()
        raise ConfigError(f"{name} = {_shown(value)}", where=where, expected=expected)


def require_whole(
    name: str, value: object, *, least: int, below: float = math.inf, where: str = "Plan"
) -> None:
    """Raise ConfigError unless a value is a whole number within bounds."""
    if type(value) is int and least <= value < below:
        return
    if isinstance(value, bool) or not isinstance(value, Integral):
        raise ConfigError(
            f"{name} = {shortened(value)}", where=where, expected=f"a whole number of at least {least}"
        )
    require_number(name, value, least=least, below=below, where=where)


def require_wholes(
    name: str, value: object, *, least: int, where: str, count: int | None = None, below: float = math.inf
) -> None:
    """Raise ConfigError unless a value is a sequence of whole numbers within bounds, not empty.

    Args:
        name: of the value.
        value: of the caller.
        least: of each number.
        where: to name in errors.
        count: of the numbers, where it is fixed.
        below: of each number.
    """
    found = value if _is_row(value) else ()
    if not found or (count is not None and len(found) != count):
        many = f"{count} whole numbers" if count else "whole numbers, one at least"
        raise ConfigError(
            f"{name} = {shortened(value)}", where=where, expected=f"{many}, each of at least {least}"
        )
    for number in found:
        require_whole(
            f"{name}: {shortened(value)}, of which one", number, least=least, below=below, where=where
        )


def require_kind(
    name: str, value: object, kind: type | tuple[type, ...], *, where: str, expected: str = "", fix: str = ""
) -> None:
    """Raise ConfigError unless a value is an object of a kind.

    Args:
        name: of the value.
        value: of the caller.
        kind: of which it has to be.
        where: to name in errors.
        expected: in words; the kind's name without it.
        fix: what to do.
    """
    if not isinstance(value, kind):
        kinds = kind if isinstance(kind, tuple) else (kind,)
        words = expected or " or ".join(f"a {each.__name__}" for each in kinds)
        raise ConfigError(f"{name} is a {_kind_of(value)}", where=where, expected=words, fix=fix)


def require_able(name: str, value: object, method: str, *, where: str, expected: str) -> None:
    """Raise ConfigError unless a value has the method that its protocol begins with, and is no class."""
    if isinstance(value, type) or not hasattr(value, method):
        raise ConfigError(f"{name} is a {_kind_of(value)}", where=where, expected=expected)


def is_number(value: object) -> TypeGuard[int | float]:
    """Whether a value of JSON is a finite number: no truth value, and not larger than a double holds."""
    return type(value) in (int, float) and math.isfinite(_float(value))


def _is_row(value: object) -> TypeGuard[Sequence[object]]:
    """Whether values stand one behind the other: a tuple, a list, a range; not text."""
    return isinstance(value, Sequence) and not isinstance(value, str | bytes)


def _kind_of(value: object) -> str:
    return f"class, {value.__name__}" if isinstance(value, type) else type(value).__name__


def _float(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, SupportsFloat):
        return math.nan
    try:
        return float(value)
    except (TypeError, ValueError, OverflowError, RuntimeError):  # arrays of several numbers
        return math.nan


def _shown(value: object) -> str:
    return str(value)[:80] if isinstance(value, int | float | str) else shortened(value)


def require_words(
    name: str, value: object, choices: tuple[str, ...], *, where: str, some: bool = True
) -> None:
    """Raise ConfigError unless a value is a sequence of choices, not empty if there have to be some."""
    if not _is_row(value) or (some and not value):
        raise ConfigError(
            f"{name} = {shortened(value)}", where=where, expected=f"some of {', '.join(choices)}"
        )
    for each in value:
        require_choice(each, choices, f"{where}, {name}")


def path_of(name: str, value: object, where: str) -> Path:
    """Return a path that was given as one, or as text.

    Raises:
        ConfigError: if it is neither.
    """
    require_kind(name, value, (str, PathLike), where=where, expected="a path, or its text")
    return Path(value)  # type: ignore[arg-type]


def require_all(name: str, value: object, kind: type, *, where: str) -> None:
    """Raise ConfigError unless a value is a sequence of objects of a kind."""
    expected = f"a tuple or list of {kind.__name__}"
    if not _is_row(value):
        raise ConfigError(f"{name} is a {_kind_of(value)}", where=where, expected=expected)
    for each in value:
        require_kind(f"one of {name}", each, kind, where=where, expected=expected)


def require_numbers(
    name: str,
    value: object,
    *,
    where: str,
    least: float | None = None,
    above: float | None = None,
    some: bool = True,
) -> None:
    """Raise ConfigError unless a value is a sequence of finite numbers, not empty if ``some``."""
    sized = hasattr(value, "__len__") and hasattr(value, "__iter__") and not isinstance(value, str)
    if not sized or (some and not len(value)):  # type: ignore[arg-type]
        raise ConfigError(f"{name} = {shortened(value)}", where=where, expected="a tuple or list of numbers")
    for each in value:  # type: ignore[attr-defined]
        require_number(f"one of {name}", each, least=least, above=above, where=where)
