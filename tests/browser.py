"""A real browser, without a window: what it shows of a page, and what it complains of."""

from __future__ import annotations

import html
import json
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
_FLAGS = ("--headless", "--no-sandbox", "--disable-gpu", "--allow-file-access-from-files")
_FRAME = """<!DOCTYPE html><html><body style="margin:0">
<iframe src="{name}" style="width:{width}px;height:1000px;border:0"></iframe><pre id="told">nothing</pre>
<script>
document.querySelector("iframe").addEventListener("load", (event) => {{
  const page = event.target.contentDocument;
  document.getElementById("told").textContent = JSON.stringify({asked});
}});
</script></body></html>"""


@dataclass(frozen=True)
class Shown:
    """What a page said when it was asked, and every line on the browser's console."""

    answer: Any
    console: tuple[str, ...]


def browser() -> str:
    """Return the program; skip the test where there is none."""
    found = next(filter(None, map(shutil.which, NAMES)), None)
    if found is None:
        pytest.skip("no Chromium (Debian: apt-get install chromium-headless-shell)")
    return found


def ask(page: Path, width: int, asked: str) -> Shown:
    """Open a page in a frame of so many pixels and evaluate an expression on its document, ``page``."""
    frame = page.with_name(f"frame-{width}.html")
    frame.write_text(_FRAME.format(name=page.name, width=width, asked=asked), encoding="utf-8")
    run = _run("--enable-logging=stderr", "--virtual-time-budget=5000", "--dump-dom", frame.as_uri())
    told = re.search(r'<pre id="told">(.*?)</pre>', run.stdout, re.DOTALL)
    assert told, run.stderr
    console = tuple(line for line in run.stderr.splitlines() if "CONSOLE" in line)
    return Shown(json.loads(html.unescape(told[1])), console)


def printed(page: Path) -> str:
    """Return the words of a page as it prints; skip the test where PDF files cannot be read."""
    program, reader = browser(), shutil.which("pdftotext")
    if reader is None:
        pytest.skip("no pdftotext (Debian: apt-get install poppler-utils)")
    file = page.with_suffix(".pdf")
    subprocess.run(
        [program, *_FLAGS, "--no-pdf-header-footer", f"--print-to-pdf={file}", page.as_uri()],
        check=True, capture_output=True, timeout=120,
    )  # fmt: skip
    return subprocess.run(
        [reader, "-layout", str(file), "-"], check=True, capture_output=True, text=True, timeout=60
    ).stdout


def _run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [browser(), *_FLAGS, *arguments], check=False, capture_output=True, text=True, timeout=120
    )
