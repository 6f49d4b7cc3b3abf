from __future__ import annotations

import copy
import itertools
import math
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.text import Text

from neuroff.errors import RunError
from neuroff.report.captions import caption_of
from neuroff.report.figures import figures_of, new_figure
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
from neuroff.report.neurons import rate_histogram, receptive_fields
from neuroff.report.save import write_drawings
from neuroff.report.theme import DARK, MUTED, series_style, theme
from neuroff.report.traces import raster_with_traces, trace_height_ratios, trace_panels
from tests.report.conftest import Make, raster_of

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
    with theme():
        yield


def new_axes() -> Axes:
    return Figure().subplots()


def traced() -> dict[str, Any]:
    raster = raster_of("acff")
    layers = []
    for layer in raster["layers"]:
        shown = copy.deepcopy(layer)
        shown["positive"] |= {
            "goodness_trace": [1.0, 2.0, 2.5, 3.0, 3.1],
            "modulator_trace": [-0.5, -0.4, -0.3, -0.2, -0.12],
        }
        shown["negative"] |= {
            "goodness_trace": [1.0, 1.5, 1.2, 1.1, 1.1],
            "modulator_trace": [0.5, 0.4, 0.3, 0.3, 0.25],
        }
        layers.append(shown)
    return raster | {"layers": layers}


def words(ax: Axes) -> list[str]:
    return [text.get_text() for text in ax.texts if text.get_text()]


def test_traces_stand_under_the_spikes_of_their_layer() -> None:
    raster = traced()
    assert trace_panels(raster) == (6, 2)
    assert len(trace_height_ratios(raster)) == 6
    axes = raster_with_traces(raster, Figure().subplots(6, 2))
    for row, values in (
        (1, [1.0, 2.0, 2.5, 3.0, 3.1]),
        (2, [-0.5, -0.4, -0.3, -0.2, -0.12]),
        (4, [1.0, 2.0, 2.5, 3.0, 3.1]),
    ):
        (trace,) = [line for line in axes[row, 0].lines if len(line.get_xdata()) == 5]
        assert trace.get_xdata() == pytest.approx([1, 2, 3, 4, 5])
        assert trace.get_ydata() == pytest.approx(values)
        assert axes[row, 0].get_ylim() == axes[row, 1].get_ylim()
        assert axes[row, 0].get_xlim() == axes[0, 0].get_xlim() == (0.5, 5.5)
    assert [ax.get_ylabel() for ax in axes[:3, 0]] == ["layer 1\nneuron", "goodness", "modulator"]
    assert axes[-1, 1].get_xlabel() == "time step"


def test_a_raster_without_traces_has_no_such_figure(make: Make) -> None:
    with pytest.raises(RunError, match="no traces"):
        raster_with_traces(raster_of("ff"), Figure().subplots(6, 2))
    comparison = make(("spiking",), ("acff",))
    assert "traces-acff-0" not in dict(figures_of(comparison))
    assert "traces-acff-0" in dict(figures_of(comparison | {"rasters": [traced()]}))


def test_traces_of_another_length_are_refused() -> None:
    raster = traced()
    raster["layers"][0]["positive"]["goodness_trace"] = [1.0]
    with pytest.raises(RunError, match="a value per step"):
        trace_panels(raster)


def test_rates_of_a_presentation_fall_into_the_possible_ones() -> None:
    ax = rate_histogram([[0.0, 0.0, 0.25, 0.5], [0.25, 0.25, 0.25, 0.25]], new_axes(), steps=4)
    first, second = (patch.get_data() for patch in ax.patches)
    assert first.edges == pytest.approx([-0.125, 0.125, 0.375, 0.625])
    assert first.values == pytest.approx([50, 25, 25])
    assert second.values == pytest.approx([0, 100, 0])
    labels = [text.get_text() for text in ax.get_legend().get_texts()]
    assert labels == ["layer 1, mean 0.19", "layer 2, mean 0.25"]
    assert "%" in ax.get_ylabel()


def test_mean_rates_are_binned_evenly_and_all_counted() -> None:
    rates = np.random.default_rng(0).random((30, 40))
    ax = rate_histogram([rates], new_axes())
    assert ax.patches[0].get_data().values.sum() == pytest.approx(100)


def test_silent_layers_have_a_histogram() -> None:
    assert rate_histogram([np.zeros(5)], new_axes()).patches[0].get_data().values.sum() == pytest.approx(100)
    assert rate_histogram([np.zeros(5)], new_axes(), steps=3).patches[0].get_data().values == pytest.approx(
        [100]
    )


@pytest.mark.parametrize("rates", [[], [1.2], [-0.1], [math.nan]])
def test_what_is_no_rate_is_refused(rates: list[float]) -> None:
    with pytest.raises(RunError, match="rates of layer 1"):
        rate_histogram([rates], new_axes())


def test_receptive_fields_are_the_weights_without_the_labels() -> None:
    weight = np.linspace(-1, 1, 3 * 12).reshape(3, 12)
    ax = receptive_fields(weight, new_axes(), classes=2, shape=(3, 4), columns=2)
    image = np.asarray(ax.images[0].get_array())
    assert image.shape == (2 * 4 + 1, 2 * 5 + 1, 4)
    first = image[1:4, 1:5]
    assert first[0, :2, 3].tolist() == [0, 0]  # label columns let the ground show
    scale = np.quantile(np.abs(weight[:, 2:]), 0.998)
    assert first[1, 0, 3] == pytest.approx(abs(weight[0, 4]) / scale)
    assert to_hex(first[1, 0, :3]) == "#0072b2"
    third = image[5:8, 1:5]
    assert to_hex(third[2, 3, :3]) == "#d55e00"
    assert third[2, 3, 3] == 1.0
    assert not image[5:8, 6:, 3].any()  # no fourth neuron
    assert len(ax.lines) == 3
    assert weight[0, 0] == -1  # the caller's numbers stay


@pytest.mark.parametrize(("shape", "weight"), [((3, 5), np.ones((2, 12))), ((3, 4), np.ones(12))])
def test_weights_of_another_shape_are_refused(shape: tuple[int, int], weight: Any) -> None:
    with pytest.raises(RunError, match="3 × "):
        receptive_fields(weight, new_axes(), classes=2, shape=shape)


def test_accuracy_over_steps_has_a_tick_per_doubling_and_the_dense_line() -> None:
    ax = accuracy_against_steps(
        [Curve("IF", STEPS, [0.5 + 0.05 * i for i in range(7)])], new_axes(), dense_accuracy=0.97
    )
    assert ax.get_xscale() == "log"
    assert ax.lines[0].get_ydata() == pytest.approx([50 + 5 * i for i in range(7)])
    assert words(ax) == ["dense 97.0 %"]
    ax.figure.draw_without_rendering()
    assert [label.get_text() for label in ax.get_xticklabels()] == [str(step) for step in STEPS]


def test_the_guide_of_errors_falls_as_one_over_steps_and_below_them() -> None:
    ax = error_against_steps([Curve("layer 1", STEPS, FALLING)], new_axes())
    curve, guide = ax.lines
    assert guide.get_color() == MUTED
    assert np.asarray(guide.get_ydata()) * np.asarray(STEPS) == pytest.approx([0.2] * 7)
    assert (np.asarray(guide.get_ydata()) < np.asarray(curve.get_ydata())).all()
    ax.figure.draw_without_rendering()
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
    assert [text.get_text() for text in lower.get_legend().get_texts()] == ["layer 1", "layer 2"]


def test_the_bus_is_a_grid_of_numbers() -> None:
    ax = bus_heat_map([2, 4, "exact"], [4, 1, 0], SHARES, new_axes())
    assert words(ax) == ["31.0", "60.0", "75.0", "55.0", "80.0", "93.0", "62.0", "88.0", "95.0"]
    strength = [patch.get_alpha() for patch in ax.patches]
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
        assert list(line.get_xdata()) == sorted(line.get_xdata())
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


def test_many_lines_are_told_apart_by_more_than_colour() -> None:
    styles = [series_style(index) for index in range(7)]
    for one, other in itertools.combinations(styles, 2):
        assert one["color"] != other["color"]
        assert one["marker"] != other["marker"]
    looks = {(s["color"], str(s["linestyle"])) for s in (series_style(index) for index in range(14))}
    assert len(looks) == 14


DRAWINGS: dict[str, Callable[[Figure], Any]] = {
    "conversion": lambda f: accuracy_against_steps([Curve("a", STEPS, [0.9] * 7)], f.subplots()),
    "conversion-error": lambda f: error_against_steps([Curve("a", STEPS, FALLING)], f.subplots()),
    "rates": lambda f: rate_histogram([[0.1, 0.2], [0.3, 0.4]], f.subplots(), steps=10),
    "fields": lambda f: receptive_fields(np.ones((4, 12)), f.subplots(), classes=2, shape=(3, 4)),
    "frontier": lambda f: frontier(POINTS, f.subplots()),
    "bus": lambda f: bus_heat_map([2, 4, 8], [4, 1, 0], SHARES, f.subplots()),
    "traces": lambda f: raster_with_traces(traced(), f.subplots(6, 2)),
    "learned": lambda f: gamma_and_threshold(*[[Curve("a", (1, 2), (1, 2))]] * 2, list(f.subplots(2, 1))),
}


def test_every_figure_has_dark_colours_and_a_caption_and_repeats(tmp_path: Path) -> None:
    def drawings() -> Iterator[tuple[str, Figure]]:
        for name, draw in DRAWINGS.items():
            figure = new_figure(3.2)
            draw(figure)
            yield name, figure

    written = write_drawings(drawings(), tmp_path)
    again = write_drawings(drawings(), tmp_path / "again")
    for path, other in zip(written, again, strict=True):
        assert path.read_bytes() == other.read_bytes(), path.name
        assert caption_of(path.stem).text
        if path.suffix == ".svg":
            colours = set(re.findall(r"(?:fill|stroke)(?:: |=\")(#[0-9a-f]{6})", path.read_text("utf-8")))
            assert colours <= {*DARK, *DARK.values()}, path.name
