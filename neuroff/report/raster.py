"""The spike raster: one image in a spiking network, every spike and the scalars that are broadcast."""

from __future__ import annotations

import math
from collections.abc import Mapping
from textwrap import shorten
from typing import Any

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from neuroff.report.hover import show_value
from neuroff.report.summary import variant_label
from neuroff.report.theme import FAINT, INK, MUTED, bar_style, variant_style
from neuroff.results.raster import Presentation, Raster, RasterLayer

_SCALARS = (("goodness", "goodness"), ("collaborative", "collaborative"), ("modulator", "modulator"))
_LETTERS = 12  # of a class's name that fit over a panel
_GROUP_HEIGHT = 3.4  # a heading, two bars and a gap, in bars


def raster_panels(raster: Mapping[str, Any] | Raster) -> tuple[int, int]:
    """Return rows and columns of axes that `spike_raster` needs: a row per layer."""
    return len(Raster.of(raster, "raster").layers), 3


def spike_raster(
    raster: Mapping[str, Any] | Raster, axes: npt.NDArray[np.object_]
) -> npt.NDArray[np.object_]:
    """Draw the spikes of every layer for the true and for a wrong class of one image.

    A row per layer. In each row: the spikes under the true label, the spikes under the wrong one (grey where
    they occur under both), or of class groups those of the two groups (grey: of the others), and beside them
    the layer's goodness, its collaborative goodness and the modulator broadcast to its synapses.

    Args:
        raster: an entry of a comparison's ``rasters``.
        axes: array of axes of the shape that `raster_panels` returns.
    """
    shown = Raster.of(raster, "raster")
    colour = variant_style(shown.variant).colour
    titles = asked_titles(shown)
    for row, layer in enumerate(shown.layers):
        for column, presentation in enumerate((layer.positive, layer.negative)):
            ax: Axes = axes[row, column]
            everything, own = spikes_of(presentation), own_spikes(layer, presentation)
            draw_spikes(ax, everything - own, layer.neurons, FAINT)
            draw_spikes(ax, own, layer.neurons, colour if column == 0 else INK)
            over_steps(ax, shown.steps, layer.neurons)
            heading = f"{titles[column]}\n" if row == 0 else ""
            counted = len(own) if presentation.group else len(everything)
            noun = "spike" if counted == 1 else "spikes"
            ax.set_title(f"{heading}{counted} {noun}", fontweight="normal", fontsize=10)
            if row == len(shown.layers) - 1:
                ax.set_xlabel("time step")
            if column == 0:
                ax.set_ylabel(f"layer {row + 1}\nneuron")
            else:
                ax.set_yticklabels([])
        _scalars(axes[row, 2], layer, colour)
    return axes


def show_image(raster: Mapping[str, Any] | Raster, ax: Axes) -> Axes:
    """Draw the image of a spike raster, dark ink on light ground."""
    shown = Raster.of(raster, "raster")
    ax.imshow(shown.image, cmap="Greys", vmin=0, vmax=255, interpolation="nearest")
    ax.set_xticks([])
    ax.set_yticks([])
    for spine in ax.spines.values():
        spine.set_visible(True)
    return ax


def raster_title(raster: Mapping[str, Any] | Raster) -> str:
    """Return what is shown, in a few words."""
    shown = Raster.of(raster, "raster")
    return f"spiking {variant_label(shown.variant)}, one test image"


def raster_words(raster: Mapping[str, Any] | Raster) -> str:
    """Return the words beside the image."""
    shown = Raster.of(raster, "raster")
    true, wrong = _short(shown.true_class), _short(shown.wrong_class)
    if shown.layers[0].positive.group is not None:
        return (
            f"shown once: the group of its true class {true}\n"
            f"beside that of the best wrong class {wrong};\n"
            "grey: spikes of the other groups"
        )
    return (
        f"shown with its true label {true} (positive)\n"
        f"and with a wrong label {wrong} (negative);\n"
        "grey: spikes under both labels"
    )


def asked_titles(shown: Raster) -> tuple[str, str]:
    """Return what stands over the true and over the wrong class."""
    asked = "label" if shown.layers[0].positive.group is None else "group of class"
    return f"{asked} {_short(shown.true_class)} (true)", f"{asked} {_short(shown.wrong_class)} (wrong)"


def _short(name: str) -> str:
    return shorten(name, _LETTERS, placeholder="…") or "…"


def own_spikes(layer: RasterLayer, presentation: Presentation) -> set[tuple[int, int]]:
    """Return the spikes that only this presentation has, or those of the class's group."""
    if presentation.group is None:
        return spikes_of(presentation) - (spikes_of(layer.positive) & spikes_of(layer.negative))
    first, end = presentation.group
    return {(step, neuron) for step, neuron in spikes_of(presentation) if first <= neuron < end}


def spikes_of(shown: Presentation) -> set[tuple[int, int]]:
    """Return step and neuron of every spike."""
    return set(zip(shown.steps, shown.neurons, strict=True))


def draw_spikes(ax: Axes, spikes: set[tuple[int, int]], neurons: int, colour: str) -> None:
    """Draw spikes, each a dash as long as its step and as thick as the number of neurons allows."""
    # One path for all spikes: each is a dash as long as its step, and the pen is lifted in between.
    where = np.array(sorted(spikes), dtype=float).reshape(-1, 2)
    time = where[:, :1] + np.array([0.58, 1.42, math.nan])
    width = max(0.7, min(3.0, 100 / neurons))
    ax.plot(time.ravel(), np.repeat(where[:, 1], 3), color=colour, linewidth=width, solid_capstyle="butt")


def over_steps(ax: Axes, steps: int, neurons: int) -> None:
    """Give an axes the limits and ticks of a raster."""
    ax.set_xlim(0.5, steps + 0.5)
    ax.set_ylim(-0.5, neurons - 0.5)
    ax.xaxis.set_major_locator(MaxNLocator(5, integer=True, steps=[1, 2, 5, 10]))
    ax.yaxis.set_major_locator(MaxNLocator(4, integer=True))


def _scalars(ax: Axes, layer: RasterLayer, colour: str) -> None:
    for group, (name, words) in enumerate(_SCALARS):
        values = [getattr(layer.positive, name), getattr(layer.negative, name)]
        # Each scalar has its own scale: only its two presentations are to be compared.
        scale = max(map(abs, values)) or 1.0
        start = group * _GROUP_HEIGHT
        ax.text(-1.0, start, words, va="center", fontsize=9.5)
        for row, (value, path) in enumerate(zip(values, ("dense", "spiking"), strict=True), start=1):
            length = value / scale
            bar = ax.barh(start + row, length, 0.82, **bar_style(path, colour if row == 1 else INK))[0]
            show_value(bar, f"{words}, {'true' if row == 1 else 'wrong'} class: {value:#.3g}")
            ax.annotate(
                f"{value:#.3g}".replace("-", "−"), (max(length, 0.0), start + row), (4, 0),
                textcoords="offset points", va="center", fontsize=9.5,
            )  # fmt: skip
        ax.plot([0, 0], [start + 0.5, start + 2.5], color=MUTED, linewidth=0.8)
    ax.set_ylim(len(_SCALARS) * _GROUP_HEIGHT - 0.4, -0.6)
    ax.set_xlim(-1.05, 2.0)
    ax.set_axis_off()
