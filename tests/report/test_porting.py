from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from matplotlib.figure import Figure

from benchmarks.porting_figures import main
from neuroff.errors import RunError
from neuroff.report.lines import Curve
from neuroff.report.porting import Limit, limits_plot, porting_figures, quantisation_curves
from tests.narrow import present

PORTING = {
    "quantised": {"mnist": {"8": 0.96, "2": 0.9}},
    "quantised_untuned": {"mnist": {"8": 0.95, "2": 0.6}},
    "float": {"mnist": 0.97},
    "networks": {"mnist": {"config": {"variant": "ff"}}},
}
LEARNING = {
    "ablation": {
        "as it is": 0.9, "as it is, seed 1": 0.91, "traces of 3 bits": 0.85, "broadcast of 1 bit": 0.8,
        "traces of 1 bit": 0.7, "broadcast 4 steps late": 0.89,
    }
}  # fmt: skip


def test_bits_ascend_and_both_curves_are_there() -> None:
    ax = Figure().subplots()
    curve = Curve("after fine-tuning", [2, 8], [0.9, 0.96])
    quantisation_curves(
        curve, Curve("rounded only", [2, 8], [0.6, 0.95]), ax, exact=0.97, variant="ff", title="T"
    )
    tuned, rounded, exact = ax.lines
    assert list(np.asarray(tuned.get_xdata())) == [2, 8]
    assert list(np.asarray(rounded.get_ydata())) == [60.0, 95.0]
    assert set(np.asarray(exact.get_ydata())) == {97.0}
    assert [text.get_text() for text in present(ax.get_legend()).get_texts()] == [
        "after fine-tuning",
        "rounded only",
    ]


def test_limits_stand_in_their_groups_and_numbers_have_room() -> None:
    ax = Figure().subplots()
    limits_plot(
        [[Limit("a", 0.8), Limit("b", 0.7)], [Limit("c", 0.95)]], [Limit("", 0.9), Limit("", 0.91)], ax
    )
    assert [text.get_text() for text in ax.get_yticklabels()] == ["as it is (2 seeds)", "a", "b", "c"]
    places = list(ax.get_yticks())
    assert places[2] - places[1] < places[3] - places[2]
    assert [text.get_text() for text in ax.texts] == ["80.0", "70.0", "95.0"]
    marks = {
        line.get_marker(): np.asarray(line.get_xdata())[0] for line in ax.lines if line.get_marker() == "<"
    }
    assert marks == {"<": 90 - 16}
    assert ax.get_xlim()[0] < 74 - 0.1 * 20


def test_figures_are_written_and_the_same_results_give_the_same_bytes(tmp_path: Path) -> None:
    (tmp_path / "porting.json").write_text(json.dumps(PORTING))
    (tmp_path / "fixed-point-learning.json").write_text(json.dumps(LEARNING))
    written = []
    for name in ("a", "b"):
        assert main([str(tmp_path), str(tmp_path / name)]) == 0
        written.append({path.name: path.read_bytes() for path in Path(tmp_path / name).iterdir()})
    assert written[0] == written[1]
    names = {"quantisation.svg", "quantisation.png", "fixed-point-limits.svg", "fixed-point-limits.png"}
    assert set(written[0]) == names


def test_limits_of_one_kind_are_together() -> None:
    figure = dict(porting_figures(PORTING, LEARNING))["fixed-point-limits"]
    labels = [text.get_text() for text in figure.axes[0].get_yticklabels()]
    assert labels == ["as it is (2 seeds)", "traces of 3 bits", "traces of 1 bit", "broadcast of 1 bit",
                      "broadcast 4 steps late"]  # fmt: skip


@pytest.mark.parametrize("wrong", [{}, {"quantised": {"mnist": 3}}, {**PORTING, "float": {"mnist": "much"}}])
def test_other_results_are_refused(
    wrong: dict[str, dict[str, Any]], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(RunError, match="not results of porting"):
        list(porting_figures(wrong, LEARNING))
    assert main([str(tmp_path), str(tmp_path)]) == 2
    assert "cannot read" in capsys.readouterr().err


def test_an_ablation_without_a_reference_is_refused() -> None:
    with pytest.raises(RunError, match="no unchanged network"):
        limits_plot([], [], Figure().subplots())
