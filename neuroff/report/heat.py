"""A number in every cell of a grid: accuracy by bits and delay of the bus."""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from neuroff.errors import RunError
from neuroff.report.hover import show_value
from neuroff.report.printed import percent
from neuroff.report.theme import INK, variant_style

_STRONGEST = 0.55  # opacity; words stay legible on it, on light and on dark ground


def cells_of_shares(
    shares: Sequence[Sequence[float]],
    words: Sequence[Sequence[str]],
    ax: Axes,
    *,
    low: float,
    high: float,
    told: Sequence[Sequence[str]] = (),
) -> None:
    """Draw a grid of shares, each with its words; the larger the stronger.

    The colour is one hue laid over the ground more or less strongly, so the figure reads in light, in dark,
    in grey and with any kind of colour vision; the number in the cell is what counts.

    Args:
        shares: rows of columns.
        words: what stands in each cell.
        ax: where to draw.
        low: the share that is weakest.
        high: the share that is strongest.
        told: what each cell says on pointing at it; nothing if empty.
    """
    colour = variant_style("ff").colour
    for row, values in enumerate(shares):
        for column, share in enumerate(values):
            strength = 1.0 if high == low else (share - low) / (high - low)
            corner = (column - 0.48, row - 0.46)
            alpha = 0.04 + (_STRONGEST - 0.04) * strength
            cell = Rectangle(corner, 0.96, 0.92, facecolor=colour, alpha=alpha, linewidth=0)
            if told and told[row][column]:
                show_value(cell, told[row][column])
            ax.add_patch(cell)
            if words[row][column]:
                ax.text(column, row, words[row][column], ha="center", va="center", color=INK, fontsize=9.5)
    ax.set_xlim(-0.55, len(shares[0]) - 0.45)
    ax.set_ylim(len(shares) - 0.45, -0.55)
    ax.tick_params(length=0)
    for spine in ax.spines.values():
        spine.set_visible(False)


def bus_heat_map(
    bits: Sequence[str | int], delays: Sequence[int], accuracy: Sequence[Sequence[float]], ax: Axes
) -> Axes:
    """Draw accuracy by the bits and the delay of the broadcast scalars; the stronger the better.

    Args:
        bits: columns, such as ``[2, 3, 4, 8, "exact"]``.
        delays: rows, in steps.
        accuracy: shares of one, a row per delay, a column per number of bits.
        ax: where to draw.

    Raises:
        RunError: if rows and columns do not fit.
    """
    if not bits or len(accuracy) != len(delays) or any(len(row) != len(bits) for row in accuracy):
        raise RunError(
            f"{len(accuracy)} rows of {sorted({len(row) for row in accuracy})} accuracies",
            where="bus_heat_map",
            expected=f"{len(delays)} rows of {len(bits)}",
        )
    shares = [share for row in accuracy for share in row]
    words = [[percent(share, 1) for share in row] for row in accuracy]
    told = [
        [f"{bit} bits, delay {delay}: {word} %" for bit, word in zip(bits, row, strict=True)]
        for delay, row in zip(delays, words, strict=True)
    ]
    cells_of_shares(accuracy, words, ax, low=min(shares), high=max(shares), told=told)
    ax.set_xticks(range(len(bits)), [str(bit) for bit in bits])
    ax.set_yticks(range(len(delays)), [str(delay) for delay in delays])
    ax.set_xlabel("bits of a broadcast scalar")
    ax.set_ylabel("delay (steps)")
    ax.set_title("accuracy (%)", fontweight="normal", fontsize=10)
    return ax
