"""The settings that learn best, as a plan: what was tried for them is in ``docs/porting.md``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, get_args

import torch
from torch import Tensor

from neuroff.checks import require_number, require_whole, require_wholes
from neuroff.chip.learning.images import SpikingImages
from neuroff.chip.learning.learner import LearnerState, start
from neuroff.chip.learning.modulator import MODULATOR_BITS, Collaboration, Modulator
from neuroff.chip.learning.plan import LearningLayer, LearningPlan
from neuroff.chip.learning.rounding import Rounding
from neuroff.chip.learning.rule import DROPPED_BITS, SumOfProducts, forward_forward_rule
from neuroff.chip.learning.traces import MAX_TRACE_BITS, Trace, counting_trace
from neuroff.chip.learning.training import calibrated
from neuroff.core.checks import require_tensor
from neuroff.errors import ShapeError, require_choice

Variant = Literal["ff", "fcff", "acff"]
_GAMMA_SHIFT, _ADAPTIVE_SHIFT = 8, 22
_EXPONENT = -4  # y2 = 1 moves the weight of an axon of trace x1 by x1 / 128
_SATURATING_SPIKES = 4  # after which y1 says no more: loud neurons then do not run away


def pre_trace(steps: int, bits: int = MAX_TRACE_BITS, rounding: Rounding = "stochastic") -> Trace:
    """Return x1 for presentations of T steps: a count of spikes, in units that the rule does not round."""
    return counting_trace(steps, bits, rounding, of=2**DROPPED_BITS)


def post_trace(bits: int = MAX_TRACE_BITS, rounding: Rounding = "stochastic") -> Trace:
    """Return y1: a count of spikes that says no more after four."""
    return counting_trace(_SATURATING_SPIKES, bits, rounding)


def standard_rule(fewer: int = 0) -> SumOfProducts:
    """Return the rule of every layer, for traces of this many bits less than seven."""
    return forward_forward_rule(_EXPONENT + fewer)


def require_start(pixels: object, widths: object, start_weight: object, seed: object, where: str) -> None:
    """Refuse what no learner starts from.

    Raises:
        ConfigError: naming a number; ShapeError: if the images are no tensor.
    """
    require_tensor("pixels", pixels, where=where, expected="(B, D) of uint8")
    require_wholes("widths", widths, least=1, where=where)
    require_whole("start_weight", start_weight, least=1, where=where)
    require_whole("seed", seed, least=0, below=2**63, where=where)


def learner(
    pixels: Tensor,
    widths: Sequence[int],
    variant: Variant = "ff",
    *,
    steps: int = 10,
    copies: int = 10,
    classes: int = 10,
    post_shift: int = 13,
    slope: int = 3,
    theta_share: float = 1.0,
    gamma: int = 64,
    trace_bits: int = 7,
    weight_bits: int = 8,
    broadcast_bits: int = 7,
    delay: int = 0,
    rounding: Rounding = "stochastic",
    start_weight: int = 80,
    seed: int = 0,
) -> tuple[LearningPlan, LearnerState]:
    """Return a network that is about to learn.

    Args:
        pixels: training images ``(B, D)`` uint8; thresholds are chosen on the first of them.
        widths: neurons of every layer.
        variant: ``ff``: layers on their own; ``fcff``: γ = gamma / 256 between them; ``acff``: γ learned.
        steps: T.
        copies: axons of a label.
        classes: number of labels.
        post_shift: learning rate; one more halves it.
        slope: of the modulator, in powers of two.
        theta_share: θ as a share of the mean goodness before learning.
        gamma: g at the start, of 256 parts; without use for ``ff``.
        trace_bits: of x1 and y1; for every bit less, the rule's scale and that of y1 · m double.
        weight_bits: with the sign.
        broadcast_bits: of a modulator; for every bit less, its slope halves, so that its range stays.
        delay: of a modulator, in steps.
        rounding: of traces and weights.
        start_weight: weights start uniformly within ± this.
        seed: of every random draw.

    Raises:
        ConfigError: if the variant is unknown.
        ShapeError: if there are no images.
    """
    require_choice(variant, get_args(Variant), "variant")
    require_start(pixels, widths, start_weight, seed, "learner")
    for name, value in (("post_shift", post_shift), ("slope", slope), ("gamma", gamma)):
        require_whole(name, value, least=0, where="learner")
    for name, value in (("trace_bits", trace_bits), ("broadcast_bits", broadcast_bits)):
        require_whole(name, value, least=1, below=MAX_TRACE_BITS + 1, where="learner")
    require_whole("copies", copies, least=1, where="learner")
    require_number("theta_share", theta_share, above=0.0, where="learner")
    if pixels.ndim != 2 or not len(pixels):
        raise ShapeError(
            f"images of shape {tuple(pixels.shape)}", where="learner", expected="some flat images"
        )
    images = SpikingImages(steps, classes, copies)
    lit = images.spikes(pixels[:50]).float().sum(2).mean().item() + copies
    fewer = MAX_TRACE_BITS - trace_bits
    layers = []
    for index, neurons in enumerate(widths):
        # A threshold of one standard deviation of the first step's sum: half of the neurons fire, twice in
        # ten steps. Layers behind the first hear two spikes in ten steps from each neuron.
        arriving = lit if index == 0 else 0.2 * widths[index - 1]
        layers.append(
            LearningLayer(
                neurons,
                round(start_weight / 3**0.5 * arriving**0.5),
                pre_trace(steps, trace_bits, rounding),
                post_trace(trace_bits, rounding),
                post_shift - fewer,
                Modulator(1, slope + MODULATOR_BITS - broadcast_bits, bits=broadcast_bits, delay=delay),
                standard_rule(fewer),
                start=start_weight,
                weight_bits=weight_bits,
                rounding=rounding,
            )
        )
    bus = Collaboration(
        0 if variant == "ff" else gamma, _GAMMA_SHIFT, _ADAPTIVE_SHIFT if variant == "acff" else None
    )
    plan = LearningPlan(images, pixels.shape[1], tuple(layers), bus, seed)
    state = start(plan)
    return calibrated(plan, state, pixels, theta_share), state


def flat(images: object) -> Tensor:
    """Return images of bytes ``(B, height, width)`` as ``(B, pixels)``."""
    return torch.as_tensor(images).flatten(1).clone()
