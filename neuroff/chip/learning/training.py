"""Epochs of learning on the chip: which image is shown when, with which wrong label, and how boldly.

Images come in random order. Each is presented twice, with its true label (positive) and with a wrong one
drawn anew (negative), or once where classes have groups of neurons (`groups`). The learning rate is the shift
of y1 · m in the neurons: one more halves it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from neuroff.checks import require_kind, require_number, require_whole
from neuroff.chip.learning.events import LearningEvents
from neuroff.chip.learning.forward import drive_of, driven
from neuroff.chip.learning.groups import learn_groups
from neuroff.chip.learning.learner import LearnerState, labelled_drive, learn
from neuroff.chip.learning.modulator import Modulator
from neuroff.chip.learning.plan import LearningPlan
from neuroff.chip.learning.score import all_goodness
from neuroff.core.asking.wrong import hard_labels, wrong_labels
from neuroff.errors import ShapeError
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
        hardness: of negative labels, per unit of goodness: the wrong label is drawn with odds
            exp(hardness · G), G as the first layer counts it when every label is presented beforehand. 0: all
            wrong labels alike.
    """

    epochs: int
    batch_size: int = 1
    slower: tuple[int, ...] = ()
    hardness: float = 0.0

    def __post_init__(self) -> None:
        require_whole("epochs", self.epochs, least=1, where="learning schedule")
        require_whole("batch_size", self.batch_size, least=1, where="learning schedule")
        require_number("hardness", self.hardness, least=0.0, where="learning schedule")
        require_kind("slower", self.slower, tuple, where="learning schedule", expected="a tuple of epochs")
        for epoch in self.slower:
            require_whole("an epoch of slower", epoch, least=0, where="learning schedule")

    def plan_of(self, plan: LearningPlan, epoch: int) -> LearningPlan:
        """Return the plan with the learning rate of an epoch."""
        halvings = sum(epoch >= start for start in self.slower)
        layers = tuple(replace(each, post_shift=each.post_shift + halvings) for each in plan.layers)
        return replace(plan, layers=layers)


def calibrated(plan: LearningPlan, state: LearnerState, pixels: Tensor, share: float) -> LearningPlan:
    """Return a plan with each layer's θ at a share of its mean goodness before learning.

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
        if isinstance(layer.modulator, Modulator)
        else layer
        for layer, theta in zip(plan.layers, thetas, strict=True)
    )
    return replace(plan, layers=layers)


def learn_epoch(
    plan: LearningPlan,
    state: LearnerState,
    schedule: Schedule,
    epoch: int,
    pixels: Tensor,
    labels: Tensor,
    presented: Callable[[int], None] = lambda images: None,
) -> LearningEvents:
    """Present every image, with a true and a wrong label or once for its class; ``state`` moves.

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
    now = schedule.plan_of(plan, epoch)
    stream = generator(plan.seed, "chip negatives", epoch)
    order = torch.randperm(len(pixels), generator=generator(plan.seed, "chip order", epoch))
    both = torch.tensor([True, False])
    events, shown = LearningEvents(), 0
    for rows in torch.split(order, schedule.batch_size):
        images, true = now.images.spikes(pixels[rows]), labels[rows]
        shared = drive_of(images, state.weights[0])
        shown += len(rows)
        if not now.images.label_axons:
            events = events + learn_groups(now, state, images, true, shared)
            presented(shown)
            continue
        wrong, looked = _negatives(now, state, schedule, images, shared, true, stream)
        events = events + looked
        presented_labels = torch.stack((true, wrong))
        if schedule.batch_size > 1:
            events = events + learn(now, state, images, presented_labels, both, shared)
        else:
            events = events + learn(now, state, images, presented_labels[:1], both[:1], shared)
            events = events + learn(now, state, images, presented_labels[1:], both[1:])
        presented(shown)
    return events


def _negatives(
    plan: LearningPlan,
    state: LearnerState,
    schedule: Schedule,
    images: Tensor,
    shared: Tensor,
    labels: Tensor,
    stream: torch.Generator,
) -> tuple[Tensor, LearningEvents]:
    """Draw wrong labels for images, and count what that took on the chip."""
    classes = plan.images.classes
    if not schedule.hardness:
        return wrong_labels(labels, classes, stream), LearningEvents()
    every = torch.arange(classes)[:, None].expand(-1, len(labels))
    first = plan.layers[0]
    sent = driven(first.chip_neurons(), labelled_drive(plan, state, shared, every))
    scores = first.modulator.counted(sent.sum(0, dtype=torch.int32)).view(classes, -1)
    return hard_labels(scores, labels, schedule.hardness, stream), swept(plan, images, sent)


def swept(plan: LearningPlan, images: Tensor, sent: Tensor) -> LearningEvents:
    """Count what the first layer does when images ``(T, B, D)`` are presented with every label."""
    steps, samples = images.shape[:2]
    shown = samples * plan.images.classes
    arrived = plan.images.classes * int(images.sum(dtype=torch.int64)) + shown * steps * plan.images.copies
    neurons = sent.shape[2]
    return LearningEvents(
        synaptic_events=arrived * neurons,
        neuron_updates_active=steps * shown * neurons,  # a label fires at every step
        spikes_emitted=int(sent.sum(dtype=torch.int64)),
    )
