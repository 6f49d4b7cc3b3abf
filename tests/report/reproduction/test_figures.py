from __future__ import annotations

import math
from collections.abc import Iterator, Mapping

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle, StepPatch

from neuroff.report.reproduction.bars import final_accuracy_bars, gain_intervals, gains_of_collaboration
from neuroff.report.reproduction.choices import memory_bars, reading_rows, time_bars
from neuroff.report.reproduction.comparing import gains
from neuroff.report.reproduction.cost import parse_cost
from neuroff.report.reproduction.curves import error_curves, gamma_curves, log_accuracy_curves
from neuroff.report.reproduction.figures import reproduction_figures
from neuroff.report.reproduction.layers import (
    alone_and_together,
    goodness_histogram,
    layer_rows,
    separations,
    signals_left,
)
from neuroff.report.reproduction.model import parse_reproduction
from neuroff.report.reproduction.paper import PAPER
from neuroff.report.theme import themed
from neuroff.results.readings import Readings
from neuroff.results.reproduction import Column
from tests.narrow import as_a
from tests.report.reproduction.conftest import Make, cost_of, reading_of, readings_of


@pytest.fixture(autouse=True)
def _theme() -> Iterator[None]:
    with themed():
        yield


@pytest.fixture
def mnist(make: Make) -> Mapping[str, Column]:
    return parse_reproduction(make(("mnist",), images=1000, every=100))["mnist"]


def new_axes() -> Axes:
    return Figure().subplots()


def words(ax: Axes) -> list[str]:
    return [text.get_text() for text in ax.texts]


def diamonds(ax: Axes) -> list[tuple[float, float]]:
    return [
        (np.asarray(line.get_xdata())[0], np.asarray(line.get_ydata())[0])
        for line in ax.lines
        if line.get_marker() == "d"
    ]


def test_final_bars_are_means_beside_the_papers_numbers(mnist: Mapping[str, Column]) -> None:
    ax = final_accuracy_bars(mnist, PAPER["mnist"], new_axes())
    assert len(ax.patches) == 12
    assert [patch.get_hatch() is not None for patch in ax.patches] == [True, False] * 6
    test = mnist["ff"].test
    assert as_a(Rectangle, ax.patches[1]).get_height() == pytest.approx(100 * sum(test) / len(test))
    assert [height for _, height in diamonds(ax)] == pytest.approx([91.8, 92.0, 92.5, 92.6, 94.1, 93.8])
    assert f"{100 * sum(test) / 3:.1f}" in words(ax)
    assert len(ax.containers) >= 12
    low, high = ax.get_ylim()
    assert low < 91.8
    assert high > 100 * max(mnist["bp"].train)
    assert max(ax.get_yticks()) <= high


def test_other_data_sets_have_no_number_of_the_paper(make: Make) -> None:
    columns = parse_reproduction(make(("digits",), ("ff", "bp"), (0,), images=100, every=500))["digits"]
    ax = final_accuracy_bars(columns, {}, new_axes())
    assert diamonds(ax) == []
    assert not ax.collections  # one seed has no error bar


def test_a_reading_that_hardly_learns_does_not_squeeze_the_others() -> None:
    values = readings_of()
    values["readings"].append(reading_of("goodness", "its opposite", "ff", 0, 0.1))
    ax = reading_rows(Readings.of(values, "readings"), new_axes())
    assert words(ax) == ["◂ 10.0"]
    assert ax.get_xlim()[0] > 80


def test_gains_of_one_seed_stand_back_where_others_have_an_interval(make: Make) -> None:
    columns = make(("mnist",), ("ff", "fcff", "bp"), (0, 1), images=400, every=500)["mnist"]
    columns |= make(("mnist",), ("lorberbom_all",), (0,), images=400, every=500)["mnist"]
    shown = gains_of_collaboration(gains(parse_reproduction({"mnist": columns}), PAPER))
    assert [gain.column for gain in shown] == ["fcff"]
    alone = make(("mnist",), ("ff", "fcff", "lorberbom_all"), (0,), images=400, every=500)
    shown = gains_of_collaboration(gains(parse_reproduction(alone), PAPER))
    assert [gain.column for gain in shown] == ["fcff", "lorberbom_all"]


def test_gains_have_their_interval_and_every_seed(mnist: Mapping[str, Column]) -> None:
    compared = gains_of_collaboration(gains({"mnist": mnist}, PAPER))
    assert "bp" not in {gain.column for gain in compared}
    ax = gain_intervals(compared, new_axes())
    first = compared[0]
    assert first.test.low is not None
    assert first.test.high is not None
    interval, seeds, mean = ax.lines[:3]
    assert list(np.asarray(interval.get_xdata())) == pytest.approx(
        [100 * first.test.low, 100 * first.test.high]
    )
    assert list(np.asarray(seeds.get_xdata())) == pytest.approx([100 * d for d in first.differences])
    assert np.asarray(mean.get_xdata())[0] == pytest.approx(100 * first.test.difference)
    assert [gain for gain, _ in diamonds(ax)] == pytest.approx([0.6, 1.8, 1.2])
    assert [label.get_text() for label in ax.get_yticklabels()][-1] == "A-CFF − F-CFF"


def test_dynamics_are_the_papers_logarithm_of_per_cent(mnist: Mapping[str, Column]) -> None:
    ax = log_accuracy_curves("mnist", mnist, new_axes())
    ff, bp = ax.lines[0], ax.lines[3]
    assert list(np.asarray(ff.get_xdata())) == list(range(100, 2001, 100))
    mean = sum(run.curves[-1].train for run in mnist["ff"].runs) / 3
    assert np.asarray(ff.get_ydata())[-1] == pytest.approx(math.log(100 * mean), abs=1e-5)
    assert max(np.asarray(bp.get_xdata())) == 1000
    assert words(ax) == ["layer 1 learns", "layer 2 learns", "the paper's A-CFF peak, 4.555"]
    low, high = ax.get_ylim()
    assert low < math.log(100 * mean) < 4.555 < high
    (beside,) = ax.child_axes
    assert beside.get_ylabel() == "accuracy (%)"


def test_errors_are_readable_and_backpropagation_may_leave(mnist: Mapping[str, Column]) -> None:
    perfect = mnist["bp"].runs[0].curves[-1].model_copy(update={"train": 1.0})
    run = mnist["bp"].runs[0]
    run = run.model_copy(update={"curves": (*run.curves[:-1], perfect)})
    columns = {**mnist, "bp": mnist["bp"].model_copy(update={"runs": (run,)})}
    ax = error_curves(columns, new_axes())
    assert ax.get_yscale() == "log"
    assert "backpropagation\nends at no error" in words(ax)
    low, high = ax.get_ylim()
    finals = [
        100 * (1 - run.curves[-1].train) for name in columns if name != "bp" for run in columns[name].runs
    ]
    assert min(finals) / 6 < low < min(finals) < max(finals) < high
    assert error_curves(mnist, new_axes(), held_out=True).get_ylabel() == "held-out error (%)"


def test_no_right_answer_has_no_logarithm_and_no_curves_say_so(make: Make) -> None:
    results = make(("mnist",), ("ff",), (0,), images=100, every=500)
    results["mnist"]["ff"]["runs"][0]["curves"][0]["train"] = 0.0
    ax = log_accuracy_curves("mnist", parse_reproduction(results)["mnist"], new_axes())
    assert list(np.asarray(ax.lines[0].get_xdata())) == [1000, 1500, 2000]
    results["mnist"]["ff"]["runs"][0]["curves"] = []
    column = parse_reproduction(results)["mnist"]
    for ax in (log_accuracy_curves("mnist", column, new_axes()), error_curves(column, new_axes())):
        assert "not recorded" in words(ax)


def test_gamma_is_held_before_and_after_a_layer_learns(mnist: Mapping[str, Column]) -> None:
    ax = gamma_curves(mnist, 1, new_axes())
    fixed, learned = ax.lines[:2]
    assert set(np.asarray(fixed.get_ydata())) == {0.5}
    assert learned.get_ydata() == pytest.approx([0.1] * 10 + [0.1 + 0.17 * k for k in range(1, 11)])
    first = gamma_curves(mnist, 0, new_axes())
    assert first.lines[1].get_ydata() == pytest.approx(0.1)
    assert (
        len([line for line in ax.lines if line.get_marker() != "None"]) == 4
    )  # neither FF nor backpropagation


def test_histograms_are_shares_of_both_kinds(mnist: Mapping[str, Column]) -> None:
    diagnosis = mnist["acff"].runs[0].layers[1]
    ax = goodness_histogram(diagnosis, new_axes(), 2.0)
    positive, negative = (patch for patch in ax.patches if isinstance(patch, StepPatch))
    assert sum(positive.get_data()[0]) == pytest.approx(1)
    assert sum(negative.get_data()[0]) == pytest.approx(1)
    assert positive.get_hatch() is None
    assert negative.get_hatch() == "/////"
    assert ax.get_title(loc="right") == "d′ = 1.40"
    low, high = ax.get_xlim()
    assert low <= 0.2
    assert 2.0 < high <= 6.0


def test_one_bar_far_above_all_others_is_cut(mnist: Mapping[str, Column]) -> None:
    diagnosis = mnist["ff"].runs[0].layers[0]
    counts = (1000.0, *[10.0] * 59)
    shown = diagnosis.histogram.model_copy(update={"positive": counts, "negative": counts})
    ax = goodness_histogram(diagnosis.model_copy(update={"histogram": shown, "separation": None}), new_axes())
    assert ax.get_ylim()[1] == pytest.approx(1.08 * 3 * 10 / sum(counts))
    assert ax.get_title(loc="right") == ""


def test_a_row_per_column_and_layer_shows_who_rides(mnist: Mapping[str, Column]) -> None:
    shown = {name: column for name, column in mnist.items() if name in ("ff", "acff")}
    assert layer_rows(mnist)[:3] == [("ff", 0), ("ff", 1), ("fcff", 0)]
    assert ("bp", 0) not in layer_rows(mnist)
    ax = alone_and_together(shown, new_axes())
    assert [label.get_text() for label in ax.get_yticklabels()] == ["FF, 1", "FF, 2", "A-CFF, 1", "A-CFF, 2"]
    d_prime = separations(shown, new_axes())
    assert [
        np.asarray(line.get_xdata())[0] for line in d_prime.lines if line.get_marker() == "^"
    ] == pytest.approx([2.6, 1.4])
    assert d_prime.get_xlim()[1] > 2.7
    left = signals_left(shown, new_axes())
    assert [
        np.asarray(line.get_xdata())[0] for line in left.lines if line.get_marker() == "^"
    ] == pytest.approx([100, 50])


def test_a_layer_without_any_signal_has_no_share_of_it(mnist: Mapping[str, Column]) -> None:
    diagnosis = mnist["ff"].runs[0].layers[0]
    assert diagnosis.model_copy(update={"signal_alone": 0.0}).signal_left is None


def test_readings_have_a_row_each_and_a_mark_per_rule() -> None:
    ax = reading_rows(Readings.of(readings_of(seeds=(0, 1)), "readings"), new_axes())
    labels = [label.get_text() for label in ax.get_yticklabels()]
    assert labels[:3] == ["FF the preset", "FF negatives: permuted", "F-CFF threshold: centred γ 0.5"]
    for marker in "os^":
        assert len([line for line in ax.lines if line.get_marker() == marker]) == len(labels) == 7
    dashed = ax.lines[0]
    assert np.asarray(dashed.get_xdata())[0] == pytest.approx(93.05)


def test_costs_print_their_ratio() -> None:
    cost = parse_cost(cost_of())
    ax = time_bars(cost, new_axes())
    assert [as_a(Rectangle, patch).get_width() for patch in ax.patches] == pytest.approx(
        [1.67, 1.68, 1.69, 1.4]
    )
    assert words(ax) == ["1.67 s", "1.68 s\n1.01 × FF", "1.69 s\n1.01 × FF", "1.40 s\n0.84 × FF"]
    assert [np.asarray(line.get_xdata())[0] for line in ax.lines] == [0.8, 0.8, 0.81, 0.7]
    assert words(memory_bars(cost, new_axes())) == ["810"] * 4
    bare = parse_cost({"columns": {"ff": {"seconds_per_epoch": 1}}})
    assert words(memory_bars(bare, new_axes())) == ["not measured"]


def test_there_is_a_figure_for_everything_there_is_data_for(make: Make) -> None:
    results = parse_reproduction(make(("mnist", "digits"), ("ff", "acff", "bp"), (0,), images=100, every=500))
    names = [
        name for name, _ in reproduction_figures(results, [Readings.of(readings_of(), "readings")], None)
    ]
    of_each = ("dynamics-log", "dynamics-error", "gamma", "goodness", "separation")
    assert names == [
        "accuracy-mnist",
        "accuracy-digits",
        "gains",
        *(f"{kind}-{dataset}" for dataset in ("mnist", "digits") for kind in of_each),
        "readings-mnist",
    ]


@pytest.mark.parametrize("columns", [("bp",), ("ff",), ("ff", "bp")])
def test_few_columns_have_fewer_figures(make: Make, columns: tuple[str, ...]) -> None:
    results = parse_reproduction(make(("mnist",), columns, (0,), images=100, every=500))
    names = [name.removesuffix("-mnist") for name, _ in reproduction_figures(results, [], None)]
    layers = ["goodness", "separation"] if "ff" in columns else []
    assert names == ["accuracy", "dynamics-log", "dynamics-error", *layers]


def test_lists_without_runs_have_bars_alone() -> None:
    results = parse_reproduction({"mnist": {"ff": {"train": [0.9], "test": [0.9]}}})
    assert [name for name, _ in reproduction_figures(results, [], None)] == ["accuracy-mnist"]


def test_networks_of_different_depth_share_a_figure(make: Make) -> None:
    results = make(("mnist",), ("ff", "fcff"), (0,), images=100, every=500)
    run = results["mnist"]["fcff"]["runs"][0]
    run["layers"] = [*run["layers"], run["layers"][1]]
    results["mnist"]["ff"]["runs"][0]["layers"].pop()
    figures = dict(reproduction_figures(parse_reproduction(results), [], None))
    visible = [ax.get_visible() for ax in figures["goodness-mnist"].axes]
    assert visible == [True, False, False, True, True, True]


def test_a_threshold_far_away_does_not_squeeze_the_histogram(mnist: Mapping[str, Column]) -> None:
    diagnosis = mnist["ff"].runs[0].layers[0]
    near, far = (goodness_histogram(diagnosis, new_axes(), theta) for theta in (8.0, 80.0))
    assert len(near.lines) == 1
    assert near.get_xlim()[1] > 8
    assert not far.lines
    assert far.get_xlim()[1] < 8
