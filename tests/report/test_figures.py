from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle

from neuroff.report.bars import accuracy_bars, energy_bars
from neuroff.report.curves import gamma_over_time, training_curves, training_panels
from neuroff.report.figures import figures_of
from neuroff.report.raster import raster_panels, show_image, spike_raster
from neuroff.report.theme import FAINT, themed
from tests.narrow import as_a, present
from tests.report.conftest import Make, raster_of


@pytest.fixture(autouse=True)
def _theme() -> Iterator[None]:
    with themed():
        yield


def new_axes() -> Axes:
    return Figure().subplots()


def words(ax: Axes) -> list[str]:
    return [text.get_text() for text in ax.texts]


def test_accuracy_has_a_bar_and_a_printed_value_per_group(make: Make) -> None:
    ax = accuracy_bars(make()["runs"], new_axes())
    assert len(ax.patches) == 6
    assert sorted(words(ax)) == ["90.0"] * 3 + ["92.0"] * 3
    assert ax.get_ylabel() == "test accuracy (%), from 85 %"
    assert [label.get_text().strip() for label in ax.get_xticklabels()] == ["FF", "F-CFF", "A-CFF"]
    assert [label.get_text() for label in ax.get_xticklabels(minor=True)].count("spiking") == 3
    assert sum(patch.get_hatch() is not None for patch in ax.patches) == 3
    low, high = ax.get_ylim()
    assert low < 90 < 92 < high


def test_accuracy_of_several_seeds_has_error_bars_and_dots(make: Make) -> None:
    ax = accuracy_bars(make(("dense",), ("ff",), (0, 1, 2))["runs"], new_axes())
    (bar,) = ax.patches
    assert as_a(Rectangle, bar).get_height() == pytest.approx(93.0)
    (segment,) = as_a(LineCollection, ax.collections[0]).get_segments()
    assert segment[:, 1] == pytest.approx([92.0, 94.0])
    dots = [line for line in ax.lines if line.get_marker() == "o"]
    assert sorted(np.asarray(dots[0].get_ydata())) == pytest.approx([92.0, 93.0, 94.0])


def test_low_accuracies_stand_on_zero(make: Make) -> None:
    runs = make(variants=("ff",))["runs"]
    runs[1]["test_accuracy"] = 0.1
    ax = accuracy_bars(runs, new_axes())
    assert ax.get_ylim()[0] == 0
    assert ax.get_ylabel() == "test accuracy (%)"


def test_energy_marks_lower_bounds_and_missing_prices(make: Make) -> None:
    runs = make(variants=("ff",))["runs"]
    ax = energy_bars(runs, "loihi1-davies2018", new_axes())
    assert ax.get_xscale() == "log"
    assert "(J" in ax.get_xlabel()
    (bar,) = ax.patches
    estimate = runs[1]["energy"]["loihi1-davies2018"]["energy_J"]
    assert as_a(Rectangle, bar).get_x() + as_a(Rectangle, bar).get_width() == pytest.approx(
        estimate["nominal"]
    )
    assert as_a(Rectangle, bar).get_y() > 0.5  # the spiking row; the dense one has no bar
    assert "no price for this work" in words(ax)
    assert any(text.startswith("≥ ") for text in words(ax))
    (segment,) = as_a(LineCollection, ax.collections[0]).get_segments()
    assert segment[:, 0] == pytest.approx([estimate["low"], estimate["high"]])
    assert ax.get_xlim()[0] < estimate["low"] < estimate["high"] < ax.get_xlim()[1]


def test_energy_that_was_not_estimated_says_so(make: Make) -> None:
    ax = energy_bars(make(variants=("ff",))["runs"], "nowhere", new_axes())
    assert words(ax) == ["not estimated"] * 2
    assert not ax.patches


def test_sequential_training_shares_a_goodness_panel_and_marks_the_stages(make: Make) -> None:
    runs = make()["runs"]
    shape = training_panels(runs)
    assert shape == (2, 2)
    axes = training_curves(runs, Figure().subplots(*shape, squeeze=False))
    top, below = axes[:, 0]
    assert top.get_title(loc="left") == "dense"
    assert top.get_ylabel() == "train accuracy (%)"
    assert below.get_xlabel() == "epoch"
    assert axes[0, 0].get_ylim() == axes[0, 1].get_ylim()
    assert words(top) == ["layer 1", "layer 2"]
    curves = [line for line in top.lines if line.get_label().startswith("dense")]
    assert len(curves) == 3
    assert curves[0].get_xdata() == pytest.approx([2, 4, 6, 8])
    assert curves[0].get_ydata() == pytest.approx([70, 90, 70, 90])
    goodness = [line for line in below.lines if line.get_label().startswith("dense FF")]
    assert len(goodness) == 2
    assert np.isnan(goodness[0].get_ydata()).sum() == 1  # no line across the stages


def test_interleaved_training_has_a_goodness_panel_per_layer(make: Make) -> None:
    runs = make(("spiking",), ("ff", "acff"), (0, 1), "interleaved")["runs"]
    shape = training_panels(runs)
    assert shape == (3, 1)
    axes = training_curves(runs, Figure().subplots(*shape, squeeze=False))
    assert [ax.get_ylabel() for ax in axes[1:, 0]] == ["goodness, layer 1", "goodness, layer 2"]
    assert [len(ax.lines) for ax in axes[:, 0]] == [2, 4, 4]


def test_accuracy_that_was_never_taken_is_told(make: Make) -> None:
    runs = make(("dense",), ("ff",))["runs"]
    for epoch in runs[0]["history"]:
        epoch["train_accuracy"] = None
    axes = training_curves(runs, Figure().subplots(2, 1, squeeze=False))
    assert "not recorded" in words(axes[0, 0])


def test_gamma_is_flat_when_fixed_and_held_while_a_layer_does_not_learn(make: Make) -> None:
    first, second = gamma_over_time(make(("dense",))["runs"], Figure().subplots(1, 2))
    fixed, learned = first.lines[:2]
    assert set(np.asarray(fixed.get_ydata())) == {0.5}
    assert learned.get_ydata() == pytest.approx([0.2, 0.3, 0.4, 0.5, 0.5, 0.5, 0.5, 0.5])
    assert second.lines[1].get_ydata() == pytest.approx([0.2, 0.2, 0.2, 0.2, 0.2, 0.3, 0.4, 0.5])
    assert "γ" in first.get_ylabel()


def test_gamma_of_layers_that_learn_together_moves_in_both(make: Make) -> None:
    runs = make(("dense",), ("acff",), schedule="interleaved")["runs"]
    for ax in gamma_over_time(runs, Figure().subplots(1, 2)):
        assert ax.lines[0].get_ydata() == pytest.approx([0.2, 0.3, 0.4, 0.5])


def spikes_of(line: Line2D) -> set[tuple[int, int]]:
    dashes = np.asarray(line.get_xdata()).reshape(-1, 3)[:, :2]
    return set(
        zip(dashes.mean(1).round().astype(int), np.asarray(line.get_ydata())[::3].astype(int), strict=True)
    )


def test_raster_shows_every_spike_and_scalar() -> None:
    raster = raster_of("acff")
    shape = raster_panels(raster)
    assert shape == (2, 3)
    axes = spike_raster(raster, Figure().subplots(*shape))
    positive, negative, scalars = axes[0]
    shared, own = (spikes_of(line) for line in positive.lines)
    assert shared == {(3, 5)}
    assert own == {(1, 1), (1, 7), (4, 2), (5, 0)}
    assert [spikes_of(line) for line in negative.lines] == [{(3, 5)}, set()]
    assert positive.lines[0].get_color() == negative.lines[0].get_color() == FAINT
    assert positive.get_xlim() == (0.5, 5.5)
    assert positive.get_ylim() == (-0.5, 7.5)
    assert negative.get_title(loc="left") == "label 8 (wrong)\n1 spike"
    assert len(scalars.patches) == 6
    for value in (
        "goodness",
        "collaborative",
        "modulator",
        "3.10",
        "3.50",
        "−0.120",
        "1.10",
        "0.900",
        "0.250",
    ):
        assert value in words(scalars)
    assert axes[1, 0].get_xlabel() == "time step"


def test_a_silent_layer_is_drawn() -> None:
    raster = raster_of("ff")
    silent = {"steps": [], "neurons": [], "goodness": 0.0, "collaborative": 0.0, "modulator": 0.0}
    raster["layers"] = [{"neurons": 3, "positive": silent, "negative": silent}]
    axes = spike_raster(raster, Figure().subplots(1, 3, squeeze=False))
    assert len(axes[0, 0].lines[0].get_xdata()) == 0
    assert present(show_image(raster, new_axes()).images[0].get_array()).shape == (28, 28)


def test_figures_of_holds_what_there_is_data_for(make: Make) -> None:
    names = [name for name, _ in figures_of(make())]
    assert names == ["accuracy", "energy", "training", "gamma", "raster-acff-0"]
    bare = make(("dense",), ("ff",))
    bare["runs"][0] |= {"energy": {}, "energy_J": {}, "history": []}
    assert [name for name, _ in figures_of(bare | {"profiles": {}})] == ["accuracy"]


def test_energy_figure_has_a_panel_per_profile_on_one_scale(make: Make) -> None:
    comparison = make()
    comparison["profiles"]["loihi1-davies2018"]["name"] = r"Chip $\frac{ & <b> " + "long " * 30
    figure = dict(figures_of(comparison))["energy"]
    assert [len(ax.patches) for ax in figure.axes] == [6, 3]
    assert figure.axes[0].get_xlim() == figure.axes[1].get_xlim()
    figure.draw_without_rendering()  # a dollar sign in a name is not mathematics
    for ax in figure.axes:
        assert ax.title.get_window_extent().x1 < figure.bbox.x1
