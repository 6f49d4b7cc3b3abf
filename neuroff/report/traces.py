"""The spike raster with traces under it: what goodness and modulator do while the spikes arrive."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from neuroff.errors import RunError
from neuroff.report.raster import asked_titles, draw_spikes, over_steps, own_spikes, spikes_of
from neuroff.report.theme import FAINT, INK, MUTED, variant_style
from neuroff.results.raster import Raster, RasterLayer

_TRACES = (("goodness_trace", "goodness so far"), ("modulator_trace", "modulator"))
_ROWS = 1 + len(_TRACES)


def has_traces(raster: Mapping[str, Any] | Raster) -> bool:
    """Whether every layer of a raster has its traces."""
    layers = Raster.of(raster, "raster").layers
    return all(layer.positive.goodness_trace and layer.negative.goodness_trace for layer in layers)


def trace_panels(raster: Mapping[str, Any] | Raster) -> tuple[int, int]:
    """Return rows and columns of axes that `raster_with_traces` needs: three rows per layer, two columns."""
    return _ROWS * len(Raster.of(raster, "raster").layers), 2


def trace_height_ratios(raster: Mapping[str, Any] | Raster) -> list[float]:
    """Return relative heights of those rows: a raster is as tall as its two traces."""
    return [2.0, 1.0, 1.0] * len(Raster.of(raster, "raster").layers)


def raster_with_traces(
    raster: Mapping[str, Any] | Raster, axes: npt.NDArray[np.object_]
) -> npt.NDArray[np.object_]:
    """Draw every layer's spikes, and under them its goodness and its modulator after every step.

    The left column is the image with its true label, the right one with a wrong label. A layer's two goodness
    traces share a scale, as do its two modulators.

    Args:
        raster: an entry of a comparison's ``rasters``, with traces.
        axes: array of axes of the shape that `trace_panels` returns.

    Raises:
        RunError: if the raster is not valid or has no traces.
    """
    shown = Raster.of(raster, "raster")
    if not has_traces(shown):
        raise RunError("no traces", where="raster", expected="goodness_trace and modulator_trace")
    colours = (variant_style(shown.variant).colour, INK)
    titles = asked_titles(shown)
    for number, layer in enumerate(shown.layers):
        rows = axes[_ROWS * number : _ROWS * (number + 1)]
        _spikes(layer, shown.steps, rows[0], colours)
        rows[0, 0].set_ylabel(f"layer {number + 1}\nneuron")
        for (field, name), row in zip(_TRACES, rows[1:], strict=True):
            _trace(layer, field, row, colours, shown.steps)
            row[0].set_title(name, fontweight="normal", fontsize=9.5, pad=3)
    for ax, title in zip(axes[0], titles, strict=True):
        ax.set_title(title, fontweight="normal", fontsize=10)
    for ax in axes[:-1].ravel():
        ax.tick_params(axis="x", labelbottom=False, length=0)
    for ax in axes[-1]:
        ax.set_xlabel("time step")
    axes[0, 0].figure.align_ylabels(axes[:, 0])
    return axes


def _spikes(layer: RasterLayer, steps: int, row: Sequence[Axes], colours: tuple[str, str]) -> None:
    for ax, presentation, colour in zip(row, (layer.positive, layer.negative), colours, strict=True):
        everything = spikes_of(presentation)
        own = everything if presentation.group is None else own_spikes(layer, presentation)
        draw_spikes(ax, everything - own, layer.neurons, FAINT)
        draw_spikes(ax, own, layer.neurons, colour)
        over_steps(ax, steps, layer.neurons)
    row[1].set_yticklabels([])


def _trace(layer: RasterLayer, field: str, row: Sequence[Axes], colours: tuple[str, str], steps: int) -> None:
    values = [getattr(layer.positive, field), getattr(layer.negative, field)]
    low, high = min(0.0, *map(min, values)), max(0.0, *map(max, values))
    room = 0.08 * ((high - low) or 1.0)
    for ax, trace, colour in zip(row, values, colours, strict=True):
        ax.axhline(0.0, color=MUTED, linewidth=0.8)
        ax.plot(range(1, steps + 1), trace, color=colour, drawstyle="steps-mid", linewidth=1.5)
        ax.set_xlim(0.5, steps + 0.5)
        ax.set_ylim(low - room, high + room)
        ax.xaxis.set_major_locator(MaxNLocator(5, integer=True, steps=[1, 2, 5, 10]))
        ax.yaxis.set_major_locator(MaxNLocator(3, steps=[1, 2, 5, 10]))
    row[1].set_yticklabels([])
