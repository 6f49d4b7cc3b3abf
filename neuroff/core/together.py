"""A network and its images, where a function takes both: whoever hands over something else is told so."""

from __future__ import annotations

from neuroff.checks import require_kind
from neuroff.core.inputs import Inputs, Split
from neuroff.core.network import Network


def require_network(network: object, where: str) -> None:
    """Raise ConfigError unless it is a network."""
    fix = "of what neuroff.train returns, take `.network`"
    require_kind("network", network, Network, where=where, fix=fix)


def require_images(network: object, inputs: object, where: str) -> None:
    """Raise ConfigError unless these are a network and images."""
    require_network(network, where)
    fix = "of what neuroff.prepare returns, take `.train` or `.test`"
    require_kind("inputs", inputs, Inputs, where=where, expected="prepared images, an Inputs", fix=fix)


def require_split(network: object, split: object, where: str) -> None:
    """Raise ConfigError unless these are a network and images in their parts."""
    require_network(network, where)
    require_kind("split", split, Split, where=where, expected="a Split, as neuroff.prepare makes it")
