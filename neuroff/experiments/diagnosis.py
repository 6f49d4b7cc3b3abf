"""What each layer of a trained network contributes, and whether it rides on the layers before it.

Under a loss of accumulated goodness the gradient that tells classes apart shrinks as the partners' margin
grows, so a deep layer may learn little and still look accurate (arXiv 2605.06240, "free-riding"). Three
numbers show it: how well a layer classifies alone, how far its own goodness separates positive from negative
images, and which share of its learning signal is left once it hears its partners.
"""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor

from neuroff.config import Config
from neuroff.config.build import build_losses
from neuroff.core.asking.wrong import wrong_labels
from neuroff.core.inputs import Inputs
from neuroff.core.network import Network, propagate
from neuroff.core.scores import collaborative_goodnesses
from neuroff.rng import generator

_BINS = 60
_CHUNK = 1000


@torch.no_grad()
def diagnose(config: Config, network: Network, inputs: Inputs) -> list[dict[str, Any]]:
    """Return a JSON-ready description of every layer on some images.

    Args:
        config: of the run; names its loss and prediction.
        network: the trained network.
        inputs: the images; each is shown under all labels, and one seeded wrong label stands for negatives.

    Returns:
        Per layer: ``alone`` (accuracy by its own goodness), ``up_to`` (accuracy by the layers so far),
        ``separation`` (d′ of own goodness, positive against negative), ``signal`` (mean size of its
        modulator), ``signal_alone`` (the same if it heard nobody) and ``histogram`` (shared edges, counts).
    """
    own, collaborative = _all_goodness(network, inputs)
    labels = inputs.labels[None]
    wrong = wrong_labels(inputs.labels, network.classes, generator(config.seed, "diagnosis"))[None]
    losses = build_losses(config)[: len(own)]  # of layers that are still there
    layers, so_far = [], torch.zeros_like(own[0])
    for loss, goodness, heard in zip(losses, own, collaborative, strict=True):
        so_far = so_far + goodness
        pair = torch.cat((goodness.gather(0, labels), goodness.gather(0, wrong)))
        truth = network.asking.question(labels[0], wrong[0]).truth
        # What a training step is asked: a true and a wrong label, or all classes.
        asked = [
            torch.cat((scores.gather(0, labels), scores.gather(0, wrong))) if truth is None else scores
            for scores in (heard, goodness)
        ]
        signals = [float(loss.modulator(scores, truth).abs().double().mean()) for scores in asked]
        layers.append(
            {
                "alone": _share_right(goodness, inputs.labels),
                "up_to": _share_right(so_far, inputs.labels),
                "separation": _separation(*pair.double()),
                "signal": signals[0],
                "signal_alone": signals[1],
                "histogram": _histogram(*pair.double()),
            }
        )
    return layers


def _all_goodness(network: Network, inputs: Inputs) -> tuple[list[Tensor], list[Tensor]]:
    """Return own and collaborative goodness of every layer, ``(classes, B)`` each."""
    own: list[list[Tensor]] = [[] for _ in network.layers]
    collaborative: list[list[Tensor]] = [[] for _ in network.layers]
    for start in range(0, len(inputs), _CHUNK):
        rows = slice(start, min(start + _CHUNK, len(inputs)))
        stimulus = inputs.stimulus(rows, "predict", start)
        candidates = network.asking.everything(stimulus.samples, inputs.labels.device)
        presented = list(propagate(network, stimulus, candidates))
        alone = [shown.goodness for shown in presented]
        heard = collaborative_goodnesses(network, alone, [shown.message for shown in presented])
        for index, (goodness, joined) in enumerate(zip(alone, heard, strict=True)):
            own[index].append(goodness)
            collaborative[index].append(joined)
    return [torch.cat(parts, 1) for parts in own], [torch.cat(parts, 1) for parts in collaborative]


def _share_right(scores: Tensor, labels: Tensor) -> float:
    return float((scores.argmax(0) == labels).double().mean())


def _separation(positive: Tensor, negative: Tensor) -> float | None:
    """Return d′, the distance of the means in units of the pooled deviation; ``None`` if nothing varies."""
    if len(positive) < 2:
        return None
    pooled = math.sqrt(float(positive.var() + negative.var()) / 2)
    return float(positive.mean() - negative.mean()) / pooled if pooled > 0 else None


def _histogram(positive: Tensor, negative: Tensor) -> dict[str, list[float]]:
    low = float(torch.minimum(positive.min(), negative.min()))
    high = max(float(torch.maximum(positive.max(), negative.max())), low + 1e-9)
    edges = torch.linspace(low, high, _BINS + 1, dtype=torch.float64)

    def counted(values: Tensor) -> list[float]:
        return torch.histogram(values.cpu(), edges)[0].tolist()

    return {"edges": edges.tolist(), "positive": counted(positive), "negative": counted(negative)}
