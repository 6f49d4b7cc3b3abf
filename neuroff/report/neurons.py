"""What single neurons do and see: firing-rate histograms and first-layer weights as images."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator

from neuroff.errors import RunError
from neuroff.report.printed import fixed
from neuroff.report.theme import INK, MUTED, series_style, variant_style

_BINS = 20


def rate_histogram(rates: Sequence[npt.ArrayLike], ax: Axes, *, steps: int | None = None) -> Axes:
    """Draw how many neurons fire how often, an outline per layer.

    Args:
        rates: per layer, firing rates in spikes per neuron and step, any shape; all in [0, 1].
        ax: where to draw.
        steps: T, where the rates are of single presentations: bins then hold the T + 1 possible rates.

    Raises:
        RunError: if a layer has no rates, or one lies outside [0, 1].
    """
    layers = [np.asarray(layer, dtype=float).ravel() for layer in rates]
    for number, layer in enumerate(layers, start=1):
        if not layer.size or layer.min() < 0.0 or not layer.max() <= 1.0:
            raise RunError(f"the rates of layer {number}", where="rate_histogram", expected="rates in [0, 1]")
    highest = max(float(layer.max()) for layer in layers)
    edges = _edges(highest, steps)
    for index, layer in enumerate(layers):
        share, _ = np.histogram(layer, edges)
        style = series_style(index)
        ax.stairs(100.0 * share / layer.size, edges, color=style["color"], linestyle=style["linestyle"],
                  linewidth=1.6, label=f"layer {index + 1}, mean {fixed(float(layer.mean()))}")  # fmt: skip
        ax.plot(
            layer.mean(), 0.03, marker="v", color=style["color"], markersize=6,
            transform=ax.get_xaxis_transform(), zorder=4,
        )  # fmt: skip
    ax.set_xlim(edges[0], edges[-1])
    ax.set_ylim(bottom=0.0)
    ax.xaxis.set_major_locator(MaxNLocator(6, steps=[1, 2, 5, 10]))
    ax.yaxis.set_major_locator(MaxNLocator(5, steps=[1, 2, 5, 10]))
    ax.grid(axis="y")
    ax.set_xlabel("firing rate (spikes per step)")
    ax.set_ylabel("share of neurons (%)")
    ax.legend()
    return ax


def receptive_fields(
    weight: npt.ArrayLike, ax: Axes, *, classes: int, shape: tuple[int, int], columns: int | None = None
) -> Axes:
    """Draw first-layer weights as images side by side; the label's columns are left out.

    Negative weights are one hue, positive ones the other, the stronger the more opaque; a weight of zero lets
    the ground show. All images share one scale, whose end is the 99.8th percentile of the weights shown.

    Args:
        weight: ``(N, D)`` weights of the neurons to show.
        ax: where to draw.
        classes: number of label columns, the first of the D.
        shape: height and width of the images; their product is D.
        columns: images in a row; as many as make the whole nearly square, if None.

    Raises:
        RunError: if the weights do not fit the shape.
    """
    fields = np.array(weight, dtype=float)
    height, width = shape
    if fields.ndim != 2 or not fields.shape[0] or fields.shape[1] != height * width:
        raise RunError(
            f"weights of shape {fields.shape}",
            where="receptive_fields",
            expected=f"(neurons, {height * width}) for images of {height} × {width}",
        )
    fields[:, :classes] = 0.0
    scale = float(np.quantile(np.abs(fields[:, classes:]), 0.998)) or 1.0
    count = fields.shape[0]
    across = columns or math.ceil(math.sqrt(count))
    down = -(-count // across)
    gap = max(1, width // 12)
    canvas = np.zeros((down * (height + gap) + gap, across * (width + gap) + gap))
    for place, field in enumerate(fields):
        top = gap + place // across * (height + gap)
        left = gap + place % across * (width + gap)
        canvas[top : top + height, left : left + width] = field.reshape(shape)
        outline = ([left - 0.5, left + width - 0.5, left + width - 0.5, left - 0.5, left - 0.5],
                   [top - 0.5, top - 0.5, top + height - 0.5, top + height - 0.5, top - 0.5])  # fmt: skip
        ax.plot(*outline, color=MUTED, linewidth=0.5, marker="")
    ax.imshow(_two_hues(canvas / scale), interpolation="nearest", zorder=0)
    ax.set_xticks([])
    ax.set_yticks([])
    for spine in ax.spines.values():
        spine.set_visible(False)
    negative, positive = _hues()
    handles = [
        Patch(facecolor=negative, label=f"−{scale:.2g}"),
        Patch(facecolor=positive, label=f"+{scale:.2g}"),
    ]
    ax.legend(handles=handles, loc="upper center", bbox_to_anchor=(0.5, 0.0), ncols=2, labelcolor=INK,
              handlelength=1.2)  # fmt: skip
    return ax


def _edges(highest: float, steps: int | None) -> npt.NDArray[np.float64]:
    if steps is None:
        return np.linspace(0.0, max(highest, 1e-9), _BINS + 1)
    count = math.floor(highest * steps + 0.5)
    return (np.arange(count + 2) - 0.5) / steps


def _hues() -> tuple[str, str]:
    """Blue for negative, orange for positive: apart for any kind of colour vision."""
    return variant_style("ff").colour, variant_style("fcff").colour


def _two_hues(values: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Return RGBA ``(…, 4)`` of values in [−1, 1]: hue by sign, opacity by size."""
    negative, positive = (
        np.array([int(hue[start : start + 2], 16) for start in (1, 3, 5)]) / 255.0 for hue in _hues()
    )
    colour = np.where(values[..., None] < 0.0, negative, positive)
    return np.concatenate((colour, np.abs(values).clip(0.0, 1.0)[..., None]), axis=-1)
