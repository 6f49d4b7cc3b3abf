"""Words beside marks, put where they cover least."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.text import Annotation
from matplotlib.transforms import Bbox

from neuroff.report.theme import INK

_GAP_POINTS = 6.0
# (x, y) of the words from the mark in gaps, and how they are aligned to it; the first that is free is taken.
_PLACES = (
    (0.0, 1.0, "center", "bottom"),
    (0.0, -1.0, "center", "top"),
    (1.0, -0.6, "left", "top"),
    (-1.0, 0.6, "right", "bottom"),
    (1.0, 0.6, "left", "bottom"),
    (-1.0, -0.6, "right", "top"),
    (0.0, 2.2, "center", "bottom"),
    (0.0, -2.2, "center", "top"),
)


def label_marks(
    ax: Axes,
    marks: Sequence[tuple[float, float, str]],
    lines: Sequence[Sequence[tuple[float, float]]] = (),
    *,
    fontsize: float = 8.5,
) -> None:
    """Write words beside marks so that they cover neither each other nor lines, as far as there is room.

    Call it when everything else is drawn and the limits of the axes are final.

    Args:
        ax: where the marks are.
        marks: (x, y, words) in data units; empty words are left out.
        lines: what the words should not cover, each a sequence of (x, y) in data units.
        fontsize: in points.
    """
    ax.set_xlim(ax.get_xlim())  # settles the limits, without which nothing has its place yet
    ax.set_ylim(ax.get_ylim())
    taken = [_around(ax, x, y, 4.0) for x, y, _ in marks]
    taken += [_around(ax, x, y, 1.0) for line in lines for x, y in _along(ax, line)]
    inside = ax.get_window_extent()
    for x, y, words in marks:
        if not words:
            continue
        tried: list[tuple[int, int, Annotation, Bbox]] = []
        for across, up, horizontal, vertical in _PLACES:
            shift = (_GAP_POINTS * across, _GAP_POINTS * up)
            text = ax.annotate(words, (x, y), shift, textcoords="offset points", ha=horizontal, va=vertical,
                               fontsize=fontsize, color=INK)  # fmt: skip
            box = text.get_window_extent()
            outside = not (inside.x0 <= box.x0 and box.x1 <= inside.x1 and inside.y0 <= box.y0)
            tried.append((sum(map(box.overlaps, taken)) + 100 * outside, len(tried), text, box))
            text.set_visible(False)
            if tried[-1][0] == 0:
                break
        _, best, chosen, box = min(tried, key=lambda entry: entry[:2])
        for _, place, text, _ in tried:
            if place != best:
                text.remove()
        chosen.set_visible(True)
        taken.append(box)


def _around(ax: Axes, x: float, y: float, points: float) -> Bbox:
    centre = ax.transData.transform((x, y))
    reach = points * ax.figure.dpi / 72.0
    return Bbox([centre - reach, centre + reach])


def _along(ax: Axes, line: Sequence[tuple[float, float]]) -> list[npt.NDArray[np.float64]]:
    """Return points every few pixels along a line, in data units."""
    corners = ax.transData.transform(np.asarray(line, dtype=float))
    found = []
    for start, end in pairwise(corners):
        count = max(2, int(np.hypot(*(end - start)) / 6.0))
        found += [start + (end - start) * share for share in np.linspace(0.0, 1.0, count)]
    return list(ax.transData.inverted().transform(np.asarray(found))) if found else []
