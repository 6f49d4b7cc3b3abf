from __future__ import annotations

import copy
import itertools
import math
import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.patches import StepPatch

from neuroff.errors import RunError
from neuroff.report.captions import caption_of
from neuroff.report.figures import figures_of, new_figure
from neuroff.report.frontier import frontier
from neuroff.report.heat import bus_heat_map
from neuroff.report.lines import Curve, accuracy_against_steps, error_against_steps, gamma_and_threshold
from neuroff.report.neurons import rate_histogram, receptive_fields
from neuroff.report.save import write_drawings
from neuroff.report.theme import DARK, series_style, themed
from neuroff.report.traces import raster_with_traces, trace_height_ratios, trace_panels
from tests.narrow import as_a, present
from tests.report.conftest import Make, raster_of
from tests.report.test_lines import FALLING, POINTS, SHARES, STEPS


@pytest.fixture(autouse=True)
def _theme() -> Iterator[None]:
    with themed():
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
    assert axes[0, 0].get_ylabel() == "layer 1\nneuron"
    assert [ax.get_title(loc="left") for ax in axes[1:3, 0]] == ["goodness so far", "modulator"]
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
    first, second = (as_a(StepPatch, patch).get_data() for patch in ax.patches)
    assert first[1] == pytest.approx([-0.125, 0.125, 0.375, 0.625])
    assert first[0] == pytest.approx([50, 25, 25])
    assert second[0] == pytest.approx([0, 100, 0])
    labels = [text.get_text() for text in present(ax.get_legend()).get_texts()]
    assert labels == ["layer 1, mean 0.19", "layer 2, mean 0.25"]
    assert "%" in ax.get_ylabel()


def test_mean_rates_are_binned_evenly_and_all_counted() -> None:
    rates = np.random.default_rng(0).random((30, 40))
    ax = rate_histogram([rates], new_axes())
    assert as_a(StepPatch, ax.patches[0]).get_data()[0].sum() == pytest.approx(100)


def test_silent_layers_have_a_histogram() -> None:
    assert as_a(StepPatch, rate_histogram([np.zeros(5)], new_axes()).patches[0]).get_data()[
        0
    ].sum() == pytest.approx(100)
    assert as_a(StepPatch, rate_histogram([np.zeros(5)], new_axes(), steps=3).patches[0]).get_data()[
        0
    ] == pytest.approx([100])


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
    assert to_hex(tuple(first[1, 0, :3])) == "#0072b2"
    third = image[5:8, 1:5]
    assert to_hex(tuple(third[2, 3, :3])) == "#d55e00"
    assert third[2, 3, 3] == 1.0
    assert not image[5:8, 6:, 3].any()  # no fourth neuron
    assert len(ax.lines) == 3
    assert weight[0, 0] == -1  # the caller's numbers stay


@pytest.mark.parametrize(("shape", "weight"), [((3, 5), np.ones((2, 12))), ((3, 4), np.ones(12))])
def test_weights_of_another_shape_are_refused(shape: tuple[int, int], weight: Any) -> None:
    with pytest.raises(RunError, match="3 × "):
        receptive_fields(weight, new_axes(), classes=2, shape=shape)


def test_many_lines_are_told_apart_by_more_than_colour() -> None:
    styles = [series_style(index) for index in range(7)]
    for one, other in itertools.combinations(styles, 2):
        assert one["color"] != other["color"]
        assert one["marker"] != other["marker"]
    looks = {(s["color"], str(s["linestyle"])) for s in (series_style(index) for index in range(14))}
    assert len(looks) == 14


TWO_STEPS = [Curve("a", (1, 2), (1, 2))]
DRAWINGS: dict[str, Callable[[Figure], Any]] = {
    "conversion": lambda f: accuracy_against_steps([Curve("a", STEPS, [0.9] * 7)], f.subplots()),
    "conversion-error": lambda f: error_against_steps([Curve("a", STEPS, FALLING)], f.subplots()),
    "rates": lambda f: rate_histogram([[0.1, 0.2], [0.3, 0.4]], f.subplots(), steps=10),
    "fields": lambda f: receptive_fields(np.ones((4, 12)), f.subplots(), classes=2, shape=(3, 4)),
    "frontier": lambda f: frontier(POINTS, f.subplots()),
    "bus": lambda f: bus_heat_map([2, 4, 8], [4, 1, 0], SHARES, f.subplots()),
    "traces": lambda f: raster_with_traces(traced(), f.subplots(6, 2)),
    "learned": lambda f: gamma_and_threshold(TWO_STEPS, TWO_STEPS, list(f.subplots(2, 1))),
}


def test_every_figure_has_dark_colours_and_a_caption_and_repeats(tmp_path: Path) -> None:
    def drawings(names: Iterable[str]) -> Iterator[tuple[str, Figure]]:
        for name in names:
            figure = new_figure(3.2)
            DRAWINGS[name](figure)
            yield name, figure

    written = write_drawings(drawings(DRAWINGS), tmp_path)
    for again in write_drawings(drawings(("frontier", "fields")), tmp_path / "again"):
        assert again.read_bytes() == (tmp_path / again.name).read_bytes(), again.name
    for path in written:
        assert caption_of(path.stem).text
        if path.suffix == ".svg":
            colours = set(re.findall(r"(?:fill|stroke)(?:: |=\")(#[0-9a-f]{6})", path.read_text("utf-8")))
            assert colours <= {*DARK, *DARK.values()}, path.name
