"""Colours and type of every figure.

The colours of the variants are Okabe and Ito's (https://jfly.uni-koeln.de/color/, 2008), chosen to be told
apart with any kind of colour vision; each variant also has a marker of its own. The path is never told by
colour: dense bars are filled and dense lines solid, spiking bars are hatched and spiking lines dashed with
open markers.

Figures are drawn in the light colours. `dark_css` maps each of them to a dark one, so that one SVG serves
both: a viewer that prefers dark gets dark, and print and everything else get light.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

INK: Final = "#1f2328"
MUTED: Final = "#59636e"
FAINT: Final = "#b4bcc5"
RULE: Final = "#d5dbe1"
PAPER: Final = "#ffffff"


@dataclass(frozen=True)
class VariantStyle:
    """How a variant is drawn."""

    colour: str
    marker: str


_VARIANTS: Final[Mapping[str, VariantStyle]] = MappingProxyType(
    {
        "ff": VariantStyle("#0072b2", "o"),
        "fcff": VariantStyle("#d55e00", "s"),
        "acff": VariantStyle("#009e73", "^"),
        "bp": VariantStyle("#cc79a7", "D"),
        "lorberbom_earlier": VariantStyle("#7a6a00", "v"),
        "lorberbom_all": VariantStyle(INK, "P"),
        "groups-ff": VariantStyle("#56b4e9", "h"),
        "groups-fcff": VariantStyle("#b36200", "d"),
        "groups-acff": VariantStyle("#7aa300", "<"),
    }
)
_OTHER_VARIANT: Final = VariantStyle(MUTED, "X")

_DASHES: Final = ("-", (0, (5, 1.6)), (0, (1.2, 1.4)), (0, (5, 1.4, 1.2, 1.4)))

DARK: Final[Mapping[str, str]] = MappingProxyType(
    {
        INK: "#e6edf3",
        MUTED: "#a0aab5",
        FAINT: "#5a6470",
        RULE: "#343b44",
        PAPER: "#0f141a",
        "#0072b2": "#56b4e9",
        "#d55e00": "#f2913d",
        "#009e73": "#3fd6a8",
        "#cc79a7": "#e6a3c8",
        "#7a6a00": "#f0e442",
    }
)
"""Dark colour of each light one."""

_SETTINGS: Final[Mapping[str, Any]] = MappingProxyType(
    {
        "figure.facecolor": PAPER,
        "savefig.facecolor": PAPER,
        "axes.facecolor": PAPER,
        "axes.edgecolor": MUTED,
        "axes.labelcolor": INK,
        "axes.labelsize": 10,
        "axes.linewidth": 0.8,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.titlecolor": INK,
        "axes.titlelocation": "left",
        "axes.titlepad": 6,
        "axes.titlesize": 10.5,
        "axes.titleweight": "bold",
        "axes.axisbelow": True,
        "font.family": "sans-serif",
        # Others are no wider, so that words fit where the first is not installed.
        "font.sans-serif": ["DejaVu Sans", "Verdana", "Geneva", "Arial", "sans-serif"],
        "font.size": 10,
        "grid.color": RULE,
        "grid.linewidth": 0.7,
        "hatch.linewidth": 1.1,
        "legend.fontsize": 10,
        "legend.frameon": False,
        "legend.handlelength": 2.4,
        "lines.linewidth": 1.6,
        "lines.markersize": 5,
        "svg.fonttype": "none",
        "pdf.fonttype": 42,
        "svg.hashsalt": "neuroff",
        "text.color": INK,
        "text.parse_math": False,
        "xtick.color": MUTED,
        "xtick.labelcolor": INK,
        "xtick.labelsize": 10,
        "ytick.color": MUTED,
        "ytick.labelcolor": INK,
        "ytick.labelsize": 10,
    }
)


@contextmanager
def themed() -> Iterator[None]:
    """Draw and save figures in neuroff's style, whatever the user's matplotlibrc says; undone on leaving."""
    import matplotlib as mpl

    with mpl.rc_context():
        mpl.rcdefaults()
        for name, value in _SETTINGS.items():
            mpl.rcParams[name] = value  # type: ignore[index]
        yield


def variant_style(variant: str) -> VariantStyle:
    """Return how a variant is drawn; variants without a style of their own share one."""
    return _VARIANTS.get(variant, _OTHER_VARIANT)


def series_style(index: int) -> dict[str, Any]:
    """Return the arguments of the index-th of several lines; colour, marker and dashes all tell them apart.

    When the colours come round again they do so with other dashes.
    """
    styles = (*_VARIANTS.values(), _OTHER_VARIANT)
    style = styles[index % len(styles)]
    return {
        "color": style.colour,
        "marker": style.marker,
        "linestyle": _DASHES[index % len(_DASHES)],
        "markerfacecolor": style.colour,
        "markeredgecolor": style.colour,
    }


def bar_style(path: str, colour: str) -> dict[str, Any]:
    """Return the arguments of a bar: filled on the dense path, hatched on the spiking one."""
    if path == "dense":
        return {"facecolor": colour, "edgecolor": colour, "linewidth": 1.2}
    return {"facecolor": PAPER, "edgecolor": colour, "linewidth": 1.2, "hatch": "////"}


def line_style(path: str, variant: str) -> dict[str, Any]:
    """Return the arguments of a line: solid on the dense path, dashed with open markers else."""
    style = variant_style(variant)
    dense = path == "dense"
    return {
        "color": style.colour,
        "marker": style.marker,
        "linestyle": "-" if dense else (0, (4, 1.6)),
        "markerfacecolor": style.colour if dense else PAPER,
        "markeredgecolor": style.colour,
    }


def dark_css(scope: str = "") -> str:
    """Return CSS rules that turn a figure's light colours into dark ones.

    Args:
        scope: selector of the figure, such as ``"figure svg"``; any element if empty.
    """
    rules = []
    for light, dark in DARK.items():
        for attribute in ("fill", "stroke"):
            selectors = [f'{scope} [style*="{attribute}: {light}"]'.strip()]
            # Hatched areas carry their ground as an attribute, not as a style.
            selectors += [f'{scope} [{attribute}="{light}"]'.strip()] if attribute == "fill" else []
            rules.append(f"{','.join(selectors)}{{{attribute}:{dark}!important}}")
    return "\n".join(rules)
