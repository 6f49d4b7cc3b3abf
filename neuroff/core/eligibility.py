"""How an input acts on the potential of a spiking neuron, step by step: the eligibility of its synapses.

A trace per input that follows the input x_t, gain included, as the potential does:

    ε_t = β ε_{t−1} + y_t,     y_t = α y_{t−1} + x_t

It is what a layer that learns while its spikes run keeps of the past (`neuroff.core.lockstep`). One trace for
all neurons is exact where the reset subtracts and no neuron is refractory. Elsewhere it leaves out that a
reset to zero or a refractory step cuts off what earlier input did to the potential: it credits input from
before the last spike. A trace per synapse, which is exact always, is the tests' oracle
(``tests/core/synapse_traces.py``); the gradients' angle to it is measured there too.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch
from torch import Tensor

from neuroff.core.neurons.adaptive import AdaptiveLIF
from neuroff.core.neurons.lif import LIF
from neuroff.core.neurons.population import Population
from neuroff.core.neurons.step import LIFDynamics


def uncut(neurons: Population) -> Population:
    """Return neurons whose gradient passes every reset and refractory step.

    Σ_t p_t ε_t over a presentation, with traces ε that all neurons share, is Σ_t q_t x_t, with q_t the
    sensitivity of these neurons: what the traces credit, looking back. Neurons of other kinds stay.
    """
    if isinstance(neurons, AdaptiveLIF):
        return replace(neurons, lif=replace(neurons.lif, reset="subtract", refractory=0))
    return replace(neurons, reset="subtract", refractory=0) if isinstance(neurons, LIF) else neurons


@dataclass(frozen=True)
class InputTrace:
    """How an input acts on the potential of a neuron that is never reset.

    Attributes:
        current: y_t, any shape.
        potential: ε_t, of the same shape.
    """

    current: Tensor
    potential: Tensor

    @classmethod
    def empty(cls, like: Tensor) -> InputTrace:
        """Return the trace before the first step."""
        return cls(torch.zeros_like(like), torch.zeros_like(like))

    def advance(self, lif: LIFDynamics, value: Tensor) -> InputTrace:
        """Return the trace after one more step with input x_t."""
        current = self.current * lif.alpha + value if lif.filters else value
        return InputTrace(current, self.potential * lif.beta + current)
