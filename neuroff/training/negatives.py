"""Which wrong label every training image carries in an epoch."""

from __future__ import annotations

import torch
from torch import Tensor

from neuroff.config import Config
from neuroff.evaluate import scored
from neuroff.inputs import Inputs
from neuroff.labels import hard_labels, permuted_labels, wrong_labels
from neuroff.network import Network
from neuroff.rng import generator
from neuroff.training.plan import Stage


def negative_labels(config: Config, network: Network, inputs: Inputs, stage: Stage, epoch: int) -> Tensor:
    """Return the labels of negative data, ``(B,)``.

    Args:
        config: says how they are drawn.
        network: as it stands; hard negatives are those that it mistakes for true.
        inputs: the training images.
        stage: the stage.
        epoch: index of the epoch in its stage.
    """
    kind, labels = config.label.negatives, inputs.labels
    if kind == "permuted":
        return permuted_labels(labels, generator(config.seed, "negatives"))
    if kind == "fixed":
        return wrong_labels(labels, network.classes, generator(config.seed, "negatives"))
    stream = generator(config.seed, "negatives", stage.index, epoch)
    if kind == "redrawn":
        return wrong_labels(labels, network.classes, stream)
    depth = max(stage.layers) + 1
    scores = torch.cat([part for _, part in scored(network, inputs, config.network.prediction, depth)], 1)
    return hard_labels(scores, labels, config.label.hardness, stream)
