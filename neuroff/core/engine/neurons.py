"""Neurons as `neuroff.kernels` take them: which they know, their numbers, and room for what they keep."""

from __future__ import annotations

from typing import Any, TypeGuard

import numpy as np
from torch import Tensor

from neuroff.core.neurons.adaptive import AdaptiveLIF
from neuroff.core.neurons.lif import LIF
from neuroff.core.neurons.parameters import NEURON_PARAMETERS
from neuroff.core.neurons.population import Population
from neuroff.core.neurons.step import LIFDynamics


def is_known(population: Population) -> TypeGuard[LIF | AdaptiveLIF]:
    """Whether the kernels know these neurons; not those derived from them, which may do anything else."""
    return type(population) in (LIF, AdaptiveLIF) and type(_plain(population)) in (LIF, LIFDynamics)


def _plain(population: Population) -> Any:
    """Return neurons without their adaptation."""
    return population.lif if isinstance(population, AdaptiveLIF) else population


def numbers_of(population: LIF | AdaptiveLIF) -> Any:
    """Return their numbers, a `neuroff.kernels.membrane.Neuron`."""
    from neuroff.kernels.membrane import Neuron
    from neuroff.kernels.surrogate import SURROGATES

    def single(value: float | Tensor) -> np.float32:
        return np.float32(float(value))

    lif: LIFDynamics = _plain(population)
    strength, decay = 0.0, 0.0
    if isinstance(population, AdaptiveLIF):
        strength, decay = population.strength, population.decay
    return Neuron(
        beta=single(lif.beta),
        alpha=single(lif.alpha),
        threshold=single(lif.threshold),
        start=single(lif.start),
        cuts=lif.reset == "zero",
        refractory=lif.refractory,
        surrogate=SURROGATES.index(lif.surrogate),
        steepness=single(lif.steepness),
        trace_decay=single(lif.trace_decay),
        strength=single(strength),
        decay=single(decay),
    )


def room_beside(population: LIF | AdaptiveLIF, neurons: int, followed: Any) -> tuple[Any, Any]:
    """Return a `neuroff.kernels.membrane.Memory` and a `neuroff.kernels.tangent.Tangent`, for one thread.

    There are three machine codes, not nine: neurons with nothing but a potential, all others, and those that
    learn.

    Args:
        population: the neurons.
        neurons: how many of them.
        followed: ``(3, B, neurons)`` float32, where the activities' derivatives by the neurons' numbers go;
            ``None`` where none is learned.
    """
    from neuroff.kernels.membrane import Memory
    from neuroff.kernels.tangent import room_for

    lif: LIFDynamics = _plain(population)
    adapts = isinstance(population, AdaptiveLIF)
    if followed is None and not (lif.filters or lif.refractory or adapts):
        return Memory(), None
    current, adaptation = np.empty((2, neurons), np.float32)
    memory = Memory(current, np.empty(neurons, np.int32), adaptation)
    if followed is None:
        return memory, None
    return memory, room_for(followed, [name in lif.learned for name in NEURON_PARAMETERS])
