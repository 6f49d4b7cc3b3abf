"""A column of compare of your own: a number of every trained network, in file, table and page."""

from pathlib import Path

from rich.console import Console

import neuroff
from neuroff.core.inputs import Split
from neuroff.core.network import Network, propagate
from neuroff.report import comparison_table, render_comparison


def silent_share(network: Network, split: Split) -> float:
    inputs = split.test.head(200)
    asked = network.asking.everything(200)
    shown = [each.response.activity for each in propagate(network, inputs.stimulus(slice(200)), asked)]
    return sum(float((activity.amax(0) == 0).float().mean()) for activity in shown) / len(shown)


def test_a_column_is_shown(tmp_path: Path) -> None:
    plan = neuroff.Comparison("digits", "demo", variants=("ff",), settings=("epochs=2", "widths=40"))
    measures = {"silent share": silent_share}
    result = neuroff.compare(plan, neuroff.load("digits"), [], tmp_path, measures=measures)
    assert all(0 <= run.measured["silent share"] < 1 for run in result.runs)
    with (console := Console(width=100)).capture() as printed:
        console.print(comparison_table(result))
    assert "silent" in printed.get()
    assert "silent share" in render_comparison(result, [])
