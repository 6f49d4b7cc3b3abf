"""Errors that end in one clear message: what is wrong, where, what was expected, how to fix it."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any


class Interrupted(Exception):
    """Work was asked to stop; its state was saved and can be resumed."""


class NeuroffError(Exception):
    """Base of every error neuroff raises on bad input.

    The message names four things, each a short phrase without a final full stop.

    Args:
        what: what is wrong, with the offending value.
        where: the file, key, table or argument it was found in.
        expected: what a valid value looks like.
        fix: what the reader can do about it.
    """

    def __init__(self, what: str, *, where: str = "", expected: str = "", fix: str = "") -> None:
        self.what = what
        self.where = where
        self.expected = expected
        self.fix = fix
        located = f"{_middle(where)}: {what}" if where else what
        sentences = [located]
        if expected:
            sentences.append(f"expected {expected}")
        message = "; ".join(sentences)
        end = "" if fix.endswith("?") else "."
        super().__init__(f"{message}. {_begun(fix)}{end}" if fix else f"{message}.")

    def __reduce__(self) -> tuple[Any, ...]:
        """Travel between processes whole."""
        return partial(type(self), where=self.where, expected=self.expected, fix=self.fix), (self.what,)


class DataError(NeuroffError):
    """A data set is missing, damaged or not what it claims to be."""


class ConfigError(NeuroffError):
    """A configuration key or value is not valid."""


class ShapeError(NeuroffError):
    """A tensor does not have the shape a function needs."""


class TrainingError(NeuroffError):
    """Training cannot go on, for example because the loss is not finite."""


class RunError(NeuroffError):
    """A run directory, checkpoint or result file is missing, damaged or of another kind."""


class ProfileError(NeuroffError):
    """A hardware profile is not valid or cannot price what was asked."""


class ExportError(NeuroffError):
    """A network, graph or file for another simulator is not valid, or holds what that one cannot express."""


class MissingDependencyError(NeuroffError):
    """An optional library is needed for what was asked and is not installed."""


def _begun(sentence: str) -> str:
    """Return a sentence with a large letter at its start, but where it starts with a name, such as a key."""
    first = sentence.split(maxsplit=1)[0].rstrip(",;:")
    is_word = first.replace("-", "").isalpha() and first != "neuroff"
    return f"{sentence[0].upper()}{sentence[1:]}" if is_word else sentence


_LONG = 400


def _middle(where: str) -> str:
    """Return a place with the middle of a very long one left out."""
    return where if len(where) <= _LONG else f"{where[: _LONG // 2]} … {where[-_LONG // 4 :]}"


def in_both(argument: str, *values: str) -> str:
    """Return an argument's values as the command line takes them, and as Python does."""
    plain = [value if value.replace(".", "").isdigit() else repr(value) for value in values]
    flag = f"--{argument.replace('_', '-')} {' | '.join(values)}"
    return f"{flag} (in Python {argument}={' | '.join(plain)})"


def require_choice(value: object, choices: tuple[str, ...], where: str) -> None:
    """Raise ConfigError unless ``value`` is one of ``choices``."""
    if not isinstance(value, str) or value not in choices:
        raise ConfigError(f"unknown choice {shortened(value)}", where=where, expected=" | ".join(choices))


def shortened(value: object) -> str:
    """Return how a value prints, cut so that a message stays readable."""
    text = repr(value)
    return text if len(text) <= 80 else f"{text[:79]}…"


def first_line(error: BaseException) -> str:
    """Return what an error says, without what other libraries append on further lines."""
    return str(error).partition("\n")[0]


@contextmanager
def naming(file: Path | str) -> Iterator[None]:
    """Let an error that is raised within name a file, beside the place in it.

    Raises:
        NeuroffError: of the kind that was raised.
    """
    try:
        yield
    except NeuroffError as error:
        if str(file) in error.where:
            raise
        where = f"{file}: {error.where}" if error.where else str(file)
        raise type(error)(error.what, where=where, expected=error.expected, fix=error.fix) from None


def what_is(path: Path) -> str:
    """Return what stands at a path as an error says it, such as a folder, a pipe, or that nothing does."""
    try:
        mode = path.stat().st_mode
    except ValueError:
        return "a path with a zero byte"
    except FileNotFoundError:
        return "no such file or folder"
    except OSError as error:
        return f"cannot read ({error.strerror})"
    kinds = {
        stat.S_IFREG: "a file",
        stat.S_IFDIR: "a folder",
        stat.S_IFIFO: "a pipe, not a regular file",
        stat.S_IFCHR: "a device, not a regular file",
        stat.S_IFBLK: "a device, not a regular file",
        stat.S_IFSOCK: "a socket, not a regular file",
    }
    return kinds.get(stat.S_IFMT(mode), "not a regular file")
