"""How well every class fits every image: the one place where goodness becomes a prediction.

============= ==========================
goodness      Σ_l G_l, the paper's rule
collaborative Σ_l C_l
last          C of the last layer
============= ==========================
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import torch
from torch import Tensor

from neuroff.core.collaboration import collaborative_goodness
from neuroff.core.network import Network, propagate
from neuroff.core.signal import Stimulus

PredictionRule = Literal["goodness", "collaborative", "last"]


def collaborative_goodnesses(
    network: Network, goodness: Sequence[Tensor], messages: Sequence[Tensor]
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
    network: Network,
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


def class_scores(
    network: Network,
    stimulus: Stimulus,
    rule: PredictionRule = "goodness",
    depth: int | None = None,
) -> Tensor:
    """Return how well every class fits every image, ``(classes, B)``.

    All presentations run together; the images meet the first layer's weights once. See `scores_of`.
    """
    candidates = network.asking.everything(stimulus.samples, stimulus.label.device)
    return scores_of(network, stimulus, candidates, rule, depth)


def scores_of(
    network: Network,
    stimulus: Stimulus,
    candidates: Tensor,
    rule: PredictionRule = "goodness",
    depth: int | None = None,
    first_drive: Tensor | None = None,
) -> Tensor:
    """Return how well given candidates fit every image, ``(A, B)``.

    Args:
        network: the network.
        stimulus: the images.
        candidates: ``(P, B)``.
        rule: a row of the table above.
        depth: number of layers to use; all by default.
        first_drive: what `neuroff.core.network.image_drive` returns, where it is known already; left as it
            is.
    """
    presented = propagate(
        network, stimulus, candidates, depth=depth, first_drive=first_drive, engine=network.engine
    )
    goodness, messages = zip(*((each.goodness, each.message) for each in presented), strict=True)
    return combined(network, goodness, rule, messages)
