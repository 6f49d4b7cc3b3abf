"""Which class is taken for which: a grid of true classes by predicted ones."""

from __future__ import annotations

from collections.abc import Sequence
from textwrap import shorten
from typing import Final

from matplotlib.axes import Axes

from neuroff.errors import RunError
from neuroff.report.heat import cells_of_shares
from neuroff.report.printed import percent

_MOST_NUMBERS: Final = 12
_MOST_NAMES: Final = 30
_LETTERS = 14


def confusion_map(counts: Sequence[Sequence[int]], classes: Sequence[str], ax: Axes) -> Axes:
    """Draw of every true class which share was predicted as which.

    Numbers stand in the cells of up to twelve classes; names beside the rows of up to thirty.

    Args:
        counts: ``(C, C)``: true classes in rows, predicted ones in columns.
        classes: C names.
        ax: where to draw.

    Raises:
        RunError: if there are not as many rows and columns as names.
    """
    if not classes or len(counts) != len(classes) or any(len(row) != len(classes) for row in counts):
        raise RunError(
            f"{len(counts)} rows of {sorted({len(row) for row in counts})} counts",
            where="confusion_map",
            expected=f"{len(classes)} rows of {len(classes)}",
        )
    shares = [[times / max(sum(row), 1) for times in row] for row in counts]
    few = len(classes) <= _MOST_NUMBERS
    words = [[_word(share) if few else "" for share in row] for row in shares]
    told = [
        [_told(true, predicted, times, sum(row)) for predicted, times in zip(classes, row, strict=True)]
        for true, row in zip(classes, counts, strict=True)
    ]
    cells_of_shares(shares, words, ax, low=0.0, high=1.0, told=told)
    names = [shorten(name, _LETTERS, placeholder="…") for name in classes]
    shown = range(len(names)) if len(names) <= _MOST_NAMES else []
    ax.set_xticks(list(shown), [names[at] for at in shown], rotation=45 if max(map(len, names)) > 2 else 0)
    ax.set_yticks(list(shown), [names[at] for at in shown])
    ax.set_xlabel("predicted")
    ax.set_ylabel("true")
    ax.set_title("share of a true class (%)", fontweight="normal", fontsize=10)
    return ax


def _told(true: str, predicted: str, times: int, of: int) -> str:
    """Return what a cell says on pointing at it; nothing where nothing happened."""
    if not times:
        return ""
    what = f"{true} recognised" if true == predicted else f"{true} taken for {predicted}"
    return f"{what}: {times} of {of}"


def _word(share: float) -> str:
    """Return a share in per cent; nothing for what never happened, which is not the same as seldom."""
    if not share:
        return ""
    return "<1" if share < 0.005 else percent(share, 0)
