"""A layer's synapses as nodes: convolutions and pools of means where they can stand, else one matrix."""

from __future__ import annotations

from torch import Tensor

from neuroff.chip.checks import FloatArray
from neuroff.core.synapses import Conv, Pooled, Standardised, Synapses
from neuroff.exchange.graph.nodes import AffineNode
from neuroff.exchange.graph.planar import ConvNode, PoolNode


def nodes_of(synapses: Synapses, *, in_planes: bool) -> tuple[AffineNode | ConvNode | PoolNode, ...]:
    """Return what does as the synapses do, in the order of computation.

    Numbers of standardised channels are in weights and biases. Labels that reach a convolution as a plane of
    their own have no equivalent: there, and above it, weights are the matrices that shared ones unroll to.

    Args:
        synapses: of one layer.
        in_planes: whether what arrives lies in planes: the image's, or those of a convolution below.
    """
    if in_planes:
        if isinstance(synapses, Pooled):
            behind = nodes_of(synapses.behind, in_planes=True)
            return (PoolNode(synapses.planes, synapses.window), *behind)
        if isinstance(synapses, Standardised):
            return nodes_of(synapses.folded(), in_planes=True)
        if isinstance(synapses, Conv):
            weight, bias = as_numbers(synapses.weight), as_numbers(synapses.bias)
            return (
                ConvNode(weight, bias, synapses.planes, synapses.stride, synapses.padding, synapses.groups),
            )
    return (AffineNode(*map(as_numbers, synapses.affine())),)


def as_numbers(tensor: Tensor) -> FloatArray:
    """Return a tensor's numbers."""
    numbers: FloatArray = tensor.detach().cpu().numpy()
    return numbers
