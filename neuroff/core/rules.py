"""The local three-factor rule: presynaptic values × postsynaptic sensitivity × one broadcast modulator.

    ∂L_l/∂W_l = Σ_b m_b Σ_t (dG/dI_t)_b ⊗ x_{b,t},      ∂L_l/∂b_l = Σ_b m_b Σ_t (dG/dI_t)_b

with I_t = W x_t + b the drive and x_t what reached the layer, gain included (NetworkFF, eqs. 3 and 8, written
out). Nothing else enters: no other layer's weights, no error from above, and no automatic differentiation.
``post`` below is the product of the last two factors.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import torch
from torch import Tensor

from neuroff.core.signal import LabelledSignal, Signal, label_slots

LearningRule = Literal["batch", "online_end", "online_step"]


@dataclass
class LayerGradient:
    """Sums over the samples seen so far, added to in place.

    Attributes:
        weight: ``(N, D)``.
        bias: ``(N,)``.
        gamma: scalar, the gradient of the layer's collaboration strength.
        neuron: scalars, gradients of the learned numbers of its neurons, by name.
    """

    weight: Tensor
    bias: Tensor
    gamma: Tensor
    neuron: dict[str, Tensor] = field(default_factory=dict)

    @classmethod
    def zeros_like(cls, weight: Tensor, bias: Tensor) -> LayerGradient:
        """Return an empty sum for a layer."""
        return cls(torch.zeros_like(weight), torch.zeros_like(bias), weight.new_zeros(()))


def add_gradient(
    gradient: LayerGradient,
    post: Tensor,
    pre: Signal,
    precision: torch.dtype,
    *,
    bias_trace: Tensor | None = None,
) -> None:
    """Add the samples of one chunk to a layer's gradient.

    Args:
        gradient: the sums to add to.
        post: ``(…, B, N)`` modulated sensitivity; consumed.
        pre: the layer's input, values ``(…, B, D)``.
        precision: type of the products' factors.
        bias_trace: what stands for the bias's input of one, where ``pre`` is a trace; a scalar.
    """
    _add_bias(gradient, post, bias_trace)
    _add_product(gradient.weight, post, pre, precision)


def add_labelled_gradient(
    gradient: LayerGradient,
    post: Tensor,
    pre: LabelledSignal,
    labels: Tensor,
    precision: torch.dtype,
    *,
    bias_trace: Tensor | None = None,
) -> None:
    """Add the samples of one chunk to the first layer's gradient.

    All K presentations of an image share its pixels, so their postsynaptic factors are added up before the
    one product with the pixels; only the label columns are treated one by one.

    Args:
        gradient: the sums to add to.
        post: ``(…, K·B, N)`` modulated sensitivity, ordered as `neuroff.core.signal.add_labels` does;
            consumed.
        pre: the images' signal.
        labels: ``(K, B)``.
        precision: type of the products' factors.
        bias_trace: see `add_gradient`.
    """
    _add_bias(gradient, post, bias_trace)
    copies, samples = labels.shape
    split = post.view(*post.shape[:-2], copies, samples, post.shape[-1])
    label = pre.label
    if split.ndim == 4:  # (T, K, B, N): the label column's values over time meet the factors over time
        at_label = (split * label[:, None, :, None]).sum(0)
        label = torch.ones_like(label[0])
    else:
        at_label = split
    slots = label_slots(LabelledSignal(pre.image, label, pre.classes), labels, post.dtype)
    # the thin side first: four times as quick as its transpose
    gradient.weight[:, : pre.classes].add_((slots.flatten(0, 1).T @ at_label.flatten(0, 1)).T)
    shared = split[..., 0, :, :]
    for k in range(1, copies):
        shared = shared.add_(split[..., k, :, :])
    _add_product(gradient.weight, shared, pre.image, precision)


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


def _add_bias(gradient: LayerGradient, post: Tensor, trace: Tensor | None) -> None:
    total = post.flatten(0, -2).sum(0)
    gradient.bias.add_(total if trace is None else total.mul_(trace))


def _add_product(total: Tensor, post: Tensor, pre: Signal, precision: torch.dtype) -> None:
    """Add postᵀ · pre, summed over samples and time; the gain goes to the smaller side."""
    if pre.gain is not None:
        post = post.mul_(pre.gain[..., None])
    rows, columns = post.flatten(0, -2), pre.values.flatten(0, -2)
    if precision == torch.bfloat16:
        total.add_(rows.to(precision).T @ columns.to(precision))
    else:
        total.addmm_(rows.T, columns)
