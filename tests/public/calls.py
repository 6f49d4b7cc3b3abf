"""What a call is given: arguments that are fine, and what each of them may not be."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from inspect import Parameter, signature
from pathlib import Path
from typing import Any

import torch
from torch import Tensor


@dataclass(frozen=True)
class Call:
    """Arguments of a constructor or function.

    Attributes:
        good: makes arguments that are fine; the others have their defaults.
        bad: values beside those that follow from an argument's kind.
        signed: whole numbers that may be below zero.
        free: arguments any value of which is fine, or that somebody else looks at: flags, paths, names.
    """

    good: Callable[[], Mapping[str, Any]] = dict
    bad: Mapping[str, tuple[Any, ...]] = field(default_factory=dict)
    free: frozenset[str] = frozenset()
    signed: frozenset[str] = frozenset()

    def wrong(self, called: Any) -> Iterator[tuple[str, Any]]:
        """Yield every argument with every value that it may not have."""
        given = dict(self.good())
        for name, parameter in signature(called).parameters.items():
            if name in self.free:
                continue
            fine = given.get(name, None if parameter.default is Parameter.empty else parameter.default)
            for value in (*_of_kind(fine), *self.bad.get(name, ())):
                if not (name in self.signed and type(value) is int):
                    yield name, value


def call(
    good: Callable[[], Mapping[str, Any]] = dict, *free: str, signed: str = "", **bad: tuple[Any, ...]
) -> Call:
    """Return a call; the names of numbers with a sign have spaces between."""
    return Call(good, bad, frozenset(free), frozenset(signed.split()))


def _of_kind(fine: Any) -> tuple[Any, ...]:
    """What stands in the place of a value of a kind by mistake."""
    if fine is None or isinstance(fine, bool):
        return ()
    if isinstance(fine, int):
        return -1, 1.5, math.nan, "x"
    if isinstance(fine, float):
        return math.nan, math.inf, "x"
    if isinstance(fine, str):
        return 3, "nonsense"
    if isinstance(fine, tuple | list):
        return 3, ("x",)
    if isinstance(fine, Path):
        return (3,)
    if isinstance(fine, Tensor):
        return 3, "x"
    if isinstance(fine, torch.dtype):
        return "float32", torch.int64
    return "x", 3, type(fine)
