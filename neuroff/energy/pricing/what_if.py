"""What a prediction would cost with fewer spikes, more steps, or narrower weights."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any, Final

from neuroff.energy.pricing.beside import nominal_or_none, with_spikes
from neuroff.energy.pricing.deployment import Placed, deploy
from neuroff.energy.profile.schema import Profile
from neuroff.energy.work import LayerWork, NetworkWork


@dataclass(frozen=True, slots=True)
class WhatIf:
    """The same network, one thing changed, on one device.

    Attributes:
        change: in words.
        placed: what it costs.
    """

    change: str
    placed: Placed

    def to_dict(self) -> dict[str, Any]:
        """Return plain data."""
        return {
            "change": self.change,
            "fits": self.placed.fits,
            "energy_J": nominal_or_none(self.placed),
            "latency_s": self.placed.latency_s,
        }


def with_steps(work: NetworkWork, factor: int) -> NetworkWork:
    """Return the network shown for a multiple of its steps, its spikes going on as they were."""
    return replace(
        work,
        steps=work.steps * factor,
        layers=tuple(_longer(layer, factor) for layer in work.layers),
        outside=tuple(factor * amount for amount in work.entering),
    )


CHANGES: Final[Mapping[str, Callable[[NetworkWork, int], tuple[NetworkWork, int]]]] = MappingProxyType(
    {
        "firing rates × 0.5": lambda work, bits: (with_spikes(work, 0.5), bits),
        "steps × 2": lambda work, bits: (with_steps(work, 2), bits),
        "weights of half the bits": lambda work, bits: (work, max(bits // 2, 1)),
    }
)
"""By what is changed: the work and the bits of a weight, in and out."""


def what_ifs(work: NetworkWork, profile: Profile, weight_bit: int) -> tuple[WhatIf, ...]:
    """Return the network with one thing changed at a time.

    Args:
        work: the network.
        profile: the device.
        weight_bit: bits of a stored weight on it.
    """
    found = []
    for change, apply in CHANGES.items():
        changed, bits = apply(work, weight_bit)
        limits = profile.limits
        least = limits.weight_min_bit if limits is not None else None
        if least is None or bits >= least:
            found.append(WhatIf(change, deploy(changed, profile, weight_bit=bits)))
    return tuple(found)


def _longer(layer: LayerWork, factor: int) -> LayerWork:
    def times(amounts: tuple[float, ...]) -> tuple[float, ...]:
        return amounts * factor

    def more(amounts: tuple[float, ...] | None) -> tuple[float, ...] | None:
        return None if amounts is None else tuple(factor * amount for amount in amounts)

    return replace(
        layer,
        received=times(layer.received),
        events=times(layer.events),
        zero_events=times(layer.zero_events),
        spikes=times(layer.spikes),
        active=times(layer.active),
        products=layer.products * factor,
        zero_products=layer.zero_products * factor,
        adds=layer.adds * factor,
        spikes_of=more(layer.spikes_of),
    )
