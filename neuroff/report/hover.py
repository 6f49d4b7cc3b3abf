"""Values that a reader sees on pointing at a mark, and hears: SVG's own titles."""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from matplotlib.artist import Artist

_MARK: Final = "value: "
_GROUP: Final = re.compile(rf'<g id="{_MARK}([^"]*)">')
_TITLE: Final = re.compile(r'<g class="value">\s*<title>([^<]*)</title>')
_MOST: Final = 60
"""Values that a description lists; the rest are on the marks, and in the tables."""


def show_value(mark: Artist, words: str) -> None:
    """Let a bar, line or patch say its words where a drawing is shown as SVG.

    Matplotlib's SVG has no titles of its own; the words travel in the mark's id until `with_titles`.
    """
    mark.set_gid(_MARK + words)


def with_titles(svg: str) -> str:
    """Return an SVG text of matplotlib's in which every mark that `show_value` met has its title."""
    return _GROUP.sub(r'<g class="value">\n<title>\1</title>', svg)


def values_of(svg: str) -> tuple[str, ...]:
    """Return the words of all marks of a drawing, each once, in the order in which they were drawn."""
    return tuple(dict.fromkeys(html.unescape(words) for words in _TITLE.findall(svg)))


def described(text: str, svg: str) -> str:
    """Return what a figure shows for readers who do not see it: how to read it, and its values."""
    values = values_of(svg)
    if not values:
        return text
    more = f"; and {len(values) - _MOST} more" if len(values) > _MOST else ""
    return f"{text} Values: {'; '.join(values[:_MOST])}{more}.".strip()
