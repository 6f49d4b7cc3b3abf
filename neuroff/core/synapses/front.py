"""Something fixed in front of other synapses: what they receive is made of what arrives.

`Pooled`, `Standardised`, `GroupNormalised` and `LabelPlane` derive from this page. No gradient passes to what
arrives, so it is enough to say what is shown to the synapses behind, or what their weights become.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Self

import torch
from torch import Tensor

from neuroff.checks import require_able
from neuroff.core.signal import Signal
from neuroff.core.synapses.protocol import Change, Synapses, unchanged


@dataclass(frozen=True)
class Front(Synapses):
    """Synapses behind a front; what derives from it says `shown`, `inputs`, `affine` and what is counted.

    Attributes:
        behind: what receives what is shown.

    Raises:
        ConfigError: if that are no synapses.
    """

    behind: Synapses

    def __post_init__(self) -> None:
        require_able("behind", self.behind, "drive", where=type(self).__name__, expected="synapses")

    def shown(self, signal: Signal) -> Signal:
        """Return what the synapses behind receive of a signal ``(…, B, D)``."""
        raise NotImplementedError

    @property
    def neurons(self) -> int:
        """N."""
        return self.behind.neurons

    def tensors(self) -> dict[str, Tensor]:
        """Return those of the synapses behind."""
        return self.behind.tensors()

    def learned(self) -> dict[str, Tensor]:
        """Return what gradients move of the synapses behind."""
        return self.behind.learned()

    @property
    def is_linear(self) -> bool:
        """Whether the synapses behind are."""
        return self.behind.is_linear

    @property
    def sample_scalars(self) -> int:
        """Those of the synapses behind."""
        return self.behind.sample_scalars

    def linear_part(self, signal: Signal) -> tuple[Signal, Synapses]:
        """Return the signal and these synapses where they are linear, else what the part behind has."""
        return (signal, self) if self.is_linear else self.behind.linear_part(self.shown(signal))

    def settle(self, gradient: Mapping[str, Tensor]) -> None:
        """Settle the synapses behind."""
        self.behind.settle(gradient)

    def with_tensors(self, tensors: Mapping[str, Tensor]) -> Self:
        """Return the same front before the same synapses with other tensors."""
        return replace(self, behind=self.behind.with_tensors(tensors))

    def mapped(self, weight: Change = unchanged, bias: Change = unchanged) -> Self:
        """Return the same front before mapped synapses."""
        return replace(self, behind=self.behind.mapped(weight, bias))

    def drive(self, signal: Signal, precision: torch.dtype) -> Tensor:
        """Return what is driven by what is shown, ``(…, B, N)``."""
        return self.behind.drive(self.shown(signal), precision)

    def add_bias_gradient(
        self, gradient: Mapping[str, Tensor], post: Tensor, trace: Tensor | None = None
    ) -> None:
        """Add to the biases' gradient."""
        self.behind.add_bias_gradient(gradient, post, trace)

    def add_weight_gradient(
        self, gradient: Mapping[str, Tensor], post: Tensor, pre: Signal, precision: torch.dtype
    ) -> None:
        """Add post × what is shown of pre."""
        self.behind.add_weight_gradient(gradient, post, self.shown(pre), precision)

    def add_unit_gradient(self, gradient: Mapping[str, Tensor], units: Tensor, post: Tensor) -> None:
        """Add what the first inputs contribute: values that are zero but for them."""
        values = units.new_zeros(units.shape[0], self.inputs)
        values[:, : units.shape[1]] = units
        self.behind.add_unit_gradient(gradient, self.shown(Signal(values)).values, post)

    @property
    def connections(self) -> int:
        """Number of pairs of an input and a neuron that it reaches."""
        return int(self.fan_out().sum())

    @property
    def weights(self) -> int:
        """Number of weights of the synapses behind."""
        return self.behind.weights

    @property
    def connects_all(self) -> bool:
        """Whether every input reaches every neuron."""
        return self.behind.connects_all


@dataclass(frozen=True)
class OneForOne(Front):
    """A front that shows as many values as arrive, each made of the one in its place."""

    @property
    def inputs(self) -> int:
        """D."""
        return self.behind.inputs

    @property
    def connections(self) -> int:
        """Number of synapses behind."""
        return self.behind.connections

    @property
    def products(self) -> int:
        """Multiply-accumulates of analog values with weights."""
        return self.behind.products

    def fan_out(self) -> Tensor:
        """Return how many neurons each input reaches by a weight, ``(D,)`` int64."""
        return self.behind.fan_out()

    def zero_fan_out(self) -> Tensor:
        """Return how many of them by a weight of zero, ``(D,)`` int64."""
        return self.behind.zero_fan_out()
