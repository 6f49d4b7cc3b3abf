"""What learning on the chip takes, counted in the terms of the energy report, and its price."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields

import torch
from torch import Tensor

from neuroff.energy import Counts, EnergyEstimate, Profile, coefficients, estimate


@dataclass(frozen=True)
class LearningEvents:
    """Sums over presentations.

    Attributes:
        presentations: those that were learned from, not those that only helped to draw a wrong label.
        synaptic_events: spikes on axons times the neurons they reach.
        neuron_updates_active: neuron-steps with input.
        neuron_updates_inactive: neuron-steps without.
        spikes_emitted: by neurons.
        synapse_updates: synapses whose x1 and whose y2 or y3 were not zero.
        trace_updates: impulses added to traces x1 and y1, and channels y2 or y3 that were written.
        bus_broadcasts: modulators sent to a layer, and goodness sent to partners.
    """

    presentations: int = 0
    synaptic_events: int = 0
    neuron_updates_active: int = 0
    neuron_updates_inactive: int = 0
    spikes_emitted: int = 0
    synapse_updates: int = 0
    trace_updates: int = 0
    bus_broadcasts: int = 0

    def __add__(self, other: LearningEvents) -> LearningEvents:
        """Return the sum."""
        sums = {each.name: getattr(self, each.name) + getattr(other, each.name) for each in fields(self)}
        return LearningEvents(**sums)

    def per_image(self, presentations: int = 2) -> Counts:
        """Return mean counts per training image: two presentations, or one of class groups.

        Left out: packets between cores, which depend on the placement, and the chip's standing power.
        """
        images = max(self.presentations / presentations, 1)
        names = (each.name for each in fields(self) if each.name != "presentations")
        return Counts({name: getattr(self, name) / images for name in names})


def passed(spikes_before: Tensor, spikes: Tensor) -> LearningEvents:
    """Count a layer's part of presentations.

    Args:
        spikes_before: on its axons, ``(T, B, D)``.
        spikes: its own, ``(T, B, N)``.
    """
    neurons = spikes.shape[2]
    reached = int(spikes_before.any(2).sum())
    return LearningEvents(
        synaptic_events=int(spikes_before.sum(dtype=torch.int64)) * neurons,
        neuron_updates_active=reached * neurons,
        neuron_updates_inactive=(spikes.shape[0] * spikes.shape[1] - reached) * neurons,
        spikes_emitted=int(spikes.sum(dtype=torch.int64)),
    )


def learned(
    spikes_before: Tensor, spikes: Tensor, pre: Tensor, post: Iterable[Tensor], scalars: int
) -> LearningEvents:
    """Count a layer's part of learning from presentations.

    Args:
        spikes_before: on its axons, ``(T, B, D)``.
        spikes: its own, ``(T, B, N)``.
        pre: x1, ``(B, D)``.
        post: y2 and y3, ``(B, N)``.
        scalars: sent to the layer in a presentation.
    """
    channels = torch.stack([trace.ne(0).sum(1) for trace in post]).sum(0)
    impulses = int(spikes_before.sum(dtype=torch.int64)) + int(spikes.sum(dtype=torch.int64))
    return LearningEvents(
        synapse_updates=int((pre.ne(0).sum(1) * channels).sum()),
        trace_updates=impulses + int(channels.sum()),
        bus_broadcasts=pre.shape[0] * scalars,
    )


def learning_energy(counts: Counts, profiles: Iterable[Profile]) -> dict[str, EnergyEstimate]:
    """Price learning on the profiles that have a price for a synapse update.

    Args:
        counts: of `LearningEvents.per_image`.
        profiles: devices.

    Returns:
        Energy of learning from an image by profile; what has no price is listed in it as such.
    """
    return {
        profile.id: estimate(counts, profile)
        for profile in profiles
        if any(one.per == "synapse_updates" and one.band_J is not None for one in coefficients(profile))
    }
