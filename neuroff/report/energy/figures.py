"""Figures of energy on devices. Functions take accounts and an axes and return the axes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, MaxNLocator

from neuroff.energy.pricing.account import Account
from neuroff.energy.pricing.estimate import EnergyEstimate
from neuroff.energy.pricing.sensitivity import Swing
from neuroff.energy.profile.prices import coefficients
from neuroff.energy.profile.schema import Profile
from neuroff.energy.units import format_si
from neuroff.energy.vocabulary import VOCABULARY
from neuroff.errors import RunError
from neuroff.report.energy import cells
from neuroff.report.hover import show_value
from neuroff.report.printed import share_of_all
from neuroff.report.theme import FAINT, INK, MUTED, PAPER

_SWINGS = 6
_MOVES = 0.01  # of the nominal energy; a coefficient that moves it less is not drawn


@dataclass(frozen=True)
class Part:
    """How a part of the energy is named and drawn."""

    label: str
    colour: str
    hatch: str = ""


PARTS: Final[Mapping[str, Part]] = MappingProxyType(
    {
        "synaptic": Part("synaptic events", "#0072b2"),
        "neuron": Part("neuron updates, spikes", "#d55e00"),
        "arithmetic": Part("products, sums", "#009e73", "////"),
        "memory": Part("memory", "#cc79a7", "||||"),
        "traffic": Part("traffic", "#7a6a00", "xxxx"),
        "learning": Part("learning", INK),
        "io": Part("input and output", MUTED),
        "all_in": Part("everything together", MUTED, "\\\\\\\\"),
        "time": Part("standing power", FAINT),
    }
)
"""Parts in drawing order; parts that lie beside each other differ in colour and in hatching."""


def parts_J(profile: Profile, priced: EnergyEstimate) -> dict[str, float]:
    """Return the nominal energy of each of `PARTS` that has any, in their order."""
    kinds = {entry.term: entry for entry in coefficients(profile)}
    sums = dict.fromkeys(PARTS, 0.0)
    for term, band in priced.terms_J.items():
        entry = kinds[term]
        group = VOCABULARY[entry.per].group
        if entry.scope == "all_in":
            group_name = "all_in"
        elif group == "event":
            group_name = "synaptic" if entry.per.startswith("synaptic") else "neuron"
        else:
            group_name = group
        sums[group_name] += band.nominal
    return {name: joules for name, joules in sums.items() if joules > 0}


def term_bars(accounts: Sequence[Account], ax: Axes) -> Axes:
    """Draw how the energy of one prediction is made up: one bar of 100 % per device, its total beside it.

    Totals differ by many powers of ten and by what they enclose, so lengths show shares and never totals.

    Args:
        accounts: one per device; those without energy are left out.
        ax: where to draw.

    Raises:
        RunError: if no device has a price.
    """
    shown = [entry for entry in accounts if entry.energy_J is not None]
    if not shown:
        raise RunError("no device prices this network", where="term_bars", expected="one that does")
    for place, entry in enumerate(shown):
        if entry.network.estimate is not None:
            _stack(ax, place, parts_J(entry.profile, entry.network.estimate), entry.profile.id, relative=True)
            ax.annotate(cells.prediction(entry), (100, place), (5, 0), textcoords="offset points",
                        va="center_baseline")  # fmt: skip
    _rows(ax, [entry.profile.id for entry in shown])
    ax.set_xlim(0, 100)
    ax.set_xlabel("share of the energy of one prediction (%)")
    return ax


def twin_bars(entry: Account, label: str, ax: Axes, *, swept: bool = True) -> Axes:
    """Draw a network, its naive label sweep and its dense twins on one device, stacked on one linear axis.

    Args:
        entry: the account of a device that prices them.
        label: name of the network.
        ax: where to draw.
        swept: whether labels are tried one by one, so that there is a naive sweep.
    """
    rows = [(label, entry.network.estimate)]
    if swept:
        rows.append((f"{label}, naive sweep", entry.naive.estimate))
    rows += [(f"dense {twin.dtype} twin", twin.deployment.estimate) for twin in entry.twins]
    most = 0.0
    drawn = [(name, priced) for name, priced in rows if priced is not None]
    for place, (name, priced) in enumerate(drawn):
        _stack(ax, place, parts_J(entry.profile, priced), f"{entry.profile.id}, {name}", relative=False)
        total = priced.total_J.nominal
        most = max(most, total)
        words = cells.joules(priced.total_J, lower_bound=priced.is_lower_bound)
        ax.annotate(words, (total, place), (5, 0), textcoords="offset points", va="center_baseline")
    _rows(ax, [name for name, _ in drawn])
    ax.set_xlim(0, 1.3 * most)
    _joules_axis(ax)
    return ax


def tornado(swings: Sequence[Swing], nominal_J: float, ax: Axes) -> Axes:
    """Draw which coefficients move the answer: the total with each one at its lower and at its upper end.

    Args:
        swings: the widest first; those that `moving` returns are drawn.
        nominal_J: the total with all coefficients at their nominal value.
        ax: where to draw.

    Raises:
        RunError: if there is nothing to draw.
    """
    shown = moving(swings, nominal_J)
    if not shown:
        raise RunError("no coefficient has a band", where="tornado", expected="at least one swing")
    for place, swing in enumerate(shown):
        for end, colour, hatch in ((swing.low_J, "#0072b2", "////"), (swing.high_J, "#d55e00", "")):
            if end != nominal_J:
                style: dict[str, Any] = {
                    "facecolor": PAPER if hatch else colour,
                    "edgecolor": colour,
                    "hatch": hatch or None,
                }
                bar = ax.barh(place, end - nominal_J, 0.66, left=nominal_J, linewidth=1.2, **style)[0]
                which = "lower" if hatch else "upper"
                show_value(bar, f"{swing.term} at its {which} end: {format_si(end, 'J', digits=3)}")
    ax.axvline(nominal_J, color=INK, linewidth=1.2)
    _rows(ax, [swing.term for swing in shown])
    low, high = min(swing.low_J for swing in shown), max(swing.high_J for swing in shown)
    room = 0.08 * (high - low)
    ax.set_xlim(max(low - room, 0.0), high + room)
    _joules_axis(ax)
    return ax


def moving(swings: Sequence[Swing], nominal_J: float) -> tuple[Swing, ...]:
    """Return the widest swings, a few at most, that move the nominal energy by more than a hundredth."""
    return tuple(swing for swing in swings[:_SWINGS] if swing.width_J > _MOVES * nominal_J)


def used_parts(bars: Sequence[Mapping[str, float]]) -> list[str]:
    """Return the parts that occur in any of some bars, in drawing order."""
    return [name for name in PARTS if any(name in bar for bar in bars)]


def _stack(ax: Axes, place: int, parts: Mapping[str, float], of: str, *, relative: bool) -> None:
    whole = sum(parts.values())
    left = 0.0
    for name, joules in parts.items():
        width = 100 * joules / whole if relative else joules
        bar = ax.barh(place, width, 0.7, left=left, **style_of(name))[0]
        show_value(bar, f"{of}: {PARTS[name].label} {format_si(joules, 'J')}, {share_of_all(joules / whole)}")
        left += width


def style_of(part: str) -> dict[str, Any]:
    """Return how a part is drawn: filled, or hatched in its colour on paper."""
    style = PARTS[part]
    if not style.hatch:
        return {"facecolor": style.colour, "edgecolor": PAPER, "linewidth": 0.8}
    return {"facecolor": PAPER, "edgecolor": style.colour, "linewidth": 0.8, "hatch": style.hatch}


def _rows(ax: Axes, names: Sequence[str]) -> None:
    ax.set_yticks(range(len(names)), names)
    ax.set_ylim(len(names) - 0.45, -0.55)
    ax.tick_params(axis="y", length=0)
    ax.grid(axis="x")


def _joules_axis(ax: Axes) -> None:
    ax.xaxis.set_major_locator(MaxNLocator(4, steps=[1, 2, 5, 10]))
    ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: format_si(value, "J", digits=3, trim=True)))
