"""A spiking network and its dense twin on the same device, and where the two would cost the same."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

from neuroff.energy.pricing.deployment import Placed, deploy
from neuroff.energy.pricing.ranking import prices_work
from neuroff.energy.pricing.twin import dense_twin
from neuroff.energy.profile.schema import Profile
from neuroff.energy.work import LayerWork, NetworkWork

TWIN_BITS = {"int8": 8, "float32": 32}
"""Number formats of the twins, with the bits of a weight in memory."""

_ROUNDS = 50
_CLOSE = 1e-6  # of the twin's energy
_MOST = 1e6  # times as many spikes; beyond, the twin is never reached


@dataclass(frozen=True, slots=True)
class Twin:
    """A dense network beside the one that was counted, on one device.

    Attributes:
        dtype: its number format.
        deployment: what it costs, memory included.
        ratio: nominal energy of the counted network over the twin's; None unless both price their arithmetic.
        break_even: synaptic events per product of the twin at which both cost the same; None where no
            number of events does that, 0 where the twin is cheaper even without an event.
    """

    dtype: str
    deployment: Placed
    ratio: float | None
    break_even: float | None

    def to_dict(self) -> dict[str, Any]:
        """Return plain data."""
        return {
            "dtype": self.dtype,
            "energy_J": nominal_or_none(self.deployment),
            "ratio": self.ratio,
            "break_even_spikes_per_synapse": self.break_even,
            "estimate": None if self.deployment.estimate is None else self.deployment.estimate.to_dict(),
        }


def twins(work: NetworkWork, placed: Placed, profile: Profile, *, label_columns: int = 0) -> tuple[Twin, ...]:
    """Return the dense twins that a device prices, int8 first; a dense network is not its own twin.

    Args:
        work: the counted network.
        placed: its deployment on the device.
        profile: the device.
        label_columns: of `dense_twin`.
    """
    found = []
    dense = not any(layer.spiking for layer in work.layers)
    for dtype, bits in TWIN_BITS.items():
        if dense and dtype == work.dtype:
            continue  # the network is its own twin
        twin = deploy(dense_twin(work, dtype=dtype, label_columns=label_columns), profile, weight_bit=bits)
        if not prices_arithmetic(twin):
            continue
        if placed.estimate is None or twin.estimate is None or not prices_arithmetic(placed):
            found.append(Twin(dtype, twin, None, None))
            continue
        aim = twin.estimate.total_J.nominal
        even = _break_even(work, profile, aim, placed.placement.weight_bit)
        each = spikes_per_synapse(work, label_columns=label_columns)
        found.append(
            Twin(
                dtype,
                twin,
                placed.estimate.total_J.nominal / aim if aim else None,
                None if even is None or each is None else even * each,
            )
        )
    return tuple(found)


def prices_arithmetic(placed: Placed) -> bool:
    """Whether a deployment prices all products and events with weights, and all neuron updates."""
    if placed.estimate is None or not prices_work(placed.estimate):
        return False
    carrying = ("macs_", "synaptic_events", "neuron_updates")
    return not any(entry.count.startswith(carrying) for entry in placed.estimate.unpriced)


def spikes_per_synapse(work: NetworkWork, *, label_columns: int = 0) -> float | None:
    """Return synaptic events per product that a dense layer does in their place; None without spikes.

    Where every label takes a whole pass these are the events of a synapse in one presentation of T steps: the
    crossover metric of Dampfhoffer et al. (IEEE TETCI 7(3), 2023) and of Davidson and Furber (Front.
    Neurosci. 15, 2021).

    Args:
        work: the network and its events.
        label_columns: of `dense_twin`.
    """
    twin = dense_twin(work, label_columns=label_columns)
    pairs = [(layer, dense) for layer, dense in zip(work.layers, twin.layers, strict=True) if layer.events]
    if not pairs:
        return None
    return math.fsum(math.fsum(layer.events) for layer, _ in pairs) / sum(d.products for _, d in pairs)


def with_spikes(work: NetworkWork, factor: float) -> NetworkWork:
    """Return the network with a multiple of its spikes; no more neurons are active than there are."""
    outside = None if work.outside is None else tuple(factor * amount for amount in work.outside)
    layers = tuple(_scaled(work, layer, factor) for layer in work.layers)
    return replace(work, layers=layers, outside=outside)


def nominal_or_none(placed: Placed) -> dict[str, float] | None:
    """Return low, nominal and high energy, or None where nothing of the network's work has a price."""
    energy = None if placed.estimate is None else placed.estimate.energy_J
    return None if energy is None else energy.to_dict()


def _break_even(work: NetworkWork, profile: Profile, aim_J: float, weight_bit: int) -> float | None:
    """Return the multiple of the spikes that costs as much as the twin; None where there is none.

    Energy is close to a straight line in the number of spikes (only waiting for the slowest core and idle
    neurons bend it), so the line through the ends of the bracket finds it in a few steps.
    """
    if not math.fsum(event for layer in work.layers for event in layer.events):
        return None
    low, below = 0.0, _energy_J(work, profile, 0.0, weight_bit) - aim_J
    if below >= 0:
        return 0.0
    high, above = 1.0, _energy_J(work, profile, 1.0, weight_bit) - aim_J
    while above < 0:
        if high > _MOST:
            return None
        low, below, high = high, above, 10 * high
        above = _energy_J(work, profile, high, weight_bit) - aim_J
    for _ in range(_ROUNDS):
        guess = high - above * (high - low) / (above - below)
        found = _energy_J(work, profile, guess, weight_bit) - aim_J
        if abs(found) <= _CLOSE * aim_J:
            return guess
        # An end that stays is given half its weight, without which it would stay for good (Illinois rule).
        if found < 0:
            low, below, above = guess, found, above / 2
        else:
            high, above, below = guess, found, below / 2
    return (low + high) / 2


def _energy_J(work: NetworkWork, profile: Profile, factor: float, weight_bit: int) -> float:
    priced = deploy(with_spikes(work, factor), profile, weight_bit=weight_bit).estimate
    return math.inf if priced is None else priced.total_J.nominal


def _scaled(work: NetworkWork, layer: LayerWork, factor: float) -> LayerWork:
    if not layer.spiking:
        return layer

    def times(amounts: tuple[float, ...]) -> tuple[float, ...]:
        return tuple(factor * amount for amount in amounts)

    most = layer.neurons * work.presentations
    # A constant current keeps every neuron active, however many spikes there are.
    active = layer.active if layer.products else tuple(min(amount, most) for amount in times(layer.active))
    return replace(
        layer,
        received=layer.received if layer.products else times(layer.received),
        events=times(layer.events),
        zero_events=times(layer.zero_events),
        spikes=times(layer.spikes),
        active=active,
        spikes_of=None if layer.spikes_of is None else times(layer.spikes_of),
    )
