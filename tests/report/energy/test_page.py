from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
from numpy.typing import NDArray

from neuroff.errors import RunError
from neuroff.report.energy.page import markdown_page, render_energy
from neuroff.report.energy.save import energy_drawings
from tests.browser import ask, browser
from tests.report.energy.conftest import PROFILES, Build
from tests.report.test_browser import SIZE, WIDTHS
from tests.report.test_html import HOSTILE, Page


@pytest.mark.parametrize("path", ["spiking", "dense"])
def test_the_page_holds_everything_and_fetches_nothing(build: Build, path: str) -> None:
    report = build(path, measured=True)
    drawings = energy_drawings(report)
    text = render_energy(report, drawings)
    page = Page(text)
    assert not page.open
    assert page.count("svg") == len(drawings) >= 2
    assert page.count("script") == page.count("link") == 1
    assert page.count("iframe") == page.count("img") == 0
    assert not re.search(r"url\((?!#)|@import", text)
    ids = [attributes["id"] for _, attributes in page.tags if "id" in attributes]
    assert len(ids) == len(set(ids))
    told = " ".join(page.text.split())
    for entry in report.accounts:
        assert entry.profile.id in told
        assert entry.profile.sha256() in told
    assert "Measured on this machine (RAPL" in told
    assert "abc123" in told


def test_hostile_names_stay_words(build: Build) -> None:
    plain = Page(render_energy(build(), {}))
    page = Page(render_energy(build(run=HOSTILE), {}))
    assert {tag for tag, _ in page.tags} == {tag for tag, _ in plain.tags}
    assert "alert(1)" in page.text


def test_a_drawing_that_runs_something_is_refused(build: Build) -> None:
    with pytest.raises(RunError, match="not a plain SVG"):
        render_energy(build(), {"terms": "<svg xmlns='http://www.w3.org/2000/svg'><script>1</script></svg>"})


def test_the_same_report_gives_the_same_bytes(build: Build) -> None:
    assert energy_drawings(build()) == energy_drawings(build())


def test_markdown_has_the_same_numbers(build: Build) -> None:
    report = build()
    text = markdown_page(report, {"terms": "energy-terms.svg"})
    assert "![What the energy is made of](<energy-terms.svg>)" in text
    page = " ".join(Page(render_energy(report, {})).text.split())
    for line in text.splitlines():
        if line.startswith("| loihi1-davies2018"):
            for cell in line.strip("| ").split(" | "):
                assert cell.replace("\\", "") in page, cell
    assert report.accounts[0].profile.sha256() in text


def test_nothing_priced_still_makes_a_page(build: Build) -> None:
    report = build(profiles=("xylo-a2",))
    drawings = energy_drawings(report)
    assert drawings == {}
    assert "no price" in Page(render_energy(report, drawings)).text


@pytest.mark.parametrize(("width", "dark"), [(1280, False), (390, True)])
def test_a_browser_shows_the_page_fetches_nothing_and_reports_no_error(
    build: Build, tmp_path: Path, width: int, dark: bool
) -> None:
    report = build(profiles=PROFILES)
    page, shot, log = tmp_path / "page.html", tmp_path / "page.png", tmp_path / "net.json"
    page.write_text(render_energy(report, energy_drawings(report)), encoding="utf-8")
    done = subprocess.run(
        [
            browser(),
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-background-networking",
            "--hide-scrollbars",
            "--enable-logging=stderr",
            f"--blink-settings=preferredColorScheme={0 if dark else 1}",
            f"--user-data-dir={tmp_path / 'profile'}",
            f"--log-net-log={log}",
            f"--window-size={width},1600",
            f"--screenshot={shot}",
            page.as_uri(),
        ],
        capture_output=True,
        text=True,
        timeout=180,
    )
    assert done.returncode == 0, done.stderr
    assert ":CONSOLE" not in done.stderr, done.stderr  # script errors and blocked fetches are logged there
    fetched = set(re.findall(r'"url":"((?:https?|ftp|wss?):[^"]*)"', log.read_text(encoding="utf-8")))
    assert not {url for url in fetched if "example" in url or "neuroff" in url or not _of_the_browser(url)}
    pixels = _pixels(shot)
    assert pixels.shape[1] == width or pixels.shape[1] >= 390
    ground = pixels[2, 2, :3].mean()
    assert (ground < 60) if dark else (ground > 240)
    assert pixels[..., :3].std() > 5, "the page is blank"


def _of_the_browser(url: str) -> bool:
    """Chromium asks its makers for updates now and then, page or no page."""
    hosts = ("google.com", "googleapis.com", "gstatic.com", "gvt1.com", "googleusercontent.com")
    return re.sub(r"^[a-z]+://", "", url).split("/")[0].split(":")[0].endswith(hosts)


def _pixels(path: Path) -> NDArray[Any]:
    from matplotlib.image import imread

    return (imread(path) * 255).astype(float)


@pytest.mark.parametrize("width", WIDTHS)
def test_the_page_fits_its_window(build: Build, tmp_path: Path, width: int) -> None:
    report = build(profiles=PROFILES)
    page = tmp_path / "energy.html"
    page.write_text(render_energy(report, energy_drawings(report)), encoding="utf-8")
    shown = ask(page, width, SIZE)
    assert shown.console == ()
    assert shown.answer["overflow"] == 0
    assert shown.answer["titles"] > 5
