"""Figures as bytes: the same figure gives the same bytes, and one SVG serves light and dark."""

from __future__ import annotations

import io
import re
from html import escape
from typing import TYPE_CHECKING
from xml.etree import ElementTree

from neuroff.errors import RunError
from neuroff.report.hover import described, with_titles
from neuroff.report.theme import dark_css

if TYPE_CHECKING:
    from matplotlib.figure import Figure

PNG_DPI = 200

_NO_METADATA = {"Date": None, "Creator": None, "Format": None, "Type": None}
_STYLE = re.compile(r"\s*<defs>\s*<style[^>]*>.*?</style>\s*</defs>", re.DOTALL)
_OUTLINE = re.compile(r' d="[^"]*"')
_LONG = re.compile(r"-?\d+\.\d{3,}")
_SIZE = re.compile(r'(<svg\b[^>]*?) width="[^"]*" height="[^"]*"')
_TAGS = {"svg", "g", "defs", "path", "use", "rect", "clipPath", "pattern", "image", "metadata"}
_TAGS |= {"text", "tspan", "title", "desc"}  # words
_LINKS = re.compile(r"#[\w.-]+|data:image/png;base64,[A-Za-z0-9+/=\s]+")
_OUTSIDE_URL = re.compile(r"url\((?!#)|@import", re.IGNORECASE)


def svg_of(figure: Figure) -> str:
    """Return a figure as SVG text that follows its viewer's preference for light or dark.

    Call it inside `neuroff.report.theme.themed`.
    """
    buffer = io.BytesIO()
    figure.savefig(buffer, format="svg", metadata=_NO_METADATA)
    style = f"@media (prefers-color-scheme: dark) {{\n{dark_css()}\n}}"
    joints = "*{stroke-linejoin: round; stroke-linecap: butt}"
    block = f'\n <defs>\n  <style type="text/css">{joints}\n{style}\n</style>\n </defs>'
    text = _STYLE.sub(lambda _: block, buffer.getvalue().decode(), count=1)
    return with_titles(_OUTLINE.sub(_rounded, text))


def _rounded(outline: re.Match[str]) -> str:
    """Return an outline in hundredths of a point, which no eye tells from more."""
    return _LONG.sub(lambda number: f"{float(number[0]):.2f}".rstrip("0").rstrip("."), outline[0])


def png_of(figure: Figure) -> bytes:
    """Return a figure as PNG bytes, in the light colours on white."""
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=PNG_DPI, metadata={"Software": None})
    return buffer.getvalue()


def pdf_of(figure: Figure) -> bytes:
    """Return a figure as PDF bytes, its words as text, in the light colours on white."""
    buffer = io.BytesIO()
    figure.savefig(buffer, format="pdf", metadata={"Creator": None, "Producer": None, "CreationDate": None})
    return buffer.getvalue()


def inline_svg(text: str, name: str, label: str, description: str = "") -> str:
    """Return an SVG file's drawing for the inside of a page.

    The prolog, comments, size and style go (the page has its own), and every id gets a prefix so that several
    drawings can share a page.

    Args:
        text: content of an SVG file that `svg_of` made.
        name: prefix of the ids; letters, digits, dots and hyphens.
        label: what the drawing shows, for readers who do not see it.
        description: how to read it; the values of its marks are added.

    Raises:
        RunError: if the file is not an SVG drawing, or holds anything that runs or fetches.
    """
    bare = re.sub(r"<!--.*?-->|<\?.*?\?>|<!DOCTYPE[^>\[]*>", "", text, flags=re.DOTALL)
    drawing = _STYLE.sub("", bare, count=1).strip()
    if not _is_plain_drawing(drawing):
        raise RunError(
            "not a plain SVG drawing",
            where=f"figure {name}",
            expected="shapes only, as neuroff draws them: no script, no style sheet, no link to elsewhere",
            fix="draw the figures again",
        )
    drawing = _SIZE.sub(r"\1", drawing, count=1)
    drawing = re.sub(r'\bid="', f'id="{name}-', drawing)
    drawing = re.sub(r'href="#', f'href="#{name}-', drawing)
    drawing = drawing.replace("url(#", f"url(#{name}-")
    told = f'<desc id="{name}-told">{escape(described(description, text))}</desc>'
    named = f'<svg role="img" aria-label="{escape(label)}" aria-describedby="{name}-told" '
    return re.sub(r"<svg ([^>]*)>", lambda found: f"{named}{found[1]}>{told}", drawing, count=1)


def _is_plain_drawing(text: str) -> bool:
    """True for well-formed SVG of shapes that neither runs nor fetches anything."""
    if not text.startswith("<svg") or "<!" in text:
        return False
    try:
        elements = list(ElementTree.fromstring(text).iter())
    except ElementTree.ParseError:
        return False
    return [_local(e.tag) for e in elements].count("svg") == 1 and all(map(_is_plain_element, elements))


def _is_plain_element(element: ElementTree.Element) -> bool:
    attributes = {_local(name).lower(): value for name, value in element.attrib.items()}
    return (
        _local(element.tag) in _TAGS
        and not any(name.startswith("on") for name in attributes)
        and all(_LINKS.fullmatch(attributes[name]) for name in ("href", "src") if name in attributes)
        and not any(_OUTSIDE_URL.search(value) for value in attributes.values())
    )


def _local(name: str) -> str:
    return name.rpartition("}")[2]
