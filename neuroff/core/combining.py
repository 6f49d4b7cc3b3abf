"""How the goodness of all layers becomes a score of every answer.

============= ==========================
goodness      Σ_l G_l, the paper's rule
collaborative Σ_l C_l
last          C of the last layer
============= ==========================
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, Protocol

import torch
from torch import Tensor

from neuroff.core.collaboration import Bus, collaborative_goodness
from neuroff.core.layer import Layer

PredictionRule = Literal["goodness", "collaborative", "last"]


class Collaborating(Protocol):
    """Layers on a bus, such as a network."""

    @property
    def layers(self) -> tuple[Layer, ...]:
        """First to last."""
        ...

    @property
    def bus(self) -> Bus:
        """What they hear of each other."""
        ...


def collaborative_goodnesses(
    network: Collaborating, goodness: Sequence[Tensor], messages: Sequence[Tensor]
) -> list[Tensor]:
    """Return C of every layer, ``(A, B)`` each.

    Args:
        network: bus and collaboration strengths.
        goodness: of every layer, ``(A, B)``.
        messages: what partners hear of every layer, ``(A, B)``.
    """
    return [
        collaborative_goodness(own, network.bus.partner(index, messages), network.layers[index].gamma)
        for index, own in enumerate(goodness)
    ]


def combined(
    network: Collaborating,
    goodness: Sequence[Tensor],
    rule: PredictionRule = "goodness",
    messages: Sequence[Tensor] | None = None,
) -> Tensor:
    """Return the scores ``(A, B)`` that the goodness of all layers gives.

    Args:
        network: bus and collaboration strengths.
        goodness: of every layer, ``(A, B)``.
        rule: a row of the table above.
        messages: what partners hear of every layer; by default of the goodness at the end.
    """
    if rule == "goodness":
        return torch.stack(list(goodness)).sum(0)
    heard = [network.bus.sent(own) for own in goodness] if messages is None else messages
    collaborative = collaborative_goodnesses(network, goodness, heard)
    return collaborative[-1] if rule == "last" else torch.stack(collaborative).sum(0)
