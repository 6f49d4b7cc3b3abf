from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.text import Text

from neuroff.errors import RunError
from neuroff.report.figures import new_figure
from neuroff.report.frontier import Measured, frontier
from neuroff.report.heat import bus_heat_map
from neuroff.report.lines import (
    Curve,
    accuracy_against_bits,
    accuracy_against_steps,
    error_against_steps,
    gamma_and_threshold,
    values_over_epochs,
)
from neuroff.report.theme import MUTED, themed
from tests.narrow import as_a, present

STEPS = (4, 8, 16, 32, 64, 128, 256)
FALLING = [0.4 / step for step in STEPS]
SHARES = [[0.31, 0.6, 0.75], [0.55, 0.8, 0.93], [0.62, 0.88, 0.95]]
POINTS = [
    Measured(family, cost * factor, 0.95 + 0.01 * place + shift, f"T = {4 + place}", 0.002)
    for family, factor, shift in (("FF", 1.0, 0.0), ("F-CFF", 1.1, 0.001), ("A-CFF", 0.9, 0.006))
    for place, cost in enumerate((900, 1800, 3600))
]


@pytest.fixture(autouse=True)
def _theme() -> Iterator[None]:
    with themed():
        yield


def new_axes() -> Axes:
    return Figure().subplots()


def words(ax: Axes) -> list[str]:
    return [text.get_text() for text in ax.texts if text.get_text()]


def test_accuracy_over_steps_has_a_tick_per_doubling_and_the_dense_line() -> None:
    ax = accuracy_against_steps(
        [Curve("IF", STEPS, [0.5 + 0.05 * i for i in range(7)])], new_axes(), dense_accuracy=0.97
    )
    assert ax.get_xscale() == "log"
    assert ax.lines[0].get_ydata() == pytest.approx([50 + 5 * i for i in range(7)])
    assert words(ax) == ["dense 97.0 %"]
    as_a(Figure, ax.figure).draw_without_rendering()
    assert [label.get_text() for label in ax.get_xticklabels()] == [str(step) for step in STEPS]


def test_the_guide_of_errors_falls_as_one_over_steps_and_below_them() -> None:
    ax = error_against_steps([Curve("layer 1", STEPS, FALLING)], new_axes())
    curve, guide = ax.lines
    assert guide.get_color() == MUTED
    assert np.asarray(guide.get_ydata()) * np.asarray(STEPS) == pytest.approx([0.2] * 7)
    assert (np.asarray(guide.get_ydata()) < np.asarray(curve.get_ydata())).all()
    as_a(Figure, ax.figure).draw_without_rendering()
    shown = [label.get_text() for label in ax.get_yticklabels()]
    assert "0.01" in shown
    assert not any("$" in text for text in shown)
    assert len(error_against_steps([Curve("a", STEPS, FALLING)], new_axes(), guide=False).lines) == 1


def test_learned_numbers_have_bands_over_seeds() -> None:
    curve = Curve("layer 1", (1, 2, 3), (0.1, 0.2, 0.3), (0.0, 0.1, 0.2), (0.2, 0.3, 0.4))
    upper, lower = gamma_and_threshold([curve], [curve], list(Figure().subplots(2, 1)))
    assert "γ" in upper.get_ylabel()
    assert "θ" in lower.get_ylabel()
    assert (upper.get_xlabel(), lower.get_xlabel()) == ("", "epoch")
    assert len(lower.collections) == 1
    assert values_over_epochs([curve], new_axes(), name="β").get_ylabel() == "β"


def test_the_legend_of_both_panels_is_shown_once() -> None:
    curves = [Curve(f"layer {n}", (1, 2), (n, n + 1)) for n in (1, 2)]
    upper, lower = gamma_and_threshold(curves, curves, list(Figure().subplots(2, 1)))
    assert upper.get_legend() is None
    assert [text.get_text() for text in present(lower.get_legend()).get_texts()] == ["layer 1", "layer 2"]


def test_the_bus_is_a_grid_of_numbers() -> None:
    ax = bus_heat_map([2, 4, "exact"], [4, 1, 0], SHARES, new_axes())
    assert words(ax) == ["31.0", "60.0", "75.0", "55.0", "80.0", "93.0", "62.0", "88.0", "95.0"]
    strength = [present(patch.get_alpha()) for patch in ax.patches]
    assert strength[0] == min(strength)
    assert strength[-1] == max(strength) <= 0.6
    assert [label.get_text() for label in ax.get_xticklabels()] == ["2", "4", "exact"]
    top, bottom = ax.get_ylim()
    assert top > bottom  # the first delay is the uppermost row
    assert len(bus_heat_map([2], [0], [[0.5]], new_axes()).patches) == 1


@pytest.mark.parametrize(("bits", "delays"), [([2, 4], [0, 1, 2]), ([2, 4, 8], [0]), ([], [])])
def test_a_grid_that_does_not_fit_is_refused(bits: list[int], delays: list[int]) -> None:
    with pytest.raises(RunError, match="rows of"):
        bus_heat_map(bits, delays, SHARES, new_axes())


def test_the_bus_is_lines_too() -> None:
    curves = [Curve(f"delay {d}", (2, 4, 8), row) for d, row in zip((4, 1, 0), SHARES, strict=True)]
    ax = accuracy_against_bits(curves, new_axes(), exact_accuracy=0.953)
    assert len(ax.lines) == 4
    assert words(ax) == ["exact, without delay"]


def boxes_of(texts: list[Text]) -> list[Any]:
    return [text.get_window_extent() for text in texts if text.get_text()]


def test_the_labels_of_the_frontier_do_not_overlap() -> None:
    figure = new_figure(3.4)
    ax = frontier(POINTS, figure.subplots())
    figure.draw_without_rendering()
    assert sorted(words(ax)) == sorted(point.label for point in POINTS)
    boxes = boxes_of(list(ax.texts))
    for one, other in itertools.combinations(boxes, 2):
        assert not one.overlaps(other)
    frame = figure.bbox
    assert all(frame.x0 <= box.x0 and box.x1 <= frame.x1 and frame.y0 <= box.y0 for box in boxes)


def test_the_frontier_is_a_line_per_family_by_rising_cost() -> None:
    ax = frontier(POINTS[::-1], new_axes(), axis="energy per image (J)")
    lines = [line for line in ax.lines if line.get_label() in ("FF", "F-CFF", "A-CFF")]
    assert len(lines) == 3
    for line in lines:
        assert list(np.asarray(line.get_xdata())) == sorted(np.asarray(line.get_xdata()))
    assert ax.get_xlabel() == "energy per image (J) (log scale)"
    alone = frontier([Measured("FF", 100.0, 0.9)], new_axes())
    assert words(alone) == []
    assert alone.get_legend() is None


@pytest.mark.parametrize("points", [[], [Measured("FF", 0.0, 0.9)]])
def test_a_frontier_without_cost_is_refused(points: list[Measured]) -> None:
    with pytest.raises(RunError, match="above zero"):
        frontier(points, new_axes())


@pytest.mark.parametrize(
    "values",
    [{"x": (), "y": ()}, {"x": (1, 2), "y": (1,)}, {"x": (1,), "y": (1,), "low": (1, 2), "high": ()}],
)
def test_curves_that_do_not_fit_are_refused(values: dict[str, Any]) -> None:
    with pytest.raises(RunError, match="curve 'a'"):
        Curve("a", **values)
