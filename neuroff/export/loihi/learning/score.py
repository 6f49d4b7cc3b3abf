"""Prediction on the chip: every label is presented, the largest sum of goodness wins."""

from __future__ import annotations

import torch
from torch import Tensor

from neuroff.export.loihi.learning.learner import LearnerState, drive_of, driven
from neuroff.export.loihi.learning.plan import LearningPlan

_IMAGES = 50


@torch.no_grad()
def goodness(plan: LearningPlan, state: LearnerState, pixels: Tensor) -> Tensor:
    """Return G of every layer for every label and image, ``(L, classes, B)`` int32.

    Labels share the image's part of the first layer's sums.
    """
    classes = plan.images.classes
    shared = drive_of(plan.images.spikes(pixels), state.weights[0])
    on = plan.images.label_spikes(torch.arange(classes))
    columns = drive_of(on[None], state.weights[0][: plan.images.label_axons])[0]
    steps, images = shared.shape[:2]
    drive = (shared[:, None] + columns[:, None]).view(steps, classes * images, -1)
    scores = []
    for index, layer in enumerate(plan.layers):
        if index:
            drive = drive_of(spikes, state.weights[index])
        spikes = driven(layer.chip_neurons(), drive)
        counts = spikes.sum(0, dtype=torch.int32)
        scores.append(layer.modulator.counted(counts).view(classes, images))
    return torch.stack(scores)


def all_goodness(plan: LearningPlan, state: LearnerState, pixels: Tensor) -> Tensor:
    """Return `goodness` of many images, some at a time."""
    return torch.cat([goodness(plan, state, part) for part in pixels.split(_IMAGES)], 2)


def predict(plan: LearningPlan, state: LearnerState, pixels: Tensor) -> Tensor:
    """Return the class ``(B,)`` of images ``(B, D)`` uint8: the largest sum of goodness over layers."""
    return all_goodness(plan, state, pixels).sum(0).argmax(0)


def accuracy(plan: LearningPlan, state: LearnerState, pixels: Tensor, labels: Tensor) -> float:
    """Return the share of images whose class is predicted."""
    return float((predict(plan, state, pixels) == labels).double().mean())
