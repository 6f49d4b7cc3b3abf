"""Prediction and accuracy over many images, in chunks."""

from __future__ import annotations

import torch
from torch import Tensor

from neuroff.inputs import Inputs
from neuroff.network import Network, PredictionRule, label_scores


def predict(
    network: Network,
    inputs: Inputs,
    rule: PredictionRule = "goodness",
    *,
    depth: int | None = None,
    chunk_size: int = 500,
) -> Tensor:
    """Return the predicted class of every image, ``(B,)``.

    Args:
        network: the network.
        inputs: the images.
        rule: see `neuroff.network.label_scores`.
        depth: number of layers to use; all by default.
        chunk_size: images in flight at once.
    """
    predicted = []
    for start in range(0, len(inputs), chunk_size):
        rows = slice(start, min(start + chunk_size, len(inputs)))
        scores = label_scores(network, inputs.signal(rows, "predict", start), rule, depth)
        predicted.append(scores.argmax(0))
    return torch.cat(predicted)


def accuracy(
    network: Network, inputs: Inputs, rule: PredictionRule = "goodness", *, depth: int | None = None
) -> float:
    """Return the share of images whose predicted class is the true one."""
    return float((predict(network, inputs, rule, depth=depth) == inputs.labels).double().mean())
