"""The learning rule in the chip's notation, with what its traces and modulators are."""

from __future__ import annotations

from neuroff.chip.learning.images import MAX_EPOCH_STEPS
from neuroff.chip.learning.learner import TRACE_MOST
from neuroff.chip.learning.plan import LearningPlan
from neuroff.chip.learning.recipe import post_trace, pre_trace, standard_rule
from neuroff.chip.learning.traces import IMPULSE_BITS, Trace
from neuroff.chip.numbers import DECAY_UNITY
from neuroff.core.asking import Asking, GroupAsking, MirroredAsking


def trace_text(name: str, trace: Trace) -> str:
    """Return a trace as ``x1: 7 bits, impulse 8, no decay``."""
    decay = "no decay" if trace.kept == DECAY_UNITY else f"keeps {trace.kept}/{DECAY_UNITY} a step"
    return f"{name}: {trace.bits} bits, impulse {trace.impulse / 2**IMPULSE_BITS:g}, {decay}"


def rule_lines(plan: LearningPlan) -> list[str]:
    """Return everything that a plan's learning does, a line each: rule, epoch, traces, modulators, bus."""
    lines = [f"t_epoch = {plan.images.steps}"]
    bus = plan.collaboration
    adds, takes = ("positive", "negative") if plan.images.label_axons else ("true class", "rivals")
    for index, layer in enumerate(plan.layers, start=1):
        factor = f"min({TRACE_MOST}, y1 * m >> {layer.post_shift}), {layer.post.rounding} rounding"
        lines += [
            f"layer {index}: {layer.rule}",
            f"  {trace_text('x1', layer.pre)}; {trace_text('y1', layer.post)}",
            f"  y2 ({adds}), y3 ({takes}) = {factor}",
            f"  {layer.modulator.text()}",
            f"  weights of {layer.weight_bits} bits, {layer.rounding} rounding",
        ]
    if plan.collaborates:
        learned = "" if bus.adaptive_shift is None else f", g learned by ± m P >> {bus.adaptive_shift}"
        lines.append(f"C = G + (g P >> {bus.shift}), P = Σ (G_j - θ_j), g = {bus.gamma}{learned}")
    return lines


def learning_notes(steps: int, asking: Asking | None = None) -> tuple[str, ...]:
    """Return how a network would go on learning on the chip, for the exporter to print.

    Args:
        steps: T.
        asking: how the network is asked; by labels without it.
    """
    once = asking.behind if isinstance(asking, MirroredAsking) else asking
    if once is not None and not (once.contrasts or isinstance(once, GroupAsking)):
        return ("learning on the chip has no rule for this read-out, only for labels and class groups",)
    if steps > MAX_EPOCH_STEPS:
        return (f"learning on the chip takes at most {MAX_EPOCH_STEPS} steps, not {steps}",)
    channels = (
        "y2, y3: y1 times the layer's broadcast, after positive and negative presentations"
        if once is None or once.contrasts
        else "y2: y1 times the true class's broadcast in its group, y3: y1 times a rival's in its own, both "
        "after the image's one presentation, without negatives"
    )
    return (
        f"to learn on the chip, t_epoch = {steps}: {standard_rule()}",
        f"with {trace_text('x1', pre_trace(steps))}; {trace_text('y1', post_trace())}; {channels}",
    )
