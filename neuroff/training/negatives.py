"""Which wrong label every training image carries in an epoch."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor

from neuroff.core.asking import Question
from neuroff.core.asking.wrong import hard_labels, permuted_labels, wrong_labels
from neuroff.core.inputs import Inputs
from neuroff.core.network import Network, image_drive, propagate
from neuroff.core.plan import Plan, Stage
from neuroff.core.scores import PredictionRule, scores_of
from neuroff.rng import generator
from neuroff.training.evaluate import chunk_rows, scored


def negative_labels(plan: Plan, network: Network, inputs: Inputs, stage: Stage, epoch: int) -> Tensor:
    """Return the labels of negative data; the true ones where the asking needs no wrong ones.

    ``(B,)``, or ``(L, B)``, one row for each layer of the stage, where each draws its own.

    Args:
        plan: says how they are drawn.
        network: as it stands; hard negatives are those that it mistakes for true.
        inputs: the training images.
        stage: the stage.
        epoch: index of the epoch in its stage.
    """
    kind, labels = plan.negatives.kind, inputs.labels
    if not network.asking.contrasts:
        return labels
    if kind == "permuted":
        return permuted_labels(labels, generator(plan.seed, "negatives"))
    if kind == "fixed":
        return wrong_labels(labels, network.classes, generator(plan.seed, "negatives"))
    if draws_by_layer(plan, network):
        return torch.stack(list(_by_layer(plan, network, inputs, stage, epoch)))
    stream = generator(plan.seed, "negatives", stage.index, epoch)
    if kind == "redrawn":
        return wrong_labels(labels, network.classes, stream)
    depth, rule = listens_to(plan, stage), plan.prediction
    candidates = shortlist(plan, network, depth)
    if candidates == network.classes - 1:
        scores = torch.cat([part for _, part in scored(network, inputs, rule, depth)], 1)
    else:
        scores = torch.cat(list(shortlisted(network, inputs, rule, depth, candidates)), 1)
    return hard_labels(scores, labels, plan.negatives.hardness, stream)


def draws_by_layer(plan: Plan, network: Network) -> bool:
    """Whether each layer draws wrong labels of its own."""
    drawn = plan.negatives
    return network.asking.contrasts and drawn.kind == "hard" and drawn.drawn_by == "layer"


def questions(
    network: Network, stage: Stage, labels: Tensor, negatives: Tensor
) -> tuple[tuple[tuple[int, ...], Question], ...]:
    """Return what is presented to learn, and to which layers: one question, or one for each layer.

    Args:
        network: the network.
        stage: the stage.
        labels: ``(B,)``, the true classes.
        negatives: of `negative_labels`.
    """
    if negatives.ndim == 1:
        return ((stage.layers, network.asking.question(labels, negatives)),)
    return tuple(
        ((index,), network.asking.question(labels, drawn))
        for index, drawn in zip(stage.layers, negatives, strict=True)
    )


def _by_layer(plan: Plan, network: Network, inputs: Inputs, stage: Stage, epoch: int) -> Iterator[Tensor]:
    """Yield the labels ``(B,)`` that each layer of a stage draws by its own goodness."""
    goodness: dict[int, list[Tensor]] = {index: [] for index in stage.layers}
    for rows in chunk_rows(network, inputs):
        stimulus = inputs.stimulus(rows, "predict", rows.start)
        everything = network.asking.everything(stimulus.samples, stimulus.label.device)
        for shown in propagate(network, stimulus, everything, depth=listens_to(plan, stage)):
            if shown.index in goodness:
                goodness[shown.index].append(shown.goodness)
    for index, parts in goodness.items():
        stream = generator(plan.seed, "negatives", stage.index, epoch, index)
        yield hard_labels(torch.cat(parts, 1), inputs.labels, plan.negatives.hardness, stream)


def listens_to(plan: Plan, stage: Stage) -> int:
    """Return how many layers the choice of hard wrong labels listens to: those up to the stage's last."""
    return max(stage.layers) + 1


def shortlist(plan: Plan, network: Network, depth: int) -> int:
    """Return how many wrong labels all layers score: all of them, or those that fit the first layer best."""
    wrong = network.classes - 1
    return (
        wrong
        if depth == 1 or plan.negatives.drawn_by == "layer"
        else min(plan.negatives.candidates or wrong, wrong)
    )


def shortlisted(
    network: Network, inputs: Inputs, rule: PredictionRule | None, depth: int, candidates: int
) -> Iterator[Tensor]:
    """Yield label scores of every chunk, ``(classes, B)``, −∞ for all but some wrong labels.

    The first layer is cheap to ask for all labels, since it multiplies an image by its weights once. The
    others are asked only for the wrong labels that it thinks fit best.

    Args:
        network: the network.
        inputs: the images.
        rule: see `neuroff.core.scores.scores_of`.
        depth: number of layers to use.
        candidates: wrong labels that go on, in [1, classes − 2].
    """
    for rows in chunk_rows(network, inputs):
        stimulus = inputs.stimulus(rows, "predict", rows.start)
        base = image_drive(network, stimulus, network.engine)
        everything = network.asking.everything(stimulus.samples, base.device)
        fits = scores_of(network, stimulus, everything, depth=1, first_drive=base)
        wrong = fits.scatter(0, inputs.labels[rows][None], float("-inf"))
        chosen = wrong.topk(candidates, dim=0).indices
        scores = scores_of(network, stimulus, chosen, rule, depth, base)
        yield torch.full_like(fits, float("-inf")).scatter_(0, chosen, scores)
