"""The settings with which class groups learn best on the chip, as a plan."""

from __future__ import annotations

from collections.abc import Sequence
from typing import get_args

from torch import Tensor

from neuroff.checks import require_number
from neuroff.chip.learning.groups import GroupModulator
from neuroff.chip.learning.images import SpikingImages
from neuroff.chip.learning.learner import LearnerState, start
from neuroff.chip.learning.modulator import Collaboration
from neuroff.chip.learning.plan import LearningLayer, LearningPlan
from neuroff.chip.learning.recipe import Variant, post_trace, pre_trace, require_start, standard_rule
from neuroff.errors import ShapeError, require_choice

_GAMMA_SHIFT, _ADAPTIVE_SHIFT = 8, 22


def group_learner(
    pixels: Tensor,
    widths: Sequence[int],
    variant: Variant = "ff",
    *,
    steps: int = 10,
    classes: int = 10,
    post_shift: int = 13,
    margin: float = 0.13,
    slope: int = 0,
    rivals: int = 3,
    gamma: int = 64,
    weight_bits: int = 8,
    start_weight: int = 80,
    seed: int = 0,
) -> tuple[LearningPlan, LearnerState]:
    """Return a network with class groups that is about to learn.

    Args:
        pixels: training images ``(B, D)`` uint8; neurons' thresholds are chosen on the first of them.
        widths: neurons of every layer, multiples of K.
        variant: ``ff``: layers on their own; ``fcff``: γ = gamma / 256 between them; ``acff``: γ learned.
        steps: T.
        classes: K.
        post_shift: learning rate; one more halves it.
        margin: by how many spikes the true class is to lead, as a share of its neurons times T.
        slope: of the modulator, in powers of two.
        rivals: wrong classes that are told, those that lead.
        gamma: g at the start, of 256 parts; without use for ``ff``.
        weight_bits: with the sign.
        start_weight: weights start uniformly within ± this.
        seed: of every random draw.

    Raises:
        ConfigError: if the variant is unknown, or a layer has no groups of one size.
        ShapeError: if there are no images.
    """
    require_start(pixels, widths, start_weight, seed, "group_learner")
    require_number("margin", margin, above=0.0, where="group_learner")
    require_choice(variant, get_args(Variant), "variant")
    if pixels.ndim != 2 or not len(pixels):
        raise ShapeError(
            f"images of shape {tuple(pixels.shape)}", where="group_learner", expected="some flat images"
        )
    images = SpikingImages(steps, classes, copies=0)
    lit = images.spikes(pixels[:50]).float().sum(2).mean().item()
    layers = []
    for index, neurons in enumerate(widths):
        # As of the label form: one standard deviation of a step's sum, spikes at a fifth of the steps behind.
        arriving = lit if index == 0 else 0.2 * widths[index - 1]
        layers.append(
            LearningLayer(
                neurons,
                max(1, round(start_weight / 3**0.5 * arriving**0.5)),
                pre_trace(steps),
                post_trace(),
                post_shift,
                GroupModulator(classes, round(margin * steps * neurons / classes), slope, rivals),
                standard_rule(),
                start=start_weight,
                weight_bits=weight_bits,
            )
        )
    bus = Collaboration(
        0 if variant == "ff" else gamma, _GAMMA_SHIFT, _ADAPTIVE_SHIFT if variant == "acff" else None
    )
    plan = LearningPlan(images, pixels.shape[1], tuple(layers), bus, seed)
    return plan, start(plan)
