"""Convolutions and pools of a file that neuroff wrote."""

from __future__ import annotations

import numpy as np

from neuroff.chip.checks import FloatArray
from neuroff.core.synapses import Planes
from neuroff.errors import ExportError
from neuroff.exchange.graph.planar import ConvNode, PoolNode
from neuroff.exchange.nir.fields import array, group, pair, weights, whole
from neuroff.hdf5.tree import Tree


def conv_node(fields: Tree, where: str) -> ConvNode:
    """Read a Conv2d.

    Raises:
        ExportError: if it is not one that neuroff writes.
    """
    weight, groups = _grouped(fields, where)
    down, across = pair(fields, "stride", where)
    if weight.ndim != 4 or groups < 1 or min(down, across) < 1:
        raise ExportError(
            f"weights of {weight.ndim} axes, {groups} groups, a stride of {down}, {across}",
            where=where,
            expected="four axes, and numbers above 0",
        )
    padding = pair(fields, "padding", where)
    if down != across or pair(fields, "dilation", where) != (1, 1) or min(padding) < 0:
        raise ExportError(
            f"strides {down} and {across}, padding {padding}, or weights apart",
            where=where,
            expected="one stride, padding of at least 0, no dilation: a file as neuroff wrote it",
        )
    planes = Planes(weight.shape[1] * groups, *pair(fields, "input_shape", where))
    return ConvNode(weight, weights(fields, "bias", where), planes, down, padding, groups)


def row_node(fields: Tree, where: str) -> ConvNode:
    """Read a Conv1d, as a convolution of planes of height one.

    Raises:
        ExportError: if it is not one that neuroff writes.
    """
    weight, groups = _grouped(fields, where)
    length, stride, padding, dilation = (
        whole(fields, name, where) for name in ("input_shape", "stride", "padding", "dilation")
    )
    if weight.ndim != 3 or min(groups, stride, length) < 1 or padding < 0 or dilation != 1:
        raise ExportError(
            f"weights of {weight.ndim} axes, {groups} groups, a stride of {stride}, padding {padding}, "
            f"dilation {dilation} on a length of {length}",
            where=where,
            expected="three axes, numbers above 0, padding of at least 0, no dilation",
        )
    planes = Planes(weight.shape[1] * groups, 1, length)
    kernel = weight[:, :, None, :]
    return ConvNode(kernel, weights(fields, "bias", where), planes, stride, (0, padding), groups)


def pool_node(fields: Tree, where: str, *, mean: bool) -> PoolNode:
    """Read a pool.

    Raises:
        ExportError: if it is not one that neuroff writes.
    """
    window = pair(fields, "kernel_size", where)
    if pair(fields, "stride", where) != window or pair(fields, "padding", where) != (0, 0):
        raise ExportError(
            "windows that overlap, leave gaps or are padded",
            where=where,
            expected="a file as neuroff wrote it",
        )
    shape = array(group(fields, "metadata", where), "planes", where)
    if shape.size != 3 or shape.dtype.kind not in "iu":
        raise ExportError(f"{shape.size} planes", where=where, expected="channels, height and width")
    return PoolNode(Planes(*(int(length) for length in shape.ravel())), window, mean)


def _grouped(fields: Tree, where: str) -> tuple[FloatArray, int]:
    """Return weights ``(O, C/groups, …)`` and how many groups: as the node says, or as neuroff's numbers do.

    Raises:
        ExportError: if there are weights between the groups, or channels are no whole groups.
    """
    weight, groups = weights(fields, "weight", where), whole(fields, "groups", where)
    own = fields.get("metadata")
    if not isinstance(own, dict) or "groups" not in own or weight.ndim < 2:
        return weight, groups
    count = whole(own, "groups", where)
    if groups != 1 or count < 1 or weight.shape[0] % count or weight.shape[1] % count:
        raise ExportError(
            f"{count} groups of {weight.shape[1]} channels that lead to {weight.shape[0]}",
            where=where,
            expected="whole groups: a file as neuroff wrote it",
        )
    blocks = weight.reshape(count, -1, count, weight.shape[1] // count, *weight.shape[2:])
    each = np.arange(count)
    if _between(blocks).any():
        raise ExportError("weights between groups", where=where, expected="zeros: a file as neuroff wrote it")
    return blocks[each, :, each].reshape(weight.shape[0], -1, *weight.shape[2:]), count


def _between(blocks: FloatArray) -> FloatArray:
    """Return the weights ``(G, O/G, G, C/G, …)`` from one group to another, those within zero."""
    left = blocks.copy()
    each = np.arange(len(blocks))
    left[each, :, each] = 0.0
    return left
