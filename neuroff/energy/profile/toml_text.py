"""Reading a TOML file from an untrusted place, and finding the line of a table or key."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from importlib.resources.abc import Traversable
from pathlib import Path as FilePath
from typing import Any, Final

from neuroff.energy.profile.problems import InvalidProfileError, Path, Problem
from neuroff.errors import what_is

MAX_BYTES: Final = 200_000
"""Largest profile file that is read: a thousand tables of 200 characters; those here have 7 kB."""

MAX_DEPTH: Final = 12
"""Deepest nesting of tables and arrays; the schema needs four levels."""

_PART = r"(?:[A-Za-z0-9_-]++|\"[^\"\n]*+\"|'[^'\n]*+')"
_KEY = rf"{_PART}(?:[ \t]*+\.[ \t]*+{_PART}){{0,{MAX_DEPTH}}}"
# The time to parse a dotted key grows with the square of its parts, so very long ones are refused
# unparsed. The number is far above MAX_DEPTH because the pattern also matches within text.
_LONG_KEY = re.compile(rf"(?<![A-Za-z0-9_-])(?:{_PART}[ \t]*+\.[ \t]*+){{100}}")
_HEADER = re.compile(rf"[ \t]*+(\[\[?)[ \t]*+({_KEY})[ \t]*+\]")
_ASSIGNMENT = re.compile(rf"[ \t]*+({_KEY})[ \t]*+=")
_MULTILINE_QUOTE = re.compile(r'"""|\'\'\'')


def read_text(path: FilePath | Traversable, where: str) -> str:
    """Text of a file of at most :data:`MAX_BYTES` bytes of UTF-8.

    Raises:
        InvalidProfileError: the file is missing, not a regular file, unreadable, too large or not UTF-8.
    """
    try:
        if not path.is_file():
            fix = "check the path, or name a profile of `neuroff profiles list`"
            found = what_is(path) if isinstance(path, FilePath) else "no such file"
            raise _invalid(where, found, "a TOML file", fix)
        with path.open("rb") as file:
            content: bytes = file.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise _invalid(where, f"cannot be read ({reason})") from error
    if len(content) > MAX_BYTES:
        raise _invalid(where, "too large", f"a profile of at most {MAX_BYTES // 1000} kB of text")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        what = f"byte {error.object[error.start]:#04x} is not UTF-8"
        raise _invalid(where, what, "text in UTF-8", "save the file as UTF-8", line) from error


def parse(text: str, where: str) -> dict[str, Any]:
    """Parse TOML.

    Raises:
        InvalidProfileError: the text is not TOML, or is nested more than :data:`MAX_DEPTH` deep.
    """
    long_key = _LONG_KEY.search(text)
    if long_key is not None:
        raise _too_deep(where, text.count("\n", 0, long_key.start()) + 1)
    try:
        raw = tomllib.loads(text)
    except RecursionError as error:
        raise _too_deep(where) from error
    except tomllib.TOMLDecodeError as error:
        raise _invalid(where, f"not TOML: {error}", fix="correct the syntax there") from error
    except ValueError as error:  # Python refuses to convert very long integers
        raise _invalid(where, "a number has thousands of digits", "numbers of a physical device") from error
    if _depth(raw) > MAX_DEPTH:
        raise _too_deep(where)
    return raw


def line_index(text: str) -> dict[Path, int]:
    """Line numbers of the tables and keys of a valid TOML text, by path.

    Keys inside inline tables are not in the index; look up their parent, as :func:`line_of` does.
    """
    index: dict[Path, int] = {}
    table: Path = ()
    lengths: dict[Path, int] = {}
    quote = ""
    for number, line in enumerate(text.split("\n"), start=1):
        inside, quote = quote, _open_quote(line, quote)
        if inside:
            continue
        header = _HEADER.match(line)
        if header is not None:
            table = _with_positions(tuple(_parts(header[2])), lengths, is_array=header[1] == "[[")
            for end in range(1, len(table) + 1):
                index.setdefault(table[:end], number)
            continue
        assignment = _ASSIGNMENT.match(line)
        if assignment is not None:
            path = table
            for part in _parts(assignment[1]):
                path = (*path, part)
                index.setdefault(path, number)
    return index


def line_of(path: Path, index: Mapping[Path, int]) -> int | None:
    """Line of a path, or of the closest thing around it that has one."""
    for end in range(len(path), 0, -1):
        if path[:end] in index:
            return index[path[:end]]
    return None


def _with_positions(keys: tuple[str, ...], lengths: dict[Path, int], *, is_array: bool) -> Path:
    """A header's path with the positions of the arrays of tables it goes through."""
    path: Path = ()
    for depth, key in enumerate(keys, start=1):
        path = (*path, key)
        if is_array and depth == len(keys):
            lengths[path] = lengths.get(path, 0) + 1
        if path in lengths:
            path = (*path, lengths[path] - 1)
    return path


def _parts(dotted: str) -> Iterator[str]:
    for part in re.findall(_PART, dotted):
        yield part[1:-1] if part[0] in "\"'" else part


def _open_quote(line: str, quote: str) -> str:
    """The multi-line quote still open at the end of a line; a ``#`` before an opening one hides it."""
    position = 0
    while True:
        if quote:
            end = line.find(quote, position)
            if end < 0:
                return quote
            position, quote = end + 3, ""
        found = _MULTILINE_QUOTE.search(line, position)
        if found is None or "#" in line[position : found.start()]:
            return quote
        position, quote = found.end(), found[0]


def _depth(value: object) -> int:
    deepest = 0
    waiting: list[tuple[object, int]] = [(value, 0)]
    while waiting:
        current, depth = waiting.pop()
        deepest = max(deepest, depth)
        if isinstance(current, dict):
            waiting.extend((child, depth + 1) for child in current.values())
        elif isinstance(current, list):
            waiting.extend((child, depth + 1) for child in current)
    return deepest


def _too_deep(where: str, line: int | None = None) -> InvalidProfileError:
    expected = f"tables and arrays at most {MAX_DEPTH} levels deep"
    return _invalid(where, "nested too deeply", expected, line=line)


def _invalid(
    where: str, what: str, expected: str = "", fix: str = "", line: int | None = None
) -> InvalidProfileError:
    return InvalidProfileError([Problem("", what, expected, fix, line)], where)
