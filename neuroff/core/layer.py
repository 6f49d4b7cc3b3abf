"""One layer: its synapses, its collaboration strength, the learned numbers of its neurons."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import torch
from torch import Tensor

from neuroff.checks import require_able
from neuroff.core.checks import require_tensor
from neuroff.core.synapses import Synapses, initial_dense
from neuroff.core.synapses.protocol import Change, unchanged
from neuroff.rng import generator
from neuroff.shown import Shown


@dataclass(frozen=True, repr=False)
class Layer(Shown):
    """What one layer learns.

    Attributes:
        synapses: how values become the drive of its neurons.
        gamma: γ_l, a scalar, the layer's collaboration strength.
        neuron: learned numbers of its neurons, scalars, by name (`neuroff.core.neurons.NeuronParameter`).

    Raises:
        ConfigError: if the synapses are none; ShapeError: if γ is no scalar tensor.
    """

    synapses: Synapses
    gamma: Tensor
    neuron: Mapping[str, Tensor] = field(default_factory=dict)

    def __post_init__(self) -> None:
        require_able("synapses", self.synapses, "drive", where="Layer", expected="synapses, such as Dense")
        require_tensor("gamma", self.gamma, where="Layer", expected="of no axes, a scalar", ndim=0)

    def tensors(self) -> dict[str, Tensor]:
        """Return every parameter by name."""
        return {**self.synapses.tensors(), "gamma": self.gamma, **self.neuron}

    def with_tensors(self, tensors: Mapping[str, Tensor]) -> Layer:
        """Return the layer with other parameters, of the names of `tensors`."""
        synapses = {name: tensors[name] for name in self.synapses.tensors()}
        neuron = {name: tensors[name] for name in self.neuron}
        return Layer(self.synapses.with_tensors(synapses), tensors["gamma"], neuron)

    def to(self, device: torch.device | str) -> Layer:
        """Return the layer on a device."""
        return self.with_tensors({name: tensor.to(device) for name, tensor in self.tensors().items()})

    def copied(self) -> Layer:
        """Return the layer with parameters of its own."""
        return self.with_tensors({name: tensor.clone() for name, tensor in self.tensors().items()})

    def mapped(self, weight: Change = unchanged, bias: Change = unchanged) -> Layer:
        """Return the layer with functions of its weights and biases in their place."""
        return replace(self, synapses=self.synapses.mapped(weight, bias))

    def with_synapses(self, synapses: Synapses) -> Layer:
        """Return the layer with other synapses."""
        return replace(self, synapses=synapses)


def initial_layers(widths: Sequence[int], seed: int, gamma: float, dtype: torch.dtype) -> tuple[Layer, ...]:
    """Draw dense layers; see `neuroff.core.synapses.initial_dense`.

    Args:
        widths: input width and the widths of all layers.
        seed: seed of the run; each layer has its own stream.
        gamma: initial collaboration strength of every layer.
        dtype: type of the parameters.
    """
    return tuple(
        Layer(
            initial_dense(inputs, neurons, generator(seed, "init", index), dtype),
            torch.tensor(gamma, dtype=dtype),
        )
        for index, (inputs, neurons) in enumerate(itertools.pairwise(widths))
    )
