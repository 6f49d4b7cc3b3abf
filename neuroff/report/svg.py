"""Figures as bytes: the same figure gives the same bytes, and one SVG serves light and dark."""

from __future__ import annotations

import io
import re
from typing import TYPE_CHECKING

from neuroff.errors import RunError
from neuroff.report.theme import dark_css

if TYPE_CHECKING:
    from matplotlib.figure import Figure

PNG_DPI = 200

_NO_METADATA = {"Date": None, "Creator": None, "Format": None, "Type": None}
_STYLE = re.compile(r"\s*<defs>\s*<style[^>]*>.*?</style>\s*</defs>", re.DOTALL)
_SIZE = re.compile(r'(<svg\b[^>]*?) width="[^"]*" height="[^"]*"')
# What a drawing by matplotlib never holds, and what would make a page fetch or run something.
_ACTIVE = re.compile(
    r"<\s*(script|foreignObject|iframe|animate|set|style)\b"
    r"|\son\w+\s*="
    r"|(href|src)\s*=\s*[\"'](?!#|data:image/png;base64,)"
    r"|url\((?!#)|@import|<!ENTITY",
    re.IGNORECASE,
)


def svg_of(figure: Figure) -> str:
    """Return a figure as SVG text that follows its viewer's preference for light or dark.

    Call it inside `neuroff.report.theme.theme`.
    """
    buffer = io.BytesIO()
    figure.savefig(buffer, format="svg", metadata=_NO_METADATA)
    style = f"@media (prefers-color-scheme: dark) {{\n{dark_css()}\n}}"
    joints = "*{stroke-linejoin: round; stroke-linecap: butt}"
    block = f'\n <defs>\n  <style type="text/css">{joints}\n{style}\n</style>\n </defs>'
    return _STYLE.sub(lambda _: block, buffer.getvalue().decode(), count=1)


def png_of(figure: Figure) -> bytes:
    """Return a figure as PNG bytes, in the light colours on white."""
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=PNG_DPI, metadata={"Software": None})
    return buffer.getvalue()


def inline_svg(text: str, name: str, label: str) -> str:
    """Return an SVG file's drawing for the inside of a page.

    The prolog, comments, size and style go (the page has its own), and every id gets a prefix so that several
    drawings can share a page.

    Args:
        text: content of an SVG file that `svg_of` made.
        name: prefix of the ids; letters, digits, dots and hyphens.
        label: what the drawing shows, for readers who do not see it.

    Raises:
        RunError: if the file is not an SVG drawing, or holds anything that runs or fetches.
    """
    drawing = _STYLE.sub(
        "", re.sub(r"<!--.*?-->|<\?.*?\?>|<!DOCTYPE[^>\[]*>", "", text, flags=re.DOTALL), 1
    ).strip()
    if not drawing.startswith("<svg") or not drawing.endswith("</svg>") or drawing.count("<svg") != 1:
        raise RunError("not an SVG drawing", where=f"figure {name}", fix="draw the figures again")
    if _ACTIVE.search(drawing):
        raise RunError(
            "the SVG holds a script, a style or a link",
            where=f"figure {name}",
            expected="a drawing made by neuroff",
            fix="draw the figures again",
        )
    drawing = _SIZE.sub(r"\1", drawing, count=1)
    drawing = re.sub(r'\bid="', f'id="{name}-', drawing)
    drawing = re.sub(r'href="#', f'href="#{name}-', drawing)
    drawing = drawing.replace("url(#", f"url(#{name}-")
    escaped = label.replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;")
    return drawing.replace("<svg ", f'<svg role="img" aria-label="{escaped}" ', 1)
