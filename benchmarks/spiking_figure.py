"""Draw how a spiking training step grows, from what `benchmarks.spiking_scaling` wrote.

    python -m benchmarks.spiking_figure docs/results/benchmark-spiking-scaling.json docs/figures

writes ``spiking-scaling`` as SVG and PNG: one layer's step over the rate of its inputs, with the crossing of
events and products marked, and a whole step over width, batch, time steps and depth.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from neuroff.errors import NeuroffError
from neuroff.files import read_json
from neuroff.report.save import write_drawings
from neuroff.report.theme import INK, MUTED, series_style, themed

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_NAMES = {
    "width": "neurons of a layer",
    "batch": "images",
    "steps": "time steps T",
    "depth": "layers",
}
_SAID = {"neuroff": "loops over spikes", "neuroff-torch": "PyTorch"}


def _lines(ax: Axes, values: Sequence[float], rows: Mapping[str, Sequence[float]], first: int) -> None:
    for index, (name, seconds) in enumerate(rows.items()):
        milliseconds = [1e3 * each for each in seconds]
        ax.plot(values, milliseconds, label=_SAID.get(name, name), **series_style(first + index))
    ax.set_ylim(bottom=0.0)
    ax.set_xlim(left=0.0)
    ax.grid(axis="y")


def _by_rate(ax: Axes, rate: Mapping[str, Any]) -> None:
    _lines(ax, rate["values"], rate["processor_seconds"], 2)
    ax.set_xlabel("firing rate of a layer's inputs")
    ax.set_ylabel("one layer (ms)")
    ax.axvline(rate["crossover_taken"], color=MUTED, linewidth=1.2, linestyle=(0, (2, 2)), zorder=1)
    ax.annotate(
        f"changes over at {rate['crossover_taken']:g}", (rate["crossover_taken"], 0.04),
        (4, 0), xycoords=ax.get_xaxis_transform(), textcoords="offset points", color=INK,
    )  # fmt: skip
    if rate["crossing"] is not None:
        height = 1e3 * _between(rate["values"], rate["processor_seconds"]["products"], rate["crossing"])
        ax.plot([rate["crossing"]], [height], marker="o", markersize=11, fillstyle="none", color=INK)
    ax.legend(loc="upper left", bbox_to_anchor=(0.0, 0.75))


def _between(values: Sequence[float], heights: Sequence[float], place: float) -> float:
    import numpy as np

    return float(np.interp(place, values, heights))


def figures(result: Mapping[str, Any]) -> Iterator[tuple[str, Figure]]:
    """Yield the named figure of a result."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8.0, 5.6), layout="constrained")
    grid = figure.add_gridspec(2, 4)
    _by_rate(figure.add_subplot(grid[0, :]), result["rate"])
    for place, (key, sweep) in enumerate(result["sweeps"].items()):
        ax = figure.add_subplot(grid[1, place])
        _lines(ax, sweep["values"], sweep["processor_seconds"], 0)
        ax.set_xlabel(_NAMES[key], fontsize=9)
        if place == 0:
            ax.set_ylabel("a training step (ms)")
            ax.legend(loc="upper left", fontsize=8, borderaxespad=0.0, handlelength=1.4)
    yield "spiking-scaling", figure


def main(arguments: Sequence[str] | None = None) -> int:
    """Run from the command line; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.spiking_figure", description=__doc__)
    parser.add_argument("result", type=Path, help="what benchmarks.spiking_scaling --out wrote")
    parser.add_argument("figures", type=Path, help="folder to write to")
    given = parser.parse_args(arguments)
    try:
        result = read_json(given.result)
        with themed():
            for path in write_drawings(figures(result), given.figures):
                print(path)
    except NeuroffError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
