from __future__ import annotations

import itertools
import subprocess
import sys

import matplotlib as mpl
import pytest

from neuroff.report.theme import DARK, INK, PAPER, bar_style, dark_css, line_style, themed, variant_style

VARIANTS = ("ff", "fcff", "acff", "bp")


def luminance(colour: str) -> float:
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def test_settings_are_undone_even_after_an_error() -> None:
    before = dict(mpl.rcParams)
    with themed():
        assert mpl.rcParams["svg.hashsalt"] == "neuroff"
    with pytest.raises(ZeroDivisionError), themed():
        raise ZeroDivisionError
    assert dict(mpl.rcParams) == before


def test_a_users_settings_do_not_reach_the_figures() -> None:
    with mpl.rc_context({"font.size": 30, "axes.grid": True}), themed():
        assert mpl.rcParams["font.size"] == 10
        assert mpl.rcParams["axes.grid"] is False


@pytest.mark.parametrize("ground", [PAPER, DARK[PAPER]])
def test_words_and_data_stand_out_from_the_ground(ground: str) -> None:
    def shown(colour: str) -> str:
        return colour if ground == PAPER else DARK[colour]

    assert contrast(shown(INK), ground) > 7
    for variant in VARIANTS[:3]:
        assert contrast(shown(variant_style(variant).colour), ground) > 3


def test_variants_differ_in_colour_and_in_marker() -> None:
    for one, other in itertools.combinations(VARIANTS, 2):
        assert variant_style(one).colour != variant_style(other).colour
        assert variant_style(one).marker != variant_style(other).marker


def test_paths_differ_without_colour() -> None:
    assert "hatch" in bar_style("spiking", INK)
    assert "hatch" not in bar_style("dense", INK)
    dense, spiking = line_style("dense", "ff"), line_style("spiking", "ff")
    assert dense["color"] == spiking["color"]
    assert dense["linestyle"] != spiking["linestyle"]
    assert dense["markerfacecolor"] != spiking["markerfacecolor"]


def test_every_colour_has_a_dark_rule() -> None:
    css = dark_css("figure svg")
    for light, dark in DARK.items():
        assert f'figure svg [style*="fill: {light}"]' in css
        assert f"stroke:{dark}!important" in css


def test_reports_load_without_matplotlib() -> None:
    code = (
        "import sys, types;"
        "import neuroff.report.html, neuroff.report.save, neuroff.report.tables;"
        "sys.exit('matplotlib' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False, timeout=120).returncode == 0
