"""Convolutions in a netx file: kernels that all places share, as lava-dl's layout has them.

====================== ===================================================================================
/layer/0               type "input", shape (C, H, W): of what arrives, where the first layer convolves
/layer/i               type "conv", shape (O, H, W), inChannels, outChannels, kernelSize, stride, padding,
                       dilation, groups, weight (O, C/groups, h, w), bias (O,), or (W, H, O) at borders
/layer/i               type "flatten": between planes and a layer that everything reaches
====================== ===================================================================================

Kernels, and values that are flattened, lie as neuroff has them; lava-dl turns both when it loads them, and
takes its input as (W, H, C). It has no pools: means of windows are sums on the chip, and what follows them
is a convolution whose kernel holds each weight as often as a window has values.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

import numpy as np
import torch
from torch import Tensor

from neuroff.chip.checks import MAX_WEIGHTS, MAX_WIDTH
from neuroff.chip.synapses import ChipSynapses
from neuroff.chip.windows import Windows
from neuroff.chip.windows_file import windows_read
from neuroff.core.synapses.planes import Planes
from neuroff.errors import ExportError, shortened
from neuroff.exchange.nir.fields import array, pair, whole
from neuroff.hdf5.tree import Tree

FIELDS: Final = frozenset(
    {"inChannels", "outChannels", "kernelSize", "stride", "padding", "dilation", "groups"}
)
"""Of a convolution, beside those of every layer."""


def without_pool(synapses: ChipSynapses) -> ChipSynapses | None:
    """Return synapses that sum no windows first, or ``None`` where a convolution says not the same.

    Rows that fill no window are dropped, and would lie where a padded kernel finds nothing.
    """
    windows = synapses.windows
    if windows is None or synapses.sign != "mixed":  # lava's Conv clears no bits
        return None
    down, across = windows.pool
    planes, padding = windows.planes, windows.padding
    left_over = (planes.height % down and padding[0]) or (planes.width % across and padding[1])
    if down != across or left_over:
        return None
    kernel = synapses.weight.repeat_interleave(down, 2).repeat_interleave(across, 3)
    around = (down * padding[0], across * padding[1])
    merged = Windows(planes, windows.stride * down, around, windows.groups)
    return replace(synapses, weight=kernel, windows=merged)


def told_of_planes(first: ChipSynapses | None) -> tuple[str, ...]:
    """Return a note on how the input lies where the first layer, of `without_pool`, convolves."""
    if first is None or first.windows is None:
        return ()
    high, wide = first.windows.planes.shape[1:]
    return (
        f"its input has the shape ({wide}, {high}, {first.windows.planes.channels}): columns first, in lava",
    )


def leaving(synapses: ChipSynapses) -> Planes | None:
    """Return the planes of the neurons behind a kernel, ``None`` behind a matrix."""
    return None if synapses.windows is None else synapses.windows.conv(synapses.weight).leaving


def arriving(planes: Planes) -> dict[str, Any]:
    """Return the layer that says how the input lies."""
    return {"type": kind("input"), "shape": np.array(planes.shape)}


def written(synapses: ChipSynapses, bias: Tensor) -> dict[str, Any]:
    """Return the fields of a convolution.

    Args:
        synapses: of `without_pool`.
        bias: ``(N,)``, as mantissas.
    """
    windows, planes = synapses.windows, leaving(synapses)
    assert windows is not None
    assert planes is not None
    of_neuron = bias.view(planes.shape)
    of_channel = of_neuron[:, 0, 0]
    alike = bool((of_neuron == of_channel[:, None, None]).all())
    return {
        "type": kind("conv"),
        "shape": np.array(planes.shape),
        "inChannels": windows.planes.channels,
        "outChannels": planes.channels,
        "kernelSize": np.array(synapses.weight.shape[2:]),
        "stride": np.array((windows.stride, windows.stride)),
        "padding": np.array(windows.padding),
        "dilation": np.array((1, 1)),
        "groups": windows.groups,
        "weight": synapses.weight.cpu().numpy(),
        "bias": (of_channel if alike else of_neuron.permute(2, 1, 0)).contiguous().cpu().numpy(),
    }


def read_planes(fields: Tree, where: str) -> Planes:
    """Return how the input lies.

    Raises:
        ExportError: if that is no shape of planes.
    """
    shape = array(fields, "shape", where)
    fits = shape.size == 3 and shape.dtype.kind in "iu" and bool(((shape > 0) & (shape <= MAX_WIDTH)).all())
    planes = Planes(*map(int, shape.ravel())) if fits else None
    if planes is None or planes.size > MAX_WIDTH:
        raise ExportError(f"a shape {shape.tolist()[:4]}", where=where, expected="channels, height and width")
    return planes


def read(fields: Tree, where: str, planes: Planes) -> tuple[Tensor, Windows, Tensor]:
    """Return the kernel of a convolution, where it lies, and the biases ``(N,)``.

    Args:
        fields: of the layer.
        where: names it.
        planes: what arrives.

    Raises:
        ExportError: if the fields do not belong together, or are of a kind that lava-dl alone has.
    """
    kernel = integers(fields, "weight", where, 4)
    stride, padding = pair(fields, "stride", where), pair(fields, "padding", where)
    if stride[0] != stride[1] or pair(fields, "dilation", where) != (1, 1):
        raise ExportError(
            "strides of two sizes, or a dilation", where=where, expected="one stride, dilation 1"
        )
    _, windows = windows_read(
        {
            "kernel": list(kernel.shape),
            "planes": list(planes.shape),
            "stride": [stride[0]],
            "padding": list(padding),
            "groups": [whole(fields, "groups", where)],
            "pool": [1, 1],
        },
        where,
    )
    found = windows.conv(kernel).leaving
    shape = array(fields, "shape", where).ravel().tolist()
    if shape != list(found.shape) or found.size > MAX_WIDTH:
        raise ExportError(f"a shape {shape[:4]}", where=where, expected=f"{found}, of a moderate size")
    return kernel, windows, _bias(fields, where, found)


def _bias(fields: Tree, where: str, planes: Planes) -> Tensor:
    if "bias" not in fields:
        return torch.zeros(planes.size, dtype=torch.int32)
    turned = planes.shape[::-1]
    given = array(fields, "bias", where)
    bias = integers(fields, "bias", where, given.ndim)
    if tuple(bias.shape) == (planes.channels,):
        return bias.repeat_interleave(planes.height * planes.width)
    if tuple(bias.shape) != turned:
        raise ExportError(
            f"biases of shape {tuple(bias.shape)}", where=where, expected=f"({planes.channels},) or {turned}"
        )
    return bias.permute(2, 1, 0).flatten()


def kind(name: str) -> np.ndarray[Any, Any]:
    """Return a layer's type as lava-dl writes it."""
    return np.array([name.encode()], dtype="S10")


def read_kind(fields: Tree, where: str) -> str:
    """Return a layer's type: a text, or the only one of an array.

    Raises:
        ExportError: if it is neither.
    """
    found = fields.get("type")
    kind = found.ravel()[0] if isinstance(found, np.ndarray) and found.size == 1 else found
    if not isinstance(kind, str):
        raise ExportError(f"type {shortened(found)}", where=where, expected="a text")
    return kind


def integers(fields: Tree, name: str, where: str, axes: int) -> Tensor:
    """Return whole numbers of so many axes, int32.

    Raises:
        ExportError: if they are none, or too many or too large.
    """
    numbers = array(fields, name, where)
    if numbers.ndim != axes or not 1 <= numbers.size <= MAX_WEIGHTS:
        raise ExportError(f"{name} of shape {numbers.shape}", where=where, expected=f"{axes} axes")
    if numbers.dtype.kind == "f":  # lava-dl writes whole numbers in floating point
        if (
            not np.isfinite(numbers).all()
            or (numbers != np.round(numbers)).any()
            or abs(numbers).max() > 2**24
        ):
            raise ExportError(f"{name} that is not whole", where=where, expected="finite whole numbers")
    elif int(numbers.max()) > 2**24 or int(numbers.min()) < -(2**24):
        raise ExportError(f"{name} beyond 24 bits", where=where, expected="numbers of 24 bits")
    return torch.from_numpy(numbers.astype(np.int32))
