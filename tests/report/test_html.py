from __future__ import annotations

import base64
import hashlib
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from neuroff.errors import RunError
from neuroff.report.figures import figures_of
from neuroff.report.html import render_comparison
from neuroff.report.svg import svg_of
from neuroff.report.theme import themed
from tests.report.conftest import Make

VOID = {"meta", "br", "link", "img", "hr", "input"}
HOSTILE = "</style><script>alert(1)</script><img src=x onerror=alert(1)>\"'&"


class Page(HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.text = ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open, tag
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data

    def count(self, tag: str) -> int:
        return sum(found == tag for found, _ in self.tags)


def test_the_page_holds_everything_and_fetches_nothing(make: Make, written: list[Path]) -> None:
    text = render_comparison(make(("spiking",), ("acff",)), written)
    page = Page(text)
    assert not page.open, "unclosed elements"
    assert page.count("svg") == 5
    assert page.count("figcaption") == 5
    assert page.count("script") == page.count("link") == 1
    assert page.count("iframe") == 0
    script = text.partition("<script>")[2].partition("</script>")[0]
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert f"script-src 'sha256-{digest}'" in text
    for tag, attributes in page.tags:
        for name, value in attributes.items():
            assert not name.startswith("on"), (tag, name)
            if name in {"src", "href", "xlink:href", "action", "data"}:
                assert value is not None
                assert value.startswith(("#", "data:image/png;base64,")) or value == "data:,", (
                    tag,
                    name,
                    value,
                )
    assert not re.search(r"url\((?!#)|@import", text)
    ids = [attributes["id"] for _, attributes in page.tags if "id" in attributes]
    assert len(ids) == len(set(ids))
    targets = {value for _, a in page.tags for name, value in a.items() if name == "xlink:href"}
    assert {t[1:] for t in targets if t and t.startswith("#")} <= set(ids)
    assert set(re.findall(r"url\(#([^)]+)\)", text)) <= set(ids)


def test_the_page_tells_what_was_compared_and_where_it_comes_from(make: Make) -> None:
    comparison = make()
    page = Page(render_comparison(comparison))
    told = " ".join(page.text.split())
    assert "six kinds of network" in told
    assert "92.0\xa0%, by dense" in page.text
    assert "took 18 seconds" in told
    assert "abc123" in told
    assert "torch 2.13.0" in told
    assert '"variant": "acff"' in told
    estimate = comparison["runs"][-1]["energy"]["loihi1-davies2018"]
    assert estimate["profile"]["sha256"] in told
    for term in estimate["terms_J"]:
        assert term in told
    for entry in estimate["unpriced"]:
        assert entry["count"] in told
        assert entry["reason"] in told
    for note in estimate["notes"]:
        assert " ".join(note.split()) in told
    assert "weakest evidence" in told
    assert "as a constant current" in told
    assert "no price" in told
    assert "≥ " in told


def test_hostile_words_stay_words(make: Make) -> None:
    comparison = make(variants=("ff",))
    plain = Page(render_comparison(comparison))
    comparison |= {"dataset": HOSTILE, "preset": HOSTILE, "commit": HOSTILE, "settings": [HOSTILE]}
    comparison["versions"] = {HOSTILE: HOSTILE}
    comparison["profiles"]["loihi1-davies2018"] = dict.fromkeys(("name", "boundary", "kind"), HOSTILE)
    for run in comparison["runs"]:
        run["config"] = {HOSTILE: HOSTILE}
        estimate = run["energy"]["loihi1-davies2018"]
        run["energy"][HOSTILE] = estimate
        estimate["terms_J"][HOSTILE] = {"low": 0, "nominal": 1, "high": 2}
        estimate["unpriced"] = [{"count": HOSTILE, "amount": 1, "reason": HOSTILE}]
        estimate["covered"] = [{"count": HOSTILE, "amount": 1, "included_in": HOSTILE}]
        estimate["notes"] = [HOSTILE]
        estimate["not_counted"] = ["x" + HOSTILE]
        estimate["weakest_evidence"] = HOSTILE
        estimate["profile"]["sha256"] = HOSTILE
    page = Page(render_comparison(comparison))
    assert {tag for tag, _ in page.tags} <= {tag for tag, _ in plain.tags} | {"small"}
    assert page.text.count("alert(1)") > 20
    assert not page.open


def test_hostile_words_in_figures_stay_drawings(make: Make) -> None:
    comparison = make(("spiking",), ("ff",))
    comparison["profiles"]["loihi1-davies2018"]["name"] = "--><script>$x</script>"
    with themed():
        figure = next(figure for name, figure in figures_of(comparison) if name == "energy")
        page = Page(render_comparison(comparison, {"energy": svg_of(figure)}))
    assert page.count("script") == 1
    assert page.count("svg") == 1


@pytest.mark.parametrize(
    ("paths", "variants", "seeds", "told"),
    [
        (("dense",), ("acff",), (0,), "It classified 92.0\xa0% of the test images"),
        (("dense",), ("ff", "fcff"), (0,), "two kinds of network"),
        (("spiking",), ("ff",), (0, 1, 2), "± standard deviation over 3 seeds"),
    ],
)
def test_other_shapes_of_comparison(
    make: Make, paths: tuple[str, ...], variants: tuple[str, ...], seeds: tuple[int, ...], told: str
) -> None:
    page = Page(render_comparison(make(paths, variants, seeds)))
    assert told in page.text
    assert page.text.count("In spiking networks") == ("spiking" in paths)
    rows = [a for tag, a in page.tags if tag == "th" and a.get("scope") == "row"]
    assert len(rows) >= len(paths) * len(variants)


def test_a_comparison_without_energy_or_extras(make: Make) -> None:
    runs = [
        {key: run[key] for key in ("path", "variant", "seed", "test_accuracy")}
        for run in make(variants=("ff",))["runs"]
    ]
    page = Page(render_comparison({"dataset": "digits", "runs": runs}))
    assert "Energy" not in page.text
    assert "–" in page.text
    assert not page.open


def test_a_figure_that_is_gone_is_an_error(make: Make, tmp_path: Path) -> None:
    with pytest.raises(RunError, match="cannot read a figure"):
        render_comparison(make(("dense",), ("ff",)), [tmp_path / "gone.svg"])


def test_rasters_are_explained_once(make: Make) -> None:
    comparison = make(("spiking",), ("ff",))
    drawing = '<svg viewBox="0 0 1 1"></svg>'
    page = Page(render_comparison(comparison, {"raster-ff-0": drawing, "raster-acff-0": drawing}))
    text = render_comparison(comparison, {"raster-ff-0": drawing, "raster-acff-0": drawing})
    assert re.sub(r"<desc.*?</desc>", "", text).count("Each dash is a spike") == 1
    assert text.count("Each dash is a spike") == 3, "each drawing is described to those who do not see it"
    assert "one image, A-CFF, seed 0" in page.text
