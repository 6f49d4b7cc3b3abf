"""Prediction on the chip: every label is presented, or an image once; the largest sum of goodness wins."""

from __future__ import annotations

import torch
from torch import Tensor

from neuroff.chip.learning.learner import LearnerState, present
from neuroff.chip.learning.plan import LearningPlan

_IMAGES = 50


def goodness(plan: LearningPlan, state: LearnerState, pixels: Tensor) -> Tensor:
    """Return G of every layer for every label and image, ``(L, classes, B)`` int32."""
    classes, by_label = plan.images.classes, plan.images.label_axons > 0
    labels = torch.arange(classes if by_label else 1)[:, None].expand(-1, len(pixels))
    sent = present(plan, state, plan.images.spikes(pixels), labels)
    counted = [
        layer.modulator.counted(spikes.sum(0, dtype=torch.int32))
        for layer, spikes in zip(plan.layers, sent, strict=True)
    ]
    return torch.stack([each.view(classes, -1) if by_label else each.T for each in counted])


def all_goodness(plan: LearningPlan, state: LearnerState, pixels: Tensor) -> Tensor:
    """Return `goodness` of many images, some at a time."""
    return torch.cat([goodness(plan, state, part) for part in torch.split(pixels, _IMAGES)], 2)


def predict(plan: LearningPlan, state: LearnerState, pixels: Tensor) -> Tensor:
    """Return the class ``(B,)`` of images ``(B, D)`` uint8: the largest sum of goodness over layers."""
    return all_goodness(plan, state, pixels).sum(0).argmax(0)


def accuracy(plan: LearningPlan, state: LearnerState, pixels: Tensor, labels: Tensor) -> float:
    """Return the share of images whose class is predicted."""
    return float((predict(plan, state, pixels) == labels).double().mean())
