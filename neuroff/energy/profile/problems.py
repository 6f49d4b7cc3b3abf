"""Problems of a profile file: where each one is, what was expected, how to fix it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, time
from typing import Any

from neuroff.errors import ProfileError

Path = tuple[str | int, ...]
"""Keys and list positions from the top of the file to a value."""

_SHOWN = 50


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with a profile.

    Attributes:
        place: table and key, for example ``"[energy.synop] value_J"``; empty for the file itself.
        what: what is wrong, with the offending value.
        expected: what a valid value looks like.
        fix: what the reader can do about it.
        line: line number in the file, None where it could not be found.
    """

    place: str
    what: str
    expected: str = ""
    fix: str = ""
    line: int | None = None

    @property
    def where(self) -> str:
        """Line, table and key, as far as they are known."""
        line = "" if self.line is None else f"line {self.line}"
        return ", ".join(part for part in (line, self.place) if part)

    def __str__(self) -> str:
        located = f"{self.where}: {self.what}" if self.where else self.what
        expected = f"; expected {self.expected}" if self.expected else ""
        fix = f"; fix: {self.fix}" if self.fix else ""
        return f"{located}{expected}{fix}"

    def to_dict(self) -> dict[str, str | int | None]:
        """Plain data for JSON."""
        return {
            "line": self.line,
            "place": self.place,
            "what": self.what,
            "expected": self.expected,
            "fix": self.fix,
        }


class InvalidProfileError(ProfileError):
    """A profile file is not valid.

    Attributes:
        file: the file as the caller named it.
        problems: everything that is wrong with it.
    """

    def __init__(self, problems: Sequence[Problem], file: str) -> None:
        self.file = file
        self.problems = tuple(problems)
        if len(self.problems) == 1:
            only = self.problems[0]
            located = f"{file}, {only.where}" if only.where else file
            super().__init__(only.what, where=located, expected=only.expected, fix=only.fix)
        else:
            lines = [f"  - {problem}" for problem in self.problems[:_SHOWN]]
            if len(self.problems) > _SHOWN:
                lines.append(f"  - and at least {len(self.problems) - _SHOWN} more")
            super().__init__(f"{len(self.problems)} problems\n" + "\n".join(lines), where=file)


def place(path: Path, raw: Mapping[str, Any]) -> str:
    """Name a path the way the file writes it: ``"[table] key"``, or ``"[table]"`` for a whole table."""
    if not path:
        return ""
    if path[0] in ("source", "memory", "measurement") and len(path) > 1 and isinstance(path[1], int):
        rest = _dotted(path[2:])
        return f"[[{path[0]}]] number {path[1] + 1}" + (f", {rest}" if rest else "")
    value = value_at(path, raw)
    if isinstance(value, dict):
        return f"[{_dotted(path)}]"
    if isinstance(value, list) and value and all(isinstance(item, dict) for item in value):
        return f"[[{_dotted(path)}]]"
    if len(path) == 1:
        return str(show_key(path[0]))
    return f"[{_dotted(path[:-1])}] {show_key(path[-1])}"


def value_at(path: Path, raw: Any) -> Any:
    """The value at a path, None where there is none."""
    for step in path:
        is_key = isinstance(raw, dict) and step in raw
        is_position = isinstance(raw, list) and isinstance(step, int) and step < len(raw)
        if not (is_key or is_position):
            return None
        raw = raw[step]
    return raw


def show(value: object) -> str:
    """A value of an untrusted file, short and without control characters."""
    if isinstance(value, int) and value.bit_length() > 200:
        return "an integer of more than 60 digits"
    if isinstance(value, dict):
        return "a table"
    if isinstance(value, list):
        return "an array"
    if isinstance(value, date | time):  # a datetime is a date
        return f"the date or time {value.isoformat()}"
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


def show_key(key: str | int) -> str:
    """A key of an untrusted file, short; quoted where it is not a bare TOML key."""
    text = str(key)
    if text and len(text) <= 60 and text.isascii() and text.replace("_", "").replace("-", "").isalnum():
        return text
    return show(text)


def _dotted(path: Path) -> str:
    return ".".join(show_key(step) for step in path)
