"""The nearest numbers that the chip stores: weights, biases, thresholds."""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import Tensor

from neuroff.chip.neurons import MAX_BIAS_EXPONENT, MAX_BIAS_MANTISSA, MAX_THRESHOLD
from neuroff.chip.numbers import ALIGN_BITS
from neuroff.chip.synapses import stored as chip_stored
from neuroff.chip.synapses import weight_range, weight_step
from neuroff.errors import ExportError
from neuroff.foreign.fixed.sums import IntegerSums
from neuroff.foreign.fixed.terms import Terms
from neuroff.foreign.nodes.convolution import Convolution
from neuroff.foreign.nodes.firing import Firing
from neuroff.foreign.nodes.protocol import Node
from neuroff.foreign.nodes.weights import Matrix, Scale


def scaled_weight(node: Node, gain: Tensor, name: str) -> Tensor:
    """Return a node's weights times what neurons multiply their input by."""
    if isinstance(node, Matrix):
        return node.weight * gain.reshape(-1)[:, None]
    if isinstance(node, Scale):
        return node.scale * gain
    if isinstance(node, Convolution):
        channels = gain.reshape(node.outputs).flatten(1)
        if not bool((channels == channels[:, :1]).all()):
            raise ExportError(
                "neurons of one channel that differ in r or τ",
                where=f"node {name!r}",
                expected="one gain a channel: its weights are shared",
            )
        return node.weight * channels[:, 0].reshape(-1, *[1] * (node.weight.ndim - 1))
    raise ExportError(
        f"weights of {type(node).__name__}", where=f"node {name!r}", expected="a matrix or kernel"
    )


def stored(whole: Tensor, bits: int) -> Tensor:
    """Return the nearest weights that the chip stores, whole numbers as float64."""
    step = weight_step(bits, "mixed")
    low, high = weight_range(bits, "mixed")
    nearest = (torch.round(whole / step) * step).clamp(low, high)
    return chip_stored(nearest.to(torch.int32), bits, "mixed").double()


def integer_node(node: Node, weight: Tensor, exponent: int) -> tuple[Node, Tensor | None]:
    """Return a node of integers without a bias, and the bias that it had, in the shape of its output."""
    if isinstance(node, Matrix):
        return IntegerSums(replace(node, weight=weight, bias=None), exponent), node.bias
    if isinstance(node, Scale):
        return IntegerSums(replace(node, scale=weight), exponent), None
    assert isinstance(node, Convolution)
    bias = (
        None
        if node.bias is None
        else node.bias.reshape(-1, *[1] * (len(node.outputs) - 1)).expand(node.outputs)
    )
    return IntegerSums(replace(node, weight=weight, bias=None), exponent), bias


def whole_bias(values: Tensor) -> Tensor:
    """Return the nearest biases that a mantissa of 13 bits and an exponent of 3 make."""
    found = torch.round(values)
    for exponent in range(1, MAX_BIAS_EXPONENT + 1):
        coarse = torch.round(values / 2**exponent) * 2**exponent
        found = torch.where(found.abs() > MAX_BIAS_MANTISSA * 2 ** (exponent - 1), coarse, found)
    most = MAX_BIAS_MANTISSA * 2**MAX_BIAS_EXPONENT
    return found.clamp(-most, most)


def whole_firing(firing: Firing | None, terms: Terms, unit: float) -> Firing | None:
    """Return when neurons fire in integers: above a threshold whose last six bits are zero."""
    if firing is None or terms.threshold is None:
        return None
    exact = terms.threshold * unit / 2**ALIGN_BITS
    mantissa = torch.floor(exact) if firing.fires == "exceeded" else torch.ceil(exact) - 1
    mantissa = mantissa.clamp(0, MAX_THRESHOLD)
    threshold = mantissa * 2**ALIGN_BITS
    value = torch.round((firing.value - terms.rest) * unit)
    taken = None
    if firing.reset == "subtract":
        off = firing.threshold if firing.taken is None else firing.taken
        taken = (torch.round(off * unit / 2**ALIGN_BITS) * 2**ALIGN_BITS).expand(threshold.shape)
    return Firing(
        threshold, value.expand(threshold.shape), firing.reset, firing.late, taken=taken, most=firing.most
    )


def rounded(node: Node, bits: int) -> Node:
    """Return weights that are read out, rounded, in their own unit."""
    assert isinstance(node, Matrix | Convolution | Scale)
    weight = node.scale if isinstance(node, Scale) else node.weight
    top = float(weight.abs().max())
    if not top > 0:
        return node
    unit = weight_range(bits, "mixed")[1] / top
    rounded = stored(weight * unit, bits) / unit
    return replace(node, scale=rounded) if isinstance(node, Scale) else replace(node, weight=rounded)
