"""Which neurons have something to do at a step, as chips count it."""

from __future__ import annotations

import torch
from torch import Tensor

from neuroff.core.network import Network
from neuroff.core.signal import Signal


def left_over(network: Network, index: int, output: Tensor, reached: Tensor) -> Tensor:
    """Return which neurons have something to do, ``(T, K·B, N)`` bool.

    Input, a bias, a spike, or a potential that earlier steps have left: what SANA-FE and Loihi call an active
    update. Once something was added to a potential, by a weight of zero too, it counts until a spike
    resets it to zero, and not even then where a synaptic current goes on; with β = 0 for a step. A spike of
    adaptive neurons raises a threshold, which sinks in every step from then on.

    Args:
        network: the network.
        index: of the layer.
        output: its spikes, ``(T, K·B, N)``.
        reached: where an input arrives, ``(T, K·B, N)``, or ``(T, K·B, 1)`` where it does at all or none.
    """
    synapses, population = network.layers[index].synapses, network.population_of(index)
    adapts = getattr(population, "strength", 0.0) > 0.0
    population = getattr(population, "lif", population)  # of adaptive neurons
    silence = Signal(output.new_zeros(1, synapses.inputs))
    biased = synapses.drive(silence, network.precision)[0].ne(0)
    goes_on = bool(torch.as_tensor(getattr(population, "alpha", 0.0)).ne(0).any())
    keeps = goes_on or bool(torch.as_tensor(getattr(population, "beta", 1.0)).ne(0).any())
    empties = getattr(population, "reset", "subtract") == "zero" and not goes_on
    fired = output.ne(0)
    active = torch.empty_like(fired)
    charged = fired.new_full(fired.shape[1:], bool(getattr(population, "start", 0.0)))
    raised = torch.zeros_like(charged)
    for step, spikes in enumerate(fired):
        fresh = biased | reached[step]
        active[step] = charged | fresh | spikes
        charged = active[step] if keeps else fresh.expand_as(spikes)
        if empties:
            charged = charged & ~spikes
        if adapts:
            raised |= spikes
            charged = charged | raised
    return active
