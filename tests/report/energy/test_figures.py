from __future__ import annotations

import pytest
from matplotlib.patches import Rectangle

from neuroff.energy.pricing.sensitivity import Swing
from neuroff.errors import RunError
from neuroff.report.energy.figures import PARTS, moving, parts_J, term_bars, tornado, twin_bars
from neuroff.report.figures import new_figure
from neuroff.report.theme import themed
from tests.narrow import as_a, present
from tests.report.energy.conftest import Build


def test_bars_add_up_to_the_whole(build: Build) -> None:
    report = build()
    priced = [entry for entry in report.accounts if entry.energy_J is not None]
    with themed():
        ax = term_bars(report.accounts, new_figure(3.0).subplots())
    ends: dict[int, float] = {}
    for bar in ax.patches:
        place = round(as_a(Rectangle, bar).get_y() + as_a(Rectangle, bar).get_height() / 2)
        ends[place] = max(
            ends.get(place, 0.0), as_a(Rectangle, bar).get_x() + as_a(Rectangle, bar).get_width()
        )
    assert len(ends) == len(priced)
    assert all(end == pytest.approx(100) for end in ends.values())
    assert [label.get_text() for label in ax.get_yticklabels()] == [entry.profile.id for entry in priced]


def test_parts_hold_all_energy(build: Build) -> None:
    for entry in build().accounts:
        if entry.energy_J is not None:
            parts = parts_J(entry.profile, present(entry.network.estimate))
            assert sum(parts.values()) == pytest.approx(entry.energy_J.nominal)
            assert set(parts) <= set(PARTS)


def test_a_tornado_runs_from_low_to_high_around_the_nominal_value() -> None:
    swings = (Swing("a", 1.0, 9.0), Swing("b", 5.0, 6.0), Swing("c", 4.99, 5.01))
    with themed():
        ax = tornado(swings, 5.0, new_figure(2.0).subplots())
    spans = [
        (as_a(Rectangle, bar).get_x(), as_a(Rectangle, bar).get_x() + as_a(Rectangle, bar).get_width())
        for bar in ax.patches
    ]
    ends = sorted({round(end, 6) for span in spans for end in span})
    assert ends == [1.0, 5.0, 6.0, 9.0]
    assert [label.get_text() for label in ax.get_yticklabels()] == ["a", "b"]
    assert len(moving(swings, 5.0)) == 2


def test_twins_share_one_linear_axis_from_zero(build: Build) -> None:
    entry = build(profiles=("generic-horowitz45",)).accounts[0]
    with themed():
        ax = twin_bars(entry, "spiking A-CFF", new_figure(2.0).subplots())
    names = [label.get_text() for label in ax.get_yticklabels()]
    assert names == ["spiking A-CFF", "spiking A-CFF, naive sweep", "dense int8 twin", "dense float32 twin"]
    assert ax.get_xlim()[0] == 0.0
    assert ax.get_xscale() == "linear"
    with themed():
        ax = twin_bars(entry, "spiking", new_figure(2.0).subplots(), swept=False)
    assert [label.get_text() for label in ax.get_yticklabels()][:2] == ["spiking", "dense int8 twin"]


def test_nothing_to_draw_is_an_error(build: Build) -> None:
    with themed():
        ax = new_figure(2.0).subplots()
        with pytest.raises(RunError, match="no device prices"):
            term_bars(build(profiles=("xylo-a2",)).accounts, ax)
        with pytest.raises(RunError, match="no coefficient"):
            tornado((), 1.0, ax)
