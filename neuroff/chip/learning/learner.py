"""Presentations on the chip, and what they write into its weights.

A presentation is one learning epoch of T steps. When it is over, every layer's goodness has been counted, its
modulator is broadcast, neurons multiply it onto their trace, and the rule runs at all synapses. So each layer
learns from the spikes of the same presentation and from scalars of the others.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from neuroff.chip.learning.events import LearningEvents, learned, passed
from neuroff.chip.learning.forward import drive_of, driven
from neuroff.chip.learning.plan import LearningLayer, LearningPlan
from neuroff.chip.learning.rounding import shifted
from neuroff.chip.learning.rule import FRACTION_BITS
from neuroff.chip.network import ChipLayer, ChipNetwork
from neuroff.chip.synapses import ChipSynapses, stored, weight_range
from neuroff.rng import generator

TRACE_MOST = 127


@dataclass(eq=False)
class LearnerState:
    """What learning changes.

    Attributes:
        weights: of every layer, ``(D, N)`` int32.
        gammas: g of every layer.
        presentations: how many presentations there have been.
    """

    weights: list[Tensor]
    gammas: list[int]
    presentations: int = 0


def start(plan: LearningPlan) -> LearnerState:
    """Return weights drawn uniformly on their grid, and γ as planned."""
    weights = []
    for index, (layer, axons) in enumerate(zip(plan.layers, plan.axons, strict=True)):
        stream = generator(plan.seed, "chip weights", index)
        drawn = torch.randint(-layer.start, layer.start + 1, (axons, layer.neurons), generator=stream)
        nearest = drawn + (layer.grid // 2 - 1)
        weights.append(stored(nearest, layer.weight_bits, "mixed"))
    return LearnerState(weights, [plan.collaboration.gamma] * len(plan.layers))


def chip_network(plan: LearningPlan, state: LearnerState) -> ChipNetwork:
    """Return the network as `neuroff.chip.network` runs it, with its weights as they stand."""
    return ChipNetwork(
        tuple(
            ChipLayer(ChipSynapses(weight.T.contiguous(), bits=layer.weight_bits), layer.chip_neurons())
            for layer, weight in zip(plan.layers, state.weights, strict=True)
        )
    )


def present(
    plan: LearningPlan, state: LearnerState, images: Tensor, labels: Tensor, shared: Tensor | None = None
) -> list[Tensor]:
    """Present images with labels and return every layer's spikes, ``(T, K B, N)`` uint8.

    A layer works one step behind the one before it. Its neurons rest at zero until then and hear nothing
    after, so that layer by layer the same spikes come out. Labels share the image's part of the first sums.

    Args:
        plan: the network.
        state: its weights.
        images: spikes ``(T, B, D)``, label axons silent.
        labels: ``(K, B)``, K labels for every image; presentations are in this order.
        shared: what the first layer receives of the images alone, where that is known.
    """
    if shared is None:
        shared = drive_of(images, state.weights[0])
    sent = [driven(plan.layers[0].chip_neurons(), labelled_drive(plan, state, shared, labels))]
    for layer, weight in zip(plan.layers[1:], state.weights[1:], strict=True):
        sent.append(driven(layer.chip_neurons(), drive_of(sent[-1], weight)))
    return sent


def labelled_drive(plan: LearningPlan, state: LearnerState, shared: Tensor, labels: Tensor) -> Tensor:
    """Return what reaches the first layer, ``(T, K B, N)``: from images, ``shared``, and from labels."""
    if not plan.images.label_axons:
        return shared
    on = plan.images.label_spikes(torch.arange(plan.images.classes))
    columns = drive_of(on[None], state.weights[0][: plan.images.label_axons])[0]
    return (shared[:, None] + columns[labels]).flatten(1, 2)


def learn(
    plan: LearningPlan,
    state: LearnerState,
    images: Tensor,
    labels: Tensor,
    positive: Tensor,
    shared: Tensor | None = None,
) -> LearningEvents:
    """Present images with labels, learn from them and return what that took; ``state`` moves.

    With one presentation this is the chip. With more, all see the weights from before, and their changes are
    summed before the one stochastic write: a departure that saves time and rounds less often.

    Args:
        plan: the network.
        state: weights and γ.
        images: spikes ``(T, B, D)``, label axons silent.
        labels: ``(K, B)``.
        positive: ``(K,)`` bool, which of them are the true ones.
        shared: of `present`.
    """
    stream = generator(plan.seed, "chip learning", state.presentations)
    sent = present(plan, state, images, labels, shared)
    true = positive.repeat_interleave(labels.shape[1])
    events = LearningEvents(presentations=len(true))
    heard = [layer.modulator.heard(own) for layer, own in zip(plan.layers, sent, strict=True)]
    for index, layer in enumerate(plan.layers):
        partner = plan.collaboration.partner(heard, plan.thetas, index)
        collaborative = plan.collaboration.collaborative(heard[index], partner, state.gammas[index])
        modulator = layer.modulator.value(collaborative, true)
        if index:
            before = sent[index - 1]
        else:
            before = plan.images.labelled(images.repeat(1, len(labels), 1), labels.flatten())
        pre = layer.pre.after(before, stream)
        post = channels(layer, sent[index], modulator[:, None], true[:, None], stream)
        write(layer, state.weights[index], pre, post, stream)
        events = events + passed(before, sent[index])
        events = events + learned(before, sent[index], pre, post.values(), plan.scalars)
        if len(plan.layers) > 1:
            state.gammas[index] = plan.collaboration.moved(
                state.gammas[index], modulator, partner, true, stream
            )
    state.presentations += len(true)
    return events


def channels(
    layer: LearningLayer, spikes: Tensor, modulator: Tensor, positive: Tensor, stream: torch.Generator
) -> dict[str, Tensor]:
    """Return y2 and y3 ``(B, N)``, what neurons hand to their synapses.

    Args:
        layer: the layer.
        spikes: its own, ``(T, B, N)``.
        modulator: m of every neuron, ``(B, N)``, or ``(B, 1)`` where it is one for all.
        positive: likewise; y2 is zero where it is false, y3 where it is true.
        stream: source of randomness.
    """
    product = layer.post.after(spikes, stream) * modulator
    factor = shifted(product, layer.post_shift, layer.post.rounding, stream).clamp_(max=TRACE_MOST)
    sign = positive.to(torch.int32)
    return {"y2": factor * sign, "y3": factor * (1 - sign)}


def write(
    layer: LearningLayer, weight: Tensor, pre: Tensor, post: dict[str, Tensor], stream: torch.Generator
) -> None:
    """Apply the rule to the synapses of axons with a trace, and round what is written.

    Args:
        layer: the layer.
        weight: ``(D, N)`` int32; moves.
        pre: x1 ``(B, D)``.
        post: traces ``(B, N)`` by name.
        stream: source of randomness; draws for these synapses only, axon by axon.
    """
    rows = pre.any(0).nonzero()[:, 0]
    if not len(rows) or not any(bool(trace.any()) for trace in post.values()):
        return
    block = layer.rule.accumulated(weight.index_select(0, rows), {"x1": pre.index_select(1, rows)}, post)
    weight.index_copy_(0, rows, written(layer, block, stream))


def written(layer: LearningLayer, accumulator: Tensor, stream: torch.Generator) -> Tensor:
    """Return what is stored of accumulators: whole weights on the grid and in the range of b bits, int32."""
    units = shifted(accumulator, FRACTION_BITS + layer.grid.bit_length() - 1, layer.rounding, stream)
    low, high = weight_range(layer.weight_bits, "mixed")
    return (units * layer.grid).clamp_(low, high)
