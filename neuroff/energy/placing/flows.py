"""Spikes from layer to layer, as they leave cores and reach cores.

Between two layers every spike of a source slice goes to the same set of cores, so the traffic between n and m
cores is n numbers times m numbers and no matrix is needed. Where weights are stored in sparse format a core
is reached only if it holds a target: with N neurons, n of them on the core, and f synapses per input, that
has the probability 1 − C(N − n, f) / C(N, f), taken as 1 − (1 − n / N)^f.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from neuroff.energy.placing.resources import Slices
from neuroff.energy.work import LayerWork, NetworkWork


@dataclass(frozen=True)
class Flow:
    """Spikes of one layer on their way to another, per sample.

    Attributes:
        sources: core of each slice of the layer.
        spikes: spikes that leave each of them.
        targets: core of each slice of the other layer.
        reached: probability that a spike goes to each of those.
    """

    sources: NDArray[np.int64]
    spikes: NDArray[np.float64]
    targets: NDArray[np.int64]
    reached: NDArray[np.float64]


def flows(work: NetworkWork, slices: Slices) -> tuple[Flow, ...]:
    """Return the flow from layer to layer; spikes of a layer that feeds none stay where they are.

    Args:
        work: the network and its spikes.
        slices: where its neurons are.
    """
    parts = [slices.of(index) for index in range(len(work.layers))]
    return tuple(
        Flow(
            parts[source].core,
            sent(work.layers[source], parts[source]),
            parts[target].core,
            reached(work.layers[target], parts[target]),
        )
        for source, target in work.wiring
        if work.layers[source].spiking
    )


def sent(layer: LayerWork, parts: Slices) -> NDArray[np.float64]:
    """Return the spikes that each slice of a layer emits."""
    if layer.spikes_of is None:
        return np.asarray(parts.neurons / layer.neurons * math.fsum(layer.spikes), dtype=np.float64)
    before = np.concatenate(([0.0], np.cumsum(np.asarray(layer.spikes_of, dtype=np.float64))))
    return np.asarray(before[parts.start + parts.neurons] - before[parts.start], dtype=np.float64)


def reached(layer: LayerWork, parts: Slices) -> NDArray[np.float64]:
    """Return the probability that an input of a layer has a target in each of its slices."""
    share = parts.neurons / layer.neurons
    if layer.weight_format == "dense":
        return np.ones_like(share)
    fan_out = layer.synapses / layer.inputs
    return np.asarray(-np.expm1(fan_out * np.log1p(-np.minimum(share, 1 - 1e-15))), dtype=np.float64)
