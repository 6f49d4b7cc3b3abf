"""What a page's numbers are: printed from a results file, printed elsewhere, or no result at all."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from benchmarks.numbers.scanning import stated

Kind = Literal["result", "cited", "setting"]
_HOLE = "{}"


@dataclass(frozen=True)
class Claim:
    """Words of a page with its numbers.

    Attributes:
        template: the words, ``{}`` in place of each value; white space is any white space.
        values: as they must stand there; empty for what is cited or a setting, which means all
            numbers of the words.
        source: of a result the files in docs/results, else where the number was printed, or what it is.
        kind: ``result``, ``cited`` or ``setting``.
    """

    template: str
    values: tuple[str, ...]
    source: str
    kind: Kind = "result"

    @property
    def words(self) -> str:
        """The words with their values."""
        return self.template.format(*self.values)

    def pattern(self, *, exact: bool) -> re.Pattern[str]:
        """Return what finds the words in a page, a group for each value; not ``exact``: with any numbers."""
        literals = [_spaced(part) for part in self.template.split(_HOLE)]
        values = [
            _spaced(value)
            if exact
            else re.sub(r"(?:[+−]|\\\-)?\d(?:[\d,]|\\\.)*", r"[+−-]?[\\d.,]+", _spaced(value))
            for value in self.values
        ]
        between = [f"({value})" for value in values]
        return re.compile(
            "".join(part for pair in zip(literals, [*between, ""], strict=True) for part in pair)
        )


def say(template: str, *values: str, of: str) -> Claim:
    """State what a page says, with the values that the files have.

    Raises:
        ValueError: if a number stands in the words themselves, or values and holes differ in number.
    """
    if template.count(_HOLE) != len(values):
        raise ValueError(f"{len(values)} values for {template!r}")
    typed = [template[start:end] for start, end in stated(template)]
    if typed:
        raise ValueError(f"numbers typed into {template!r}: {typed}")
    return Claim(template, values, of)


def printed(text: str, of: str) -> Claim:
    """State a line that a program printed: every number in it is a value."""
    places = stated(text)
    template, last = "", 0
    for start, end in places:
        template += text[last:start] + _HOLE
        last = end
    return Claim(template + text[last:], tuple(text[start:end] for start, end in places), of)


def cited(words: str, source: str) -> Claim:
    """State what is printed elsewhere."""
    return Claim(words, (), source, "cited")


def setting(words: str, what: str = "a setting, an aim or a size") -> Claim:
    """State numbers that are no results."""
    return Claim(words, (), what, "setting")


def _spaced(text: str) -> str:
    return r"\s+".join(re.escape(word) for word in re.split(r"\s+", text))
