"""The documentation as a site: built without a warning, read without a network."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
_FETCHED = re.compile(
    r'<(?:script|img|iframe)[^>]* src="(https?:)?//[^"]*"|<link[^>]* href="https?://[^"]*"[^>]*>'
)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    pytest.importorskip("mkdocs", reason="mkdocs is not installed (pip install 'neuroff[docs]')")
    pytest.importorskip("mkdocstrings")
    folder = tmp_path_factory.mktemp("site")
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(folder)],
        cwd=ROOT, capture_output=True, text=True, timeout=500, check=False,
        env=os.environ | {"NEUROFF_GALLERY": "code", "NO_MKDOCS_2_WARNING": "1"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "WARNING" not in done.stderr
    return folder


def test_nothing_is_fetched_from_elsewhere(site: Path) -> None:
    pages = sorted(site.rglob("*.html"))
    assert len(pages) > 30
    for page in pages:
        fetched = [found[0] for found in _FETCHED.finditer(page.read_text(encoding="utf-8"))]
        assert fetched == [], page.name
    styles = " ".join(path.read_text(encoding="utf-8") for path in site.rglob("*.css"))
    assert not re.search(r"url\([\"']?https?:|@import [\"']?https?:", styles)


def test_every_example_and_every_room_has_its_place(site: Path) -> None:
    gallery = (site / "gallery.html").read_text(encoding="utf-8")
    for example in (ROOT / "examples").glob("*.py"):
        assert f'id="{example.stem}"' in gallery
    index = (site / "api" / "index.html").read_text(encoding="utf-8")
    for room in (ROOT / "neuroff").iterdir():
        if room.is_dir() and (room / "__init__.py").exists() and room.name != "cli":
            assert f'href="{room.name}.html"' in index, room.name
    theory = (site / "theory.html").read_text(encoding="utf-8")
    assert "(19)" in theory


def test_docstring_tables_are_not_headings(site: Path) -> None:
    """A table of equals signs would make a heading of the line above it."""
    core = (site / "api" / "core.html").read_text(encoding="utf-8")
    headings = re.findall(r"<h1[^>]*>(.*?)</h1>", core, re.DOTALL)
    assert len(headings) == 1
    assert "mean_squares" in core
