"""What a prediction would take on a device without published prices, inferred from its measured workloads."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from neuroff.energy.profile.schema import Profile
from neuroff.energy.work import NetworkWork


@dataclass(frozen=True, slots=True)
class InferredBand:
    """A band, and the workloads that it is inferred from.

    Attributes:
        low_J: lower end, in joules a prediction.
        high_J: upper end.
        workloads: what was measured.
    """

    low_J: float
    high_J: float
    workloads: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return plain data."""
        return {"low_J": self.low_J, "high_J": self.high_J, "workloads": list(self.workloads)}


def inferred_band(work: NetworkWork, profile: Profile) -> InferredBand | None:
    """Return the band of a prediction; None where nothing is inferred for a device.

    The lower end spreads a workload's dynamic energy on all of its operations, and multiplies all of the
    network's: synaptic events, products, neuron updates. The upper end spreads its total energy on synaptic
    operations alone, and multiplies the network's. The band reaches over all workloads of the profile. A
    network of products alone has none on a device whose spikes carry no number: it cannot run there.

    Args:
        work: the network.
        profile: the device.
    """
    if not profile.inferred or asks_for_products(work, profile):
        return None
    synaptic = math.fsum(math.fsum(layer.events) + layer.products for layer in work.layers)
    updates = sum(layer.neurons for layer in work.layers) * work.steps * work.presentations
    ends = [
        value
        for each in profile.inferred
        for value in (each.low.value_J * (synaptic + updates), each.high.value_J * synaptic)
    ]
    return InferredBand(min(ends), max(ends), tuple(each.workload for each in profile.inferred))


def asks_for_products(work: NetworkWork, profile: Profile) -> bool:
    """Whether a network is all products, and a device runs spikes that carry no number."""
    limits = profile.limits
    graded = limits is not None and bool(limits.payload_bit)
    spikes = any(layer.spiking for layer in work.layers)
    return profile.meta.kind == "spiking" and not graded and not spikes
