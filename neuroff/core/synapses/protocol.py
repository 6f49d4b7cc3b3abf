"""What a layer's synapses have to offer, whatever they are made of.

Networks, local rules, counting, chips and exports are written against this page alone. D inputs reach N
neurons; a class that derives from `Synapses` inherits what follows from full connectivity.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol, Self

import torch
from torch import Tensor

from neuroff.core.signal import Signal

Change = Callable[[Tensor], Tensor]


def unchanged(tensor: Tensor) -> Tensor:
    """Return the tensor itself."""
    return tensor


class Synapses(Protocol):
    """A layer's synapses and its neurons' biases."""

    @property
    def inputs(self) -> int:
        """D, how many values the layer receives."""
        ...

    @property
    def neurons(self) -> int:
        """N, how many neurons it drives."""
        ...

    def tensors(self) -> dict[str, Tensor]:
        """Return every tensor by name; training moves them in place."""
        ...

    def learned(self) -> dict[str, Tensor]:
        """Return the tensors that gradients move, all of them unless said otherwise."""
        return self.tensors()

    def settle(self, gradient: Mapping[str, Tensor]) -> None:
        """Move in place what is not moved by gradients, after a batch; by default there is nothing.

        Args:
            gradient: sums over the batch, by the names of `tensors`.
        """
        return

    def with_tensors(self, tensors: Mapping[str, Tensor]) -> Self:
        """Return the same synapses with other tensors, of the names and shapes of `tensors`."""
        ...

    def mapped(self, weight: Change = unchanged, bias: Change = unchanged) -> Self:
        """Return synapses whose weights and biases are functions, element by element, of these."""
        ...

    def affine(self) -> tuple[Tensor, Tensor]:
        """Return the matrix ``(N, D)`` and biases ``(N,)`` that say the same; chips and files take them."""
        ...

    def drive(self, signal: Signal, precision: torch.dtype) -> Tensor:
        """Return the input of each neuron, ``gain · (W values) + b``.

        Args:
            signal: values ``(…, B, D)``.
            precision: type of the products' factors; see `neuroff.core.signal.product`.

        Returns:
            ``(…, B, N)``, owned by the caller.
        """
        ...

    @property
    def is_linear(self) -> bool:
        """Whether the drive is linear in what arrives, so that `affine` says the same."""
        return True

    @property
    def sample_scalars(self) -> int:
        """Numbers of each sample's own that every neuron hears at every step beside its inputs."""
        return 0

    def linear_part(self, signal: Signal) -> tuple[Signal, Synapses]:
        """Return what is shown to linear synapses, and these: together they drive what all of it does.

        Traces of an input over time stand for the input there, and nowhere before.
        """
        return signal, self

    def add_bias_gradient(
        self, gradient: Mapping[str, Tensor], post: Tensor, trace: Tensor | None = None
    ) -> None:
        """Add to the biases' gradient.

        Args:
            gradient: sums by the names of `tensors`, added to in place.
            post: ``(…, B, N)``, modulated sensitivity.
            trace: what stands for the bias's input of one, a scalar.
        """
        ...

    def add_weight_gradient(
        self, gradient: Mapping[str, Tensor], post: Tensor, pre: Signal, precision: torch.dtype
    ) -> None:
        """Add the local gradient pre × post, summed over samples and time.

        Args:
            gradient: sums by the names of `tensors`, added to in place.
            post: ``(…, B, N)``, modulated sensitivity; consumed.
            pre: values ``(…, B, D)``.
            precision: type of the products' factors.
        """
        ...

    def add_unit_gradient(self, gradient: Mapping[str, Tensor], units: Tensor, post: Tensor) -> None:
        """Add what the first inputs alone contribute to the weights' gradient.

        Args:
            gradient: sums by the names of `tensors`, added to in place.
            units: ``(R, K)``, values of the first K inputs.
            post: ``(R, N)``.
        """
        ...

    def unit_drives(self, count: int) -> Tensor:
        """Return what a value of one at each of the first ``count`` inputs drives, ``(count, N)``."""
        return self.affine()[0][:, :count].T.contiguous()

    @property
    def takes_bytes(self) -> bool:
        """Whether it takes spikes as bytes too, and makes numbers of them where there are fewer."""
        return False

    @property
    def connections(self) -> int:
        """Number of synapses that exist."""
        return self.inputs * self.neurons

    @property
    def products(self) -> int:
        """Multiply-accumulates of a pass over analog values, zeros included."""
        return self.connections

    @property
    def weights(self) -> int:
        """Number of different weights; fewer than `connections` where synapses share them."""
        return self.connections

    @property
    def connects_all(self) -> bool:
        """Whether every input reaches every neuron."""
        return True

    def fan_out(self) -> Tensor:
        """Return how many neurons each input reaches, ``(D,)`` int64."""
        device = next(iter(self.tensors().values())).device
        return torch.full((self.inputs,), self.neurons, device=device)

    def zero_fan_out(self) -> Tensor:
        """Return how many of them by a weight of zero, ``(D,)`` int64."""
        return self.affine()[0].eq(0).sum(0) - (self.neurons - self.fan_out())

    def reached(self, ones: Tensor) -> Tensor:
        """Return which neurons ``(…, B, N)``, bool, an input that is not zero reaches.

        Args:
            ones: ``(…, B, D)``, zero where nothing arrives.
        """
        return ones.ne(0).any(-1, keepdim=True).expand(*ones.shape[:-1], self.neurons)

    def reaching(self, ones: Tensor) -> int:
        """Return how many neurons each sample of `reached` reaches, added up."""
        return int(self.reached(ones).sum())
