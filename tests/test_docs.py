"""Code that the documentation shows runs, block after block."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).parent.parent
_BLOCK = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)
PAGES = ("README.md", "docs/estimators.md", "docs/networks.md", "docs/spiking.md", "docs/torch.md")
"""Those with code of their own; docs/extending.md is made of tests."""
NEEDS = dict.fromkeys(("README.md", "docs/networks.md", "docs/spiking.md"), "snntorch")


def images() -> dict[str, object]:
    """What a page calls the reader's own arrays."""
    stream = np.random.default_rng(0)
    return {
        f"{part}_{what}": values
        for part, count in (("train", 60), ("test", 20))
        for what, values in (
            ("images", np.pad(stream.integers(0, 256, (count, 8, 8), np.uint8), ((0, 0), (4, 4), (4, 4)))),
            ("labels", np.arange(count) % 10),
        )
    }


@pytest.mark.parametrize("page", PAGES)
def test_code_of_a_page_runs(page: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if page in NEEDS:
        pytest.importorskip(NEEDS[page], reason=f"{NEEDS[page]} is not installed")
    blocks = _BLOCK.findall((ROOT / page).read_text(encoding="utf-8"))
    assert blocks
    monkeypatch.chdir(tmp_path)
    known = images()
    for block in blocks:
        exec(compile(block, page, "exec"), known)


def test_every_page_with_code_is_run() -> None:
    with_code = {
        str(path.relative_to(ROOT))
        for path in (ROOT / "README.md", *(ROOT / "docs").glob("*.md"))
        if _BLOCK.search(path.read_text(encoding="utf-8"))
    }
    assert with_code == {*PAGES, "docs/extending.md"}


def test_the_citation_is_of_this_version() -> None:
    package = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    citation = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    assert f"\nversion: {package['version']}\n" in citation
    assert f"\nlicense: {package['license']}\n" in citation


@pytest.mark.parametrize(
    "page", ["README.md", "CONTRIBUTING.md", *(f"docs/{page.name}" for page in (ROOT / "docs").glob("*.md"))]
)
def test_files_that_a_page_links_to_are_there(page: str) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    links = re.findall(r"\]\(([^)#: ]+)(?:#[^)]*)?\)", text)
    missing = [link for link in links if not ((ROOT / page).parent / link).exists()]
    assert missing == []
