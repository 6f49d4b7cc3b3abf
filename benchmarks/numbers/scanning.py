"""The numbers of a page that state something measured."""

from __future__ import annotations

import re

_SHOWN = re.compile(
    r"^```.*?^```$|`[^`\n]*`|^ {4}[^\n]*$|\]\([^)]*\)|https?://\S+|arXiv[: ][\d.]+|<!--.*?-->"
    r"|95 % intervals?|Python \d\.\d+|Apache-2\.0|\d+(?:\.\d+){2,}",
    re.MULTILINE | re.DOTALL,
)
"""Code, links, versions and the like."""
_NAMED = re.compile(r"(?:[γλκTαβθKNLPμ][₂₁]?|dt) ?(?:=|≤|from) ?[\d.]*\d")
_NUMBER = re.compile(r"(?<![\w.,])[+−]?(?:\d[\d,]*\d|\d)?(?:\.\d+)?(?![\d])")
_UNIT = re.compile(
    r"\s?(?:%|points?\b|×(?!\s?\d)|±|[µmnpkMG]?J\b|ms\b|s\b|[MG]B\b|k\b"
    r"|seconds\b|minutes\b|spikes\b|times\b)"
)


def stated(text: str) -> list[tuple[int, int]]:
    """Return where numbers with a decimal point or a unit stand: start and end of each, in order.

    Left out are code, links, versions, and settings that are named (γ = 0.5).
    """
    shown = _SHOWN.sub(lambda found: "\0" * len(found[0]), text)
    shown = _NAMED.sub(lambda found: "\0" * len(found[0]), shown)
    places = []
    for found in _NUMBER.finditer(shown):
        if found[0] and ("." in found[0] or _UNIT.match(shown, found.end())):
            places.append(found.span())
    return places
