from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree

import matplotlib as mpl
import pytest

from neuroff.errors import RunError
from neuroff.report.save import write_figures
from neuroff.report.svg import inline_svg
from neuroff.report.theme import DARK, PAPER
from tests.report.conftest import Make


def test_every_figure_is_written_as_svg_and_png(written: list[Path]) -> None:
    names = ["accuracy", "energy", "training", "gamma", "raster-acff-0"]
    assert [path.name for path in written] == [name + suffix for name in names for suffix in (".svg", ".png")]
    assert {path.name for path in written[0].parent.iterdir()} == {path.name for path in written}
    for path in written:
        content = path.read_bytes()
        if path.suffix == ".png":
            assert content.startswith(b"\x89PNG")
            assert b"Software" not in content
        else:
            ElementTree.fromstring(content)


def test_every_colour_has_a_dark_counterpart(written: list[Path]) -> None:
    for path in written:
        if path.suffix == ".svg":
            text = path.read_text(encoding="utf-8")
            assert "prefers-color-scheme: dark" in text
            colours = set(re.findall(r"(?:fill|stroke)(?:: |=\")(#[0-9a-f]{6})", text))
            assert PAPER in colours
            assert colours <= {*DARK, *DARK.values()}, path.name


def test_the_same_comparison_gives_the_same_bytes(make: Make, written: list[Path], tmp_path: Path) -> None:
    comparison = make(("spiking",), ("acff",))
    comparison["runs"][0]["history"] = []  # two figures less to draw
    with mpl.rc_context({"font.size": 20, "svg.hashsalt": None}):
        again = write_figures(comparison, tmp_path)
    first = {path.name: path for path in written}
    assert len(again) == 6
    for path in again:
        assert path.read_bytes() == first[path.name].read_bytes(), path.name
        assert b"<dc:date>" not in path.read_bytes()


def test_a_folder_that_cannot_be_made_is_an_error(make: Make, tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file")
    with pytest.raises(RunError, match="cannot write"):
        write_figures(make(("dense",), ("ff",)), tmp_path / "taken")


def test_a_wrong_comparison_writes_nothing(make: Make, tmp_path: Path) -> None:
    with pytest.raises(RunError):
        write_figures(make() | {"runs": []}, tmp_path / "out")
    assert not (tmp_path / "out").exists()


XLINK = 'xmlns:xlink="http://www.w3.org/1999/xlink"'
PLAIN = f'<?xml version="1.0"?>\n<svg {XLINK} width="1pt" height="2pt" viewBox="0 0 1 2">{{}}</svg>\n'


def test_inline_drawings_keep_their_ids_apart() -> None:
    text = PLAIN.format(
        '<!-- x --><path id="a"/><use xlink:href="#a"/><g clip-path="url(#a)" style="fill: url(#a)"/>'
    )
    drawing = inline_svg(text, "f-one", 'a "label" <b>')
    assert drawing.startswith(
        '<svg role="img" aria-label="a &quot;label&quot; &lt;b&gt;" aria-describedby="f-one-told" '
    )
    assert drawing.count("f-one-a") == 4
    assert "<!--" not in drawing


@pytest.mark.parametrize(
    "inside",
    [
        "<script>alert(1)</script>",
        "<a href='javascript:alert(1)'/>",
        '<image xlink:href="https://example.org/x.png"/>',
        '<path onclick = "alert(1)"/>',
        '<rect style="fill: url(https://example.org)"/>',
        "<foreignObject/>",
        "<svg/>",
        "<g><style>@import 'x'</style></g>",
        '<image href="data:image/svg+xml;base64,AA"/>',
        '<path/onload="alert(1)"/>',
        "<a href=javascript:alert(1)></a>",
        '<use xlink:href="javascript:alert(1)"/>',
        "<![CDATA[<script>]]>",
        "<iframe/>",
        "<path>&unknown;</path>",
    ],
)
def test_drawings_that_run_or_fetch_are_refused(inside: str) -> None:
    with pytest.raises(RunError, match="figure f"):
        inline_svg(PLAIN.format(inside), "f", "x")


@pytest.mark.parametrize("text", ["", "<html></html>", "<svg>", "plain words"])
def test_what_is_no_drawing_is_refused(text: str) -> None:
    with pytest.raises(RunError, match="not a plain SVG"):
        inline_svg(text, "f", "x")
