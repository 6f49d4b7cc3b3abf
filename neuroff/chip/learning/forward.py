"""A layer through a whole presentation at once, with the bits of the chip that goes step by step.

Sums of weights and potentials are whole numbers below 2²⁴, where float32 is exact. So products and, where
nothing leaks, potentials are computed in float32; what comes out is `neuron_step`'s, to the bit.
"""

from __future__ import annotations

import torch
from torch import Tensor

from neuroff.chip.neurons import ChipNeurons, neuron_step, neurons_at_start
from neuroff.chip.numbers import ALIGN_BITS, STATE_LIMIT

_EXACT_AXONS = 2**24 // 256


def drive_of(spikes: Tensor, weight: Tensor) -> Tensor:
    """Return Σ_j s_j w_ji, whole numbers ``(T, B, N)`` in a floating-point type that holds them.

    Args:
        spikes: ``(T, B, D)``, zeros and ones.
        weight: ``(D, N)`` int32, of magnitude at most 256.
    """
    exact = torch.float32 if weight.shape[0] <= _EXACT_AXONS else torch.float64
    firing = spikes.any(0).any(0).nonzero()[:, 0]
    if 4 * len(firing) < 3 * weight.shape[0]:  # copying pays where a quarter of the axons is silent
        spikes, weight = spikes.index_select(2, firing), weight.index_select(0, firing)
    sums: Tensor = spikes.to(exact).flatten(0, 1) @ weight.to(exact)
    return sums.view(*spikes.shape[:2], weight.shape[1])


def driven(neurons: ChipNeurons, drive: Tensor) -> Tensor:
    """Return the spikes ``(T, B, N)`` uint8 of neurons that receive ``drive`` ``(T, B, N)``.

    Neurons have no synaptic current, no bias and no refractory period, and start at zero.
    """
    spikes = torch.empty(drive.shape, dtype=torch.uint8)
    least, most = torch.aminmax(drive)
    wraps = max(-float(least), float(most)) * 2**ALIGN_BITS >= STATE_LIMIT
    if neurons.voltage_decay or wraps:
        resting = neurons_at_start(neurons, drive.shape[1])
        for step, arriving in enumerate(drive):
            resting, spikes[step] = neuron_step(neurons, resting, arriving.to(torch.int32))
        return spikes
    voltage = torch.zeros_like(drive[0])
    for step, arriving in enumerate(drive):
        voltage.add_(arriving, alpha=1 << ALIGN_BITS).clamp_(1 - STATE_LIMIT, STATE_LIMIT - 1)
        fired = voltage > neurons.threshold
        voltage.masked_fill_(fired, 0)
        spikes[step] = fired
    return spikes
