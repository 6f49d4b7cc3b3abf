"""Epochs of learning on the chip: which image is shown when, with which wrong label, and how boldly.

Images come in random order. Each is presented twice, with its true label (positive) and with a wrong one
drawn anew every epoch (negative). The learning rate is the shift of y1 · m in the neurons: one more halves it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from neuroff.errors import ConfigError, ShapeError
from neuroff.export.loihi.learning.learner import LearnerState, LearningEvents, learn
from neuroff.export.loihi.learning.plan import LearningPlan
from neuroff.export.loihi.learning.score import all_goodness
from neuroff.labels import wrong_labels
from neuroff.rng import generator

_CALIBRATION_IMAGES = 50


@dataclass(frozen=True)
class Schedule:
    """How long to learn, and how fast.

    Attributes:
        epochs: how often the training images are seen.
        batch_size: images whose changes are summed before weights are written; with 1 the positive and the
            negative presentation of an image are written one after the other, as the chip does.
        slower: epochs, from 0, from which the learning rate is halved once more.
    """

    epochs: int
    batch_size: int = 1
    slower: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        if self.epochs < 1 or self.batch_size < 1:
            raise ConfigError(
                f"{self.epochs} epochs of {self.batch_size} images per write",
                where="learning schedule",
                expected="positive numbers",
            )

    def plan_of(self, plan: LearningPlan, epoch: int) -> LearningPlan:
        """Return the plan with the learning rate of an epoch."""
        halvings = sum(epoch >= start for start in self.slower)
        layers = tuple(replace(each, post_shift=each.post_shift + halvings) for each in plan.layers)
        return replace(plan, layers=layers)


def calibrated(plan: LearningPlan, state: LearnerState, pixels: Tensor, share: float) -> LearningPlan:
    """Return a plan with each layer's θ at a share of its mean goodness before learning.

    The bus's centre c becomes the mean of the thresholds.

    Args:
        plan: the network.
        state: at the start.
        pixels: training images ``(B, D)``, of which the first fifty are presented with every label.
        share: of the mean goodness.
    """
    found = all_goodness(plan, state, pixels[:_CALIBRATION_IMAGES]).double().mean((1, 2))
    thetas = [max(1, round(share * float(value))) for value in found]
    layers = tuple(
        replace(layer, modulator=replace(layer.modulator, theta=theta))
        for layer, theta in zip(plan.layers, thetas, strict=True)
    )
    centre = round(sum(thetas) / len(thetas))
    return replace(plan, layers=layers, collaboration=replace(plan.collaboration, centre=centre))


def learn_epoch(
    plan: LearningPlan,
    state: LearnerState,
    schedule: Schedule,
    epoch: int,
    pixels: Tensor,
    labels: Tensor,
    presented: Callable[[int], None] = lambda images: None,
) -> LearningEvents:
    """Present every image once; ``state`` moves.

    Args:
        plan: the network.
        state: what learning changes.
        schedule: how fast.
        epoch: from 0.
        pixels: ``(B, D)`` uint8.
        labels: ``(B,)`` true classes.
        presented: told the number of images shown so far.

    Raises:
        ShapeError: if there are no images, or not as many as labels.
    """
    if not len(pixels) or len(pixels) != len(labels):
        raise ShapeError(
            f"{len(pixels)} images and {len(labels)} labels", where="learning", expected="as many, and some"
        )
    now, images = schedule.plan_of(plan, epoch), plan.images
    order = torch.randperm(len(pixels), generator=generator(plan.seed, "chip order", epoch))
    wrong = wrong_labels(labels, images.classes, generator(plan.seed, "chip negatives", epoch))
    events, shown = LearningEvents(), 0
    for rows in order.split(schedule.batch_size):
        spikes = images.spikes(pixels[rows])
        true, false = images.labelled(spikes, labels[rows]), images.labelled(spikes, wrong[rows])
        sign = torch.ones(len(rows), dtype=torch.bool)
        if schedule.batch_size == 1:
            events = events + learn(now, state, true, sign)
            events = events + learn(now, state, false, ~sign)
        else:
            events = events + learn(now, state, torch.cat((true, false), 1), torch.cat((sign, ~sign)))
        shown += len(rows)
        presented(shown)
    return events
