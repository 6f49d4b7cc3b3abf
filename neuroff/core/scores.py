"""How well every class fits every image; `neuroff.core.combining` has the rules."""

from __future__ import annotations

from torch import Tensor

from neuroff.core.combining import PredictionRule as PredictionRule
from neuroff.core.combining import collaborative_goodnesses as collaborative_goodnesses
from neuroff.core.combining import combined as combined
from neuroff.core.combining import rule_of as rule_of
from neuroff.core.network import Network, propagate
from neuroff.core.signal import Stimulus


def class_scores(
    network: Network,
    stimulus: Stimulus,
    rule: PredictionRule | None = None,
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
    rule: PredictionRule | None = None,
    depth: int | None = None,
    first_drive: Tensor | None = None,
) -> Tensor:
    """Return how well given candidates fit every image, ``(A, B)``.

    Args:
        network: the network.
        stimulus: the images.
        candidates: ``(P, B)``.
        rule: see `neuroff.core.combining`; the network's own without it.
        depth: number of layers to use; all by default.
        first_drive: what `neuroff.core.network.image_drive` returns, where it is known already; left as it
            is.
    """
    presented = propagate(
        network, stimulus, candidates, depth=depth, first_drive=first_drive, engine=network.engine
    )
    goodness, messages = zip(*((each.goodness, each.message) for each in presented), strict=True)
    return combined(network, goodness, rule, messages)
