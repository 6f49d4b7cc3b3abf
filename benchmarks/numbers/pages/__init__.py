"""A module for each page that states results: its functions yield what the page's numbers are."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from benchmarks.numbers.claims import Claim
from benchmarks.numbers.pages import (
    asking,
    convolution,
    convolution_settings,
    estimators,
    networks,
    porting,
    readme,
    reproduction,
    scaling,
    small,
    speed,
    spiking,
)

PAGES: Mapping[str, Callable[[], Iterable[Claim]]] = {
    "CONTRIBUTING.md": small.contributing,
    "README.md": readme.claims,
    "benchmarks/README.md": speed.bench,
    "docs/asking.md": asking.claims,
    "docs/comparison.md": small.comparison,
    "docs/convolution-settings.md": convolution_settings.claims,
    "docs/convolution.md": convolution.claims,
    "docs/data.md": small.data,
    "docs/energy.md": small.energy,
    "docs/estimators.md": estimators.claims,
    "docs/limits.md": readme.quickness,
    "docs/networks.md": networks.claims,
    "docs/porting.md": porting.claims,
    "docs/protocol.md": small.protocol,
    "docs/reliability.md": small.reliability,
    "docs/reproduction.md": reproduction.claims,
    "docs/results/README.md": speed.results,
    "docs/scaling.md": scaling.claims,
    "docs/spiking.md": spiking.claims,
    "docs/tutorials/own-data.md": small.own_data,
}
"""Every other page states none."""
