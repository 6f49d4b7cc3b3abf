"""Accuracy against energy: figure and table of a sweep, as `neuroff.experiments.energy_sweep` makes it."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullFormatter

from neuroff.energy.units import format_si
from neuroff.errors import RunError
from neuroff.report.energy import cells
from neuroff.report.grid import Grid, markdown_table
from neuroff.report.hover import show_value
from neuroff.report.placing import label_marks
from neuroff.report.printed import fixed
from neuroff.report.save import USUAL, write_drawings
from neuroff.report.theme import FAINT, series_style
from neuroff.results.sweep import SweepPoint, SweepResult

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_FRONT_COLOUR = "#0072b2"
_ASKED = {"label": "a label in the image", "groups": "class groups", "random": "random read-out"}
_HOW_PRICED = {
    True: "Energy is that of the export, in integers of as many bits; accuracy is the rounded network's.",
    False: "Energy is that of a prediction in this simulator.",
}
_APART = 1.6  # times as much energy, from which two marks both have a name


_Priced = tuple[float, float, SweepPoint]


def pareto(points: Sequence[SweepPoint], profile: str, ax: Axes) -> Axes:
    """Draw accuracy over energy per prediction on one device: every network, and the front of the best ones.

    A network is on the front if no other one is more accurate for the same energy or less. Ways of asking
    have a front each.

    Args:
        points: of a sweep.
        profile: id of the device.
        ax: where to draw.

    Raises:
        RunError: if the device prices none of the networks.
    """
    priced = _priced(points, profile)
    if not priced:
        raise RunError("no network has an energy there", where=f"profile {profile}", expected="one that has")
    ax.set_xscale("log")
    fronts = {
        asking: _front([one for one in priced if one[2].asking == asking]) for asking in _askings(points)
    }
    on_one = [point for front in fronts.values() for _, _, point in front]
    for x, y, point in priced:
        if point not in on_one:
            _mark(ax, x, y, point, color=FAINT, markersize=4)
    lines, named = [], []
    for index, (asking, front) in enumerate(fronts.items()):
        if not front:
            continue
        xs, ys = [x for x, _, _ in front], [y for _, y, _ in front]
        marks: dict[str, Any] = (
            series_style(index) if len(fronts) > 1 else {"color": _FRONT_COLOUR, "marker": "o"}
        )
        ax.plot(xs, ys, drawstyle="steps-post", label=_ASKED.get(asking, asking), **marks)
        for x, y, point in front:
            _mark(ax, x, y, point, color=marks["color"], marker=marks["marker"])
        lines.append(_stairs(xs, ys))
        # Of neighbours that cost about the same, the better one has a name.
        named += [
            (x, y, point_name(point) if x * _APART < after else "")
            for (x, y, point), after in zip(front, [*xs[1:], math.inf], strict=True)
        ]
    ax.margins(x=0.14, y=0.14)
    # Over less than a decade a logarithmic locator finds too few ticks, and falls back to too many.
    narrow = priced[-1][0] < 8 * priced[0][0]
    ax.xaxis.set_major_locator(MaxNLocator(4) if narrow else LogLocator(subs=(1.0, 2.0, 5.0), numticks=8))
    ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: format_si(value, "J", trim=True)))
    ax.xaxis.set_minor_formatter(NullFormatter())
    ax.yaxis.set_major_locator(MaxNLocator(5, steps=[1, 2, 5, 10]))
    ax.grid(axis="y")
    ax.set_ylabel("test accuracy (%)")
    low, high = ax.get_ylim()
    ax.set_ylim(low, high + 0.1 * (high - low))  # room for the words over the last mark
    ax.set_yticks([tick for tick in ax.get_yticks() if low <= tick <= 100])
    label_marks(ax, named, lines, fontsize=8)
    return ax


def _mark(ax: Axes, x: float, y: float, point: SweepPoint, **style: Any) -> None:
    mark = ax.plot([x], [y], **{"marker": "o", "linestyle": "none", **style})[0]
    show_value(mark, f"{point_name(point)}: {fixed(y)} % for {format_si(x, 'J')}")


def sweep_figure(result: SweepResult) -> Figure:
    """Return the figure of a sweep, a panel per device that prices it; draw inside `theme.theme`.

    Raises:
        RunError: if no device prices any network.
    """
    from neuroff.report.figures import new_figure

    shown = [name for name in result.profiles if _priced(result.points, name)]
    if not shown:
        raise RunError("no device prices any network of the sweep", where="sweep", expected="one that does")
    figure = new_figure(0.4 + 2.7 * len(shown))
    axes = figure.subplots(len(shown), 1, squeeze=False)[:, 0]
    for name, ax in zip(shown, axes, strict=True):
        pareto(result.points, name, ax)
        bound = any(point.profiles[name].is_lower_bound for point in result.points)
        ax.set_title(f"{name}{', lower bounds' if bound else ''}")
    handles, labels = axes[0].get_legend_handles_labels()
    if len(labels) > 1:
        figure.legend(handles, labels, loc="outside upper right", ncols=len(labels))
    spiking = any(point.steps > 1 for point in result.points)
    axes[-1].set_xlabel(
        f"energy of one prediction (log scale); marks: {'T, ' if spiking else ''}width × bits"
    )
    return figure


def sweep_grid(result: SweepResult, profile: str) -> Grid:
    """Return the front of one device as a table."""
    rows, spiking = [], result.path == "spiking"
    penalised = any(point.rate_penalty for point in result.points)
    both = len(_askings(result.points)) > 1
    for energy, share, point in _priced(result.points, profile):
        entry = point.profiles[profile]
        if entry.front:
            size: tuple[str, ...] = (f"{point.steps}", f"{point.threshold:g}") if spiking else ()
            size += (f"{point.rate_penalty:g}",) if penalised else ()
            rows.append(
                (
                    *((point.asking,) if both else ()),
                    f"{point.width}",
                    *size,
                    f"{point.weight_bits}",
                    fixed(share),
                    ("≥ " if entry.is_lower_bound else "") + format_si(energy, "J"),
                    cells.seconds(entry.latency_s, lower_bound=entry.latency_is_lower_bound),
                )
            )
    misfits = [point for point in result.points if not point.profiles[profile].fits]
    as_exported = any(point.profiles[profile].priced_as == "exported" for point in result.points)
    notes = [
        f"{len(rows)} of {len(result.points)} networks are on the front.",
        _HOW_PRICED[as_exported],
    ]
    if misfits:
        why = misfits[0].profiles[profile].shortfalls[0]
        notes.append(f"{len(misfits)} do not fit, such as {point_name(misfits[0])}: {why}.")
    missing = dict.fromkeys(name for point in result.points for name in point.profiles[profile].unpriced)
    if missing:
        notes.append(f"≥: no price for {', '.join(missing)}.")
    names: tuple[str, ...] = ("time\nsteps", "threshold") if spiking else ()
    names += ("rate\npenalty",) if penalised else ()
    return Grid(
        f"Accuracy against energy on {profile}",
        (
            *(("asking",) if both else ()),
            "width",
            *names,
            "weight\nbits",
            "test\nacc. %",
            "energy",
            "latency",
        ),
        tuple(rows),
        tuple(notes),
        words=1 if both else 0,
    )


def sweep_page(result: SweepResult, figure: str | None) -> str:
    """Return figure and tables of a sweep as Markdown.

    Args:
        result: of a sweep.
        figure: file name of the figure, beside the page; None if there is none.
    """
    return "\n".join(f"{part}\n" for part in _page(result, figure))


def write_sweep(result: SweepResult, directory: Path, formats: Sequence[str] = USUAL) -> list[Path]:
    """Write ``pareto.svg``, ``pareto.png`` and ``sweep.md`` and return them; no figure without a price.

    Args:
        result: of a sweep.
        directory: where to write.
        formats: of the figure, some of `neuroff.report.formats.FIGURES`; the page shows the SVG.

    Raises:
        RunError: if a file cannot be written.
    """
    from neuroff.files import write_bytes
    from neuroff.report.theme import themed

    written = []
    if any(_priced(result.points, name) for name in result.profiles):
        with themed():
            written = write_drawings([("pareto", sweep_figure(result))], directory, formats)
    page = directory / "sweep.md"
    write_bytes(page, sweep_page(result, "pareto.svg" if written else None).encode())
    return [*written, page]


def point_name(point: SweepPoint) -> str:
    """Return what a network is, in few letters: time steps, width, bits of a weight, rate penalty."""
    steps = f"T {point.steps}, " if point.steps > 1 else ""
    penalty = f", λ {point.rate_penalty:g}" if point.rate_penalty else ""
    return f"{steps}{point.width} × {point.weight_bits} b{penalty}"


def _askings(points: Sequence[SweepPoint]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(point.asking for point in points))


def _front(priced: Sequence[_Priced]) -> list[_Priced]:
    """Return those of some networks, cheapest first, that no other of them beats."""
    front: list[_Priced] = []
    for energy, share, point in sorted(priced, key=lambda one: (one[0], -one[1])):
        if not front or share > front[-1][1]:
            front.append((energy, share, point))
    return front


def _stairs(xs: Sequence[float], ys: Sequence[float]) -> list[tuple[float, float]]:
    """Corners of the front as it is drawn, which words should not cover."""
    corners = [(xs[0], ys[0])]
    for x, y in zip(xs[1:], ys[1:], strict=True):
        corners += [(x, corners[-1][1]), (x, y)]
    return corners


def _page(result: SweepResult, figure: str | None) -> Iterator[str]:
    yield f"# Accuracy against energy: {result.path} networks on {result.dataset}"
    yield (
        "Energy is that of one prediction, all its presentations: counted work times published prices, "
        "not measured. A network is on the front if no other one is more accurate for the same energy or "
        "less. Accuracies are those of the test images, on which the front was chosen as well."
    )
    if figure is not None:
        yield f"![Accuracy against energy](<{figure}>)"
    for profile in result.profiles:
        yield markdown_table(sweep_grid(result, profile)).rstrip()
    yield "Profiles: " + ", ".join(
        f"{name} (sha256 {entry.sha256})" for name, entry in result.profiles.items()
    )


def _priced(points: Sequence[SweepPoint], profile: str) -> list[_Priced]:
    """Energy in joules, accuracy in per cent and the point, cheapest first."""
    found = [
        (price.nominal, 100.0 * point.accuracy, point)
        for point in points
        if (price := point.profiles[profile].energy_J) is not None
    ]
    return sorted(found, key=lambda entry: entry[:2])
