"""What spikes on the way through a layer's synapses have to offer to `EventEngine`, whatever the synapses."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

import numpy as np
from torch import Tensor

from neuroff.core.signal import Signal


class Arriving(Protocol):
    """Spikes on the way through a layer's synapses, by kernels."""

    def forward(self) -> tuple[Any, tuple[Any, ...]]:
        """Return the kernel that answers them, and its arguments between neurons and readout."""
        ...

    def learn(self, gradient: Mapping[str, Tensor], neuron: Any, back: tuple[Any, Any, Any]) -> None:
        """Add the local gradient of the layer's synapses.

        Args:
            gradient: sums by the names of the synapses' tensors, added to.
            neuron: a `neuroff.kernels.membrane.Neuron`.
            back: slopes, spikes and the gradient's share of a step, as kernels take them.
        """
        ...


def gains(pre: Signal) -> Any:
    """Return the gain of every sample, and step where there are steps: ``(B,)`` or ``(T, B)`` float32."""
    shape = pre.values.shape[:-1]
    if pre.gain is None:
        return np.ones(shape, np.float32)
    return np.ascontiguousarray(pre.gain.float().expand(shape).numpy())
