"""How much a command says while it works: ``-q`` and ``-v``, before its name or after."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextvars import ContextVar
from types import MappingProxyType
from typing import Final, Literal

Loudness = Literal["quiet", "usual", "verbose"]

WORDS: Final[Mapping[str, Loudness]] = MappingProxyType(
    {"-q": "quiet", "--quiet": "quiet", "-v": "verbose", "--verbose": "verbose"}
)

_CURRENT: Final[ContextVar[Loudness]] = ContextVar("loudness", default="usual")


def current() -> Loudness:
    """Return what the running command was asked for."""
    return _CURRENT.get()


def set_loudness(loudness: Loudness) -> None:
    """Set it, at the start of a command."""
    _CURRENT.set(loudness)


def taken_out(arguments: Sequence[str]) -> list[str]:
    """Return a command's arguments without `WORDS`, having set what the last of them asks for."""
    for word in arguments:
        if word in WORDS:
            set_loudness(WORDS[word])
    return [word for word in arguments if word not in WORDS]
