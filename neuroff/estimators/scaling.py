"""Features of any scale as shares of their range, and back into the first layer's weights.

A network learns features z = (x − mean) / deviation, each on its own scale; what is left of it afterwards
takes shares u = (x − low) / span, which lie in [0, 1] on the training rows, as pixels do. The change of
variables is in the weights, exactly: W z + b = (W span/deviation) u + (b + W (low − mean)/deviation).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from neuroff.core.network import Network
from neuroff.core.synapses import Dense

Array = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Scaling:
    """Range, mean and deviation of every feature of the training rows; each array is ``(D,)``.

    A feature that never varies has a span and a deviation of one.
    """

    low: Array
    span: Array
    mean: Array
    deviation: Array

    @classmethod
    def of(cls, rows: Array, weight: Array | None = None) -> Scaling:
        """Return the scaling of rows ``(B, D)``; a row of weight w counts like w rows."""
        shares = np.full(len(rows), 1.0 / len(rows)) if weight is None else weight / weight.sum()
        seen = rows if weight is None else rows[weight > 0]
        low, high = seen.min(0), seen.max(0)
        constant = high == low
        mean = np.where(constant, low, shares @ rows)
        variance = shares @ np.square(rows - mean)
        return cls(low, np.where(constant, 1.0, high - low), mean, np.where(constant, 1.0, np.sqrt(variance)))

    def shares(self, rows: Array) -> torch.Tensor:
        """Return u ``(B, D)``, float64; outside [0, 1] where a row leaves the range of the training rows."""
        return torch.from_numpy((rows - self.low) / self.span)

    def standardised(self, rows: Array) -> torch.Tensor:
        """Return z ``(B, D)``, float64."""
        return torch.from_numpy((rows - self.mean) / self.deviation)

    def for_shares(self, network: Network) -> Network:
        """Return the network that does with u what a network does with z."""
        return self._rescaled(network, self.span / self.deviation, (self.low - self.mean) / self.deviation)

    def for_standardised(self, network: Network) -> Network:
        """Return the network that does with z what a network does with u; undoes `for_shares`."""
        return self._rescaled(network, self.deviation / self.span, (self.mean - self.low) / self.span)

    def to_dict(self) -> dict[str, list[float]]:
        """Return the arrays for JSON."""
        return {name: getattr(self, name).tolist() for name in ("low", "span", "mean", "deviation")}

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> Scaling:
        """Rebuild what `to_dict` returned.

        Raises:
            TypeError, ValueError: if it is something else.
        """
        arrays = {name: np.asarray(entry, dtype=np.float64) for name, entry in values.items()}
        found = cls(**arrays)
        if len({array.shape for array in arrays.values()}) > 1 or found.low.ndim != 1:
            raise ValueError("scaling of several lengths")
        if not all(np.isfinite(array).all() for array in arrays.values()):
            raise ValueError("scaling that is not finite")
        if not (found.span > 0).all() or not (found.deviation > 0).all():
            raise ValueError("a span or a deviation that is not above 0")
        return found

    @staticmethod
    def _rescaled(network: Network, factor: Array, shift: Array) -> Network:
        own = network.asking.own_inputs  # a label's inputs, which stand in front, are no features
        factor, shift = np.concatenate((np.ones(own), factor)), np.concatenate((np.zeros(own), shift))
        weight, bias = (each.double() for each in network.layers[0].synapses.affine())
        moved = bias + weight @ torch.from_numpy(shift)
        synapses = Dense(
            (weight * torch.from_numpy(factor)).to(network.precision), moved.to(network.precision)
        )
        first = network.layers[0].with_synapses(synapses)
        return replace(network, layers=(first, *network.layers[1:]))
