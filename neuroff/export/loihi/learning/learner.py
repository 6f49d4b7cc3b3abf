"""Presentations on the chip, and what they write into its weights.

A presentation is one learning epoch of T steps. When it is over, every layer's goodness has been counted, its
modulator is broadcast, neurons multiply it onto their trace, and the rule runs at all synapses. So each layer
learns from the spikes of the same presentation and from scalars of the others.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from neuroff.energy import Counts
from neuroff.export.loihi.learning.plan import LearningLayer, LearningPlan
from neuroff.export.loihi.learning.rounding import shifted
from neuroff.export.loihi.learning.rule import FRACTION_BITS
from neuroff.export.loihi.lif import ChipNeurons, neuron_step, neurons_at_start
from neuroff.export.loihi.network import ChipLayer, ChipNetwork
from neuroff.export.loihi.synapses import ChipSynapses, stored, weight_range
from neuroff.rng import generator

_TRACE_MOST = 127


@dataclass(frozen=True)
class LearningEvents:
    """What learning did, in the terms of the energy report; sums over presentations.

    Attributes:
        presentations: how many.
        synapse_updates: synapses whose x1 and whose y2 or y3 were not zero.
        trace_updates: impulses added to traces x1 and y1, and channels y2 or y3 that were written.
        bus_broadcasts: modulators sent to a layer, and goodness sent to partners.
    """

    presentations: int = 0
    synapse_updates: int = 0
    trace_updates: int = 0
    bus_broadcasts: int = 0

    def __add__(self, other: LearningEvents) -> LearningEvents:
        """Return the sum."""
        return LearningEvents(
            self.presentations + other.presentations,
            self.synapse_updates + other.synapse_updates,
            self.trace_updates + other.trace_updates,
            self.bus_broadcasts + other.bus_broadcasts,
        )

    def per_image(self) -> Counts:
        """Return mean counts per training image, which is a positive and a negative presentation."""
        images = max(self.presentations / 2, 1)
        return Counts(
            {
                "synapse_updates": self.synapse_updates / images,
                "trace_updates": self.trace_updates / images,
                "bus_broadcasts": self.bus_broadcasts / images,
            }
        )


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
        weights.append(stored(drawn, layer.weight_bits, "mixed"))
    return LearnerState(weights, [plan.collaboration.gamma] * len(plan.layers))


def chip_network(plan: LearningPlan, state: LearnerState) -> ChipNetwork:
    """Return the network as `neuroff.export.loihi.network` runs it, with its weights as they stand."""
    return ChipNetwork(
        tuple(
            ChipLayer(ChipSynapses(weight.T.contiguous(), bits=layer.weight_bits), layer.chip_neurons())
            for layer, weight in zip(plan.layers, state.weights, strict=True)
        )
    )


def driven(neurons: ChipNeurons, drive: Tensor) -> Tensor:
    """Return the spikes ``(T, B, N)`` int32 of neurons that receive ``drive`` ``(T, B, N)`` int32."""
    resting = neurons_at_start(neurons, drive.shape[1])
    spikes = torch.empty_like(drive)
    for step, arriving in enumerate(drive):
        resting, spikes[step] = neuron_step(neurons, resting, arriving)
    return spikes


def drive_of(spikes: Tensor, weight: Tensor) -> Tensor:
    """Return Σ_j s_j w_ji, ``(T, B, N)`` int32.

    Sums are integers of magnitude at most 256 per axon: float32 is exact up to 65,536 axons.
    """
    exact = torch.float32 if weight.shape[0] <= 65_536 else torch.float64
    sums: Tensor = spikes.to(exact).flatten(0, 1) @ weight.to(exact)
    return sums.to(torch.int32).view(*spikes.shape[:2], weight.shape[1])


def present(plan: LearningPlan, state: LearnerState, spikes: Tensor) -> list[Tensor]:
    """Present spikes ``(T, B, D)`` and return those of every layer, ``(T, B, N)`` int32.

    A layer works one step behind the one before it. Its neurons rest at zero until then and hear nothing
    after, so that layer by layer the same spikes come out.
    """
    sent, before = [], spikes
    for layer, weight in zip(plan.layers, state.weights, strict=True):
        before = driven(layer.chip_neurons(), drive_of(before, weight))
        sent.append(before)
    return sent


def learn(plan: LearningPlan, state: LearnerState, spikes: Tensor, positive: Tensor) -> LearningEvents:
    """Present spikes with labels on, learn from them and return what that took; ``state`` moves.

    With one sample this is the chip. With more, all see the weights from before, and their changes are summed
    before the one stochastic write: a departure that saves time and rounds less often.

    Args:
        plan: the network.
        state: weights and γ.
        spikes: ``(T, B, D)``.
        positive: ``(B,)`` bool, which samples show their true label.
    """
    stream = generator(plan.seed, "chip learning", state.presentations)
    sent = present(plan, state, spikes)
    events = LearningEvents(spikes.shape[1])
    heard = [layer.modulator.heard(own) for layer, own in zip(plan.layers, sent, strict=True)]
    for index, layer in enumerate(plan.layers):
        partner = plan.collaboration.partner(heard, index)
        collaborative = plan.collaboration.collaborative(heard[index], partner, state.gammas[index])
        modulator = layer.modulator.value(collaborative, positive)
        before = sent[index - 1] if index else spikes
        pre = layer.pre.after(before, stream)
        post = channels(layer, sent[index], modulator, positive, stream)
        write(layer, state.weights[index], pre, post, stream)
        events = events + _events(plan, before, sent[index], pre, post)
        if len(plan.layers) > 1:
            state.gammas[index] = plan.collaboration.moved(
                state.gammas[index], modulator, partner, positive, stream
            )
    state.presentations += spikes.shape[1]
    return events


def channels(
    layer: LearningLayer, spikes: Tensor, modulator: Tensor, positive: Tensor, stream: torch.Generator
) -> dict[str, Tensor]:
    """Return y2 and y3 ``(B, N)``, what neurons hand to their synapses.

    Args:
        layer: the layer.
        spikes: its own, ``(T, B, N)``.
        modulator: m ``(B,)``.
        positive: ``(B,)``; y2 is zero in negative presentations, y3 in positive ones.
        stream: source of randomness.
    """
    product = layer.post.after(spikes, stream) * modulator[:, None]
    factor = shifted(product, layer.post_shift, layer.post.rounding, stream).clamp_(max=_TRACE_MOST)
    sign = positive[:, None].to(torch.int32)
    return {"y2": factor * sign, "y3": factor * (1 - sign)}


def write(
    layer: LearningLayer, weight: Tensor, pre: Tensor, post: dict[str, Tensor], stream: torch.Generator
) -> None:
    """Apply the rule to the synapses that something reaches, and round what is written.

    Args:
        layer: the layer.
        weight: ``(D, N)`` int32; moves.
        pre: x1 ``(B, D)``.
        post: traces ``(B, N)`` by name.
        stream: source of randomness; draws for touched rows and columns only, row by row.
    """
    rows = pre.any(0).nonzero()[:, 0]
    columns = torch.stack([trace.any(0) for trace in post.values()]).any(0).nonzero()[:, 0]
    if not len(rows) or not len(columns):
        return
    touched = {name: trace[:, columns] for name, trace in post.items()}
    delta = layer.rule.delta({"x1": pre[:, rows]}, touched)
    block = weight[rows[:, None], columns]
    weight[rows[:, None], columns] = written(layer, block, delta, stream)


def written(layer: LearningLayer, weight: Tensor, delta: Tensor, stream: torch.Generator) -> Tensor:
    """Return weight + delta / 2^7 on the grid and in the range of b bits."""
    fraction = FRACTION_BITS + layer.grid.bit_length() - 1
    units = shifted((weight << FRACTION_BITS) + delta, fraction, layer.rounding, stream)
    low, high = weight_range(layer.weight_bits, "mixed")
    return (units * layer.grid).clamp_(low, high)


def _events(
    plan: LearningPlan, before: Tensor, own: Tensor, pre: Tensor, post: dict[str, Tensor]
) -> LearningEvents:
    channels_on = torch.stack([trace.ne(0).sum(1) for trace in post.values()]).sum(0)
    samples = pre.shape[0]
    heard = len(plan.layers) - 1 if plan.collaborates else 0
    return LearningEvents(
        0,
        int((pre.ne(0).sum(1) * channels_on).sum()),
        int(before.sum(dtype=torch.int64)) + int(own.sum(dtype=torch.int64)) + int(channels_on.sum()),
        samples * (1 + heard),
    )
