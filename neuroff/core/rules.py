"""The local three-factor rule: presynaptic values × postsynaptic sensitivity × one broadcast modulator.

    ∂L_l/∂W_l = Σ_b m_b Σ_t (dG/dI_t)_b ⊗ x_{b,t},      ∂L_l/∂b_l = Σ_b m_b Σ_t (dG/dI_t)_b

with I_t = W x_t + b the drive and x_t what reached the layer, gain included (NetworkFF, eqs. 3 and 8, written
out). Nothing else enters: no other layer's weights, no error from above, and no automatic differentiation.
``post`` below is the product of the last two factors.

Theory: (11).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import torch
from torch import Tensor

from neuroff.core.layer import Layer
from neuroff.core.signal import Signal
from neuroff.core.synapses import Synapses

LearningRule = Literal["batch", "online_end", "online_step"]


@dataclass
class LayerGradient:
    """Sums over the samples seen so far, added to in place.

    Attributes:
        synapses: gradients of the synapses' tensors, by name.
        gamma: scalar, the gradient of the layer's collaboration strength.
        neuron: scalars, gradients of the learned numbers of its neurons, by name.
    """

    synapses: dict[str, Tensor]
    gamma: Tensor
    neuron: dict[str, Tensor] = field(default_factory=dict)

    @classmethod
    def of(cls, layer: Layer) -> LayerGradient:
        """Return an empty sum for a layer."""
        empty = {name: torch.zeros_like(tensor) for name, tensor in layer.synapses.tensors().items()}
        return cls(empty, torch.zeros_like(layer.gamma))

    def add(self, more: LayerGradient) -> None:
        """Add a sum over other samples."""
        for name, total in self.synapses.items():
            total += more.synapses[name]
        self.gamma += more.gamma
        for name, derivative in more.neuron.items():
            self.neuron[name] = self.neuron[name] + derivative if name in self.neuron else derivative


def add_gradient(
    gradient: LayerGradient,
    post: Tensor,
    pre: Signal,
    synapses: Synapses,
    precision: torch.dtype,
    *,
    bias_trace: Tensor | None = None,
) -> None:
    """Add the samples of one chunk to a layer's gradient; for the first layer, see `Asking.add_gradient`.

    Args:
        gradient: the sums to add to.
        post: ``(…, B, N)`` modulated sensitivity; consumed.
        pre: the layer's input, values ``(…, B, D)``.
        synapses: the layer's.
        precision: type of the products' factors.
        bias_trace: what stands for the bias's input of one, where ``pre`` is a trace; a scalar.
    """
    synapses.add_bias_gradient(gradient.synapses, post, bias_trace)
    synapses.add_weight_gradient(gradient.synapses, post, pre, precision)


def add_neuron_gradient(
    gradient: LayerGradient, influence: Mapping[str, Tensor], activity_gradient: Tensor
) -> None:
    """Add the samples of one chunk to the gradient of learned numbers of a layer's neurons.

    Args:
        gradient: the sums to add to.
        influence: derivative of the activity by each number, ``(B, N)``.
        activity_gradient: derivative of the loss by the activity, ``(B, N)``, modulator included.
    """
    for name, derivative in influence.items():
        total = (derivative * activity_gradient).sum()
        gradient.neuron[name] = gradient.neuron[name] + total if name in gradient.neuron else total
