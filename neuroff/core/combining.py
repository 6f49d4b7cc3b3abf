"""How the goodness of all layers becomes the scores of classes: the one place where it does.

============= ==============================================
goodness      Σ_l G_l, the paper's rule
collaborative Σ_l C_l
last          C of the last layer
window        Σ_l G_l over layers that follow each other
============= ==============================================

A window is chosen on held-out images when training is over (`neuroff.training.window`). Layers above it are
then taken off, for nothing asks them any more, and `Network.read_from` is its first layer: whatever runs,
counts, prices or writes the network deals with what the prediction needs. While a network learns, the window
is all of its layers.

A network says itself by which rule it predicts (`Network.prediction`); every function that predicts asks it
unless it is given another.

Theory: (16).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, get_args

import torch
from torch import Tensor

from neuroff.choices import PredictionRule as PredictionRule
from neuroff.core.collaboration import Bus
from neuroff.core.coupling import coupled
from neuroff.core.layer import Layer
from neuroff.errors import require_choice


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

    @property
    def read_from(self) -> int:
        """First layer of the window."""
        ...

    @property
    def prediction(self) -> PredictionRule:
        """How it predicts, unless another rule is asked for."""
        ...


def rule_of(network: Collaborating, rule: PredictionRule | None) -> PredictionRule:
    """Return the rule that is asked for, or the network's own.

    Raises:
        ConfigError: if there is no such rule.
    """
    if rule is None:
        return network.prediction
    require_choice(rule, get_args(PredictionRule), "prediction")
    return rule


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
        coupled(network.bus, index, own, messages, network.layers[index].gamma).collaborative
        for index, own in enumerate(goodness)
    ]


def combined(
    network: Collaborating,
    goodness: Sequence[Tensor],
    rule: PredictionRule | None = None,
    messages: Sequence[Tensor] | None = None,
) -> Tensor:
    """Return the scores ``(A, B)`` that the goodness of all layers gives.

    Args:
        network: bus and collaboration strengths.
        goodness: of every layer, ``(A, B)``.
        rule: a row of the table above; the network's own without it.
        messages: what partners hear of every layer; by default of the goodness at the end.
    """
    chosen = rule_of(network, rule)
    if chosen in ("goodness", "window"):
        read = goodness[network.read_from :] if chosen == "window" else goodness
        return torch.stack(list(read)).sum(0)
    heard = [network.bus.sent(own) for own in goodness] if messages is None else messages
    collaborative = collaborative_goodnesses(network, goodness, heard)
    return collaborative[-1] if chosen == "last" else torch.stack(collaborative).sum(0)
