"""One layer's parameters, and how they are drawn."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor

from neuroff.rng import generator


@dataclass(frozen=True)
class Layer:
    """Parameters of one layer.

    Attributes:
        weight: ``(N, D)``.
        bias: ``(N,)``.
        gamma: γ_l, a scalar, the layer's collaboration strength.
        neuron: learned numbers of its neurons, scalars, by name (`neuroff.core.neurons.NeuronParameter`).
    """

    weight: Tensor
    bias: Tensor
    gamma: Tensor
    neuron: Mapping[str, Tensor] = field(default_factory=dict)

    def tensors(self) -> dict[str, Tensor]:
        """Return every parameter by name."""
        return {"weight": self.weight, "bias": self.bias, "gamma": self.gamma, **self.neuron}

    def to(self, device: torch.device | str) -> Layer:
        """Return the layer on a device."""
        moved = {name: tensor.to(device) for name, tensor in self.tensors().items()}
        return Layer(moved.pop("weight"), moved.pop("bias"), moved.pop("gamma"), moved)


def initial_layers(widths: Sequence[int], seed: int, gamma: float, dtype: torch.dtype) -> tuple[Layer, ...]:
    """Draw weights and biases uniformly from ±1/√D, as PyTorch's linear layer does.

    Args:
        widths: input width and the widths of all layers.
        seed: seed of the run; each layer has its own stream.
        gamma: initial collaboration strength of every layer.
        dtype: type of the parameters.
    """
    layers = []
    for index, (inputs, neurons) in enumerate(itertools.pairwise(widths)):
        stream = generator(seed, "init", index)
        bound = 1.0 / math.sqrt(inputs)
        uniform = torch.rand(neurons, inputs + 1, generator=stream, dtype=dtype).mul_(2 * bound).sub_(bound)
        weight, bias = uniform[:, :-1].contiguous(), uniform[:, -1].contiguous()
        layers.append(Layer(weight, bias, torch.tensor(gamma, dtype=dtype)))
    return tuple(layers)
