"""Figures of porting: accuracy over the bits of a weight, and what each limit of learning on a chip costs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from neuroff.errors import RunError
from neuroff.report.lines import Curve
from neuroff.report.printed import fixed, percent
from neuroff.report.theme import FAINT, INK, MUTED, PAPER, RULE, line_style, variant_style

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_SHOWN_BELOW = 16.0  # percentage points
_TITLES = {"mnist": "MNIST", "fashion-mnist": "Fashion-MNIST"}


@dataclass(frozen=True)
class Limit:
    """One network of an ablation.

    Attributes:
        label: what was changed.
        accuracy: share of images classified correctly.
    """

    label: str
    accuracy: float


def quantisation_curves(
    tuned: Curve, rounded: Curve, ax: Axes, *, exact: float, variant: str, title: str
) -> Axes:
    """Draw accuracy over the bits of a weight, after fine-tuning and rounded only.

    Args:
        tuned: accuracies over bits after fine-tuning.
        rounded: likewise, without.
        ax: where to draw.
        exact: accuracy of the network in floating point; a horizontal line.
        variant: gives the colour.
        title: of the axes.
    """
    for curve, path in ((tuned, "dense"), (rounded, "spiking")):
        ax.plot(curve.x, [100 * y for y in curve.y], label=curve.label, **line_style(path, variant))
    ax.axhline(100 * exact, color=MUTED, linewidth=1.2, linestyle=(0, (2, 2)), zorder=1)
    ax.annotate(
        f"floating point {percent(exact, 1)}", (0.02, 100 * exact), (0, 3), xycoords=ax.get_yaxis_transform(),
        textcoords="offset points", color=INK, fontsize=9.5,
    )  # fmt: skip
    ax.set_xticks(sorted(tuned.x))
    ax.yaxis.set_major_locator(MaxNLocator(5, steps=[1, 2, 5, 10]))
    ax.margins(y=0.12)
    ax.set_xlabel("bits of a weight")
    ax.set_ylabel("accuracy (%)")
    ax.set_title(title)
    ax.grid(axis="y")
    ax.legend(loc="lower right")
    return ax


def limits_plot(groups: Sequence[Sequence[Limit]], reference: Sequence[Limit], ax: Axes) -> Axes:
    """Draw a dot for every changed limit, groups apart, against the range of the unchanged network.

    Accuracies more than 16 points below the reference stand at the edge, as arrows with their number.

    Args:
        groups: limits that belong together, such as numbers of bits.
        reference: the unchanged network, one for each seed; their range is a band.
        ax: where to draw.

    Raises:
        RunError: if there is no reference.
    """
    if not reference:
        raise RunError("no unchanged network", where="limits_plot", expected="at least one seed")
    colour = variant_style("ff").colour
    shares = [100 * one.accuracy for one in reference]
    ax.axvspan(min(shares), max(shares), color=FAINT, alpha=0.35, linewidth=0)
    floor = min(shares) - _SHOWN_BELOW
    place, ticks = 0.0, [(0.0, f"as it is ({len(reference)} seed{'s' * (len(reference) > 1)})")]
    ax.plot(shares, [0.0] * len(shares), "o", color=colour, markersize=6)
    for group in groups:
        place += 0.6
        for limit in group:
            label = limit.label.replace(", ", ",\n")
            lines = label.count("\n")
            place += 1.0 + 0.3 * lines
            share = 100 * limit.accuracy
            low = share < floor
            at = max(share, floor)
            ax.plot([min(*shares, at), max(*shares, at)], [place] * 2, color=RULE, linewidth=1.2, zorder=1)
            ax.plot([at], [place], "<" if low else "o", color=colour, markersize=6)
            ax.annotate(
                fixed(share, 1), (at, place), (7 if low else -7, 0), textcoords="offset points",
                ha="left" if low else "right", va="center_baseline", fontsize=9,
                bbox={"facecolor": PAPER, "edgecolor": "none", "pad": 0.6},
            )  # fmt: skip
            ticks.append((place, label))
            place += 0.3 * lines
    ax.set_yticks([at for at, _ in ticks], [label for _, label in ticks])
    ax.set_ylim(place + 0.7, -0.7)
    ax.tick_params(axis="y", length=0)
    lowest, highest = ax.dataLim.x0, ax.dataLim.x1
    reach = max(highest - lowest, 1.0)
    ax.set_xlim(lowest - 0.14 * reach, highest + 0.05 * reach)  # room for the numbers on the left
    ax.xaxis.set_major_locator(MaxNLocator(6, steps=[1, 2, 5, 10]))
    ax.grid(axis="x")
    ax.set_xlabel("held-out accuracy (%)")
    return ax


def porting_figures(porting: Mapping[str, Any], learning: Mapping[str, Any]) -> Iterator[tuple[str, Figure]]:
    """Yield the named figures of ``porting.json`` and ``fixed-point-learning.json``; inside `theme`.

    Raises:
        RunError: if something that is drawn is not there.
    """
    from matplotlib.figure import Figure

    try:
        sets = list(porting["quantised"])
        figure = Figure(figsize=(8.0, 3.4), layout="constrained")
        for name, ax in zip(sets, figure.subplots(1, len(sets), squeeze=False)[0], strict=True):
            quantisation_curves(
                _curve("after fine-tuning", porting["quantised"][name]),
                _curve("rounded only", porting["quantised_untuned"][name]),
                ax,
                exact=float(porting["float"][name]),
                variant=str(porting["networks"][name]["config"]["variant"]),
                title=_TITLES.get(name, name),
            )
        yield "quantisation", figure
        found = {name: float(share) for name, share in learning["ablation"].items()}
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise RunError(
            f"not results of porting ({type(error).__name__}: {error})", where="porting_figures",
            expected="the contents of porting.json and fixed-point-learning.json",
        ) from None  # fmt: skip
    unchanged = [Limit(name, share) for name, share in found.items() if name.startswith("as it is")]
    changed = [Limit(name, share) for name, share in found.items() if not name.startswith("as it is")]
    figure = Figure(figsize=(7.4, 5.6), layout="constrained")
    limits_plot(_grouped(changed), unchanged, figure.subplots())
    yield "fixed-point-limits", figure


def _curve(label: str, values: Mapping[str, float]) -> Curve:
    pairs = sorted((int(bits), float(share)) for bits, share in values.items())
    return Curve(label, [bits for bits, _ in pairs], [share for _, share in pairs])


def _grouped(limits: Sequence[Limit]) -> list[list[Limit]]:
    """Put limits together whose labels begin with the same word."""
    groups: dict[str, list[Limit]] = {}
    for limit in limits:
        groups.setdefault(limit.label.split()[0], []).append(limit)
    return list(groups.values())
