"""Weights and shapes of PyTorch's own modules."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import torch
from torch import Tensor

from neuroff.errors import ExportError
from neuroff.foreign.modules.part import Part, plain
from neuroff.foreign.nodes.convolution import Kernel, UnfittedConvolution
from neuroff.foreign.nodes.passing import UnfittedFlatten
from neuroff.foreign.nodes.pooling import UnfittedPool
from neuroff.foreign.nodes.protocol import Shape, Unfitted
from neuroff.foreign.nodes.weights import UnfittedMatrix


def wide(values: Tensor | None) -> Tensor | None:
    """Return a parameter as float64; None where there is none."""
    return None if values is None else values.detach().cpu().to(torch.float64).clone()


def matrix(module: Any) -> UnfittedMatrix:
    """Return the weights of a Linear."""
    return UnfittedMatrix(module.weight.detach().cpu().double().clone(), wide(module.bias))


def linear(module: Any, dt_s: float) -> Part:
    """Return the part of a Linear."""
    return plain("Linear" if module.bias is None else "Affine", matrix(module))


def convolution(module: Any, dt_s: float) -> Part:
    """Return the part of a Conv1d or Conv2d."""
    axes = module.weight.ndim - 2
    if module.padding_mode != "zeros":
        raise ExportError(f"padding with {module.padding_mode}", expected="padding with zeros")
    dilation = _each(module.dilation, axes)
    if module.padding == "same":
        total = tuple(d * (k - 1) for d, k in zip(dilation, module.weight.shape[2:], strict=True))
        before = tuple(each // 2 for each in total)
        after = tuple(each - first for each, first in zip(total, before, strict=True))
    else:
        before = after = _each(0 if module.padding == "valid" else module.padding, axes)
    kernel = Kernel(_each(module.stride, axes), before, after, dilation, module.groups)
    weight = module.weight.detach().cpu().double().clone()
    return plain(f"Conv{axes}d", UnfittedConvolution(weight, wide(module.bias), kernel, ()))


def mean_pool(module: Any, dt_s: float) -> Part:
    """Return the part of an AvgPool2d."""
    padding = _each(module.padding, 2)
    if (
        module.ceil_mode
        or module.divisor_override is not None
        or (any(padding) and not module.count_include_pad)
    ):
        raise ExportError(
            "AvgPool2d with ceil_mode, divisor_override or padding that does not count",
            expected="a mean over whole windows",
        )
    window = _each(module.kernel_size, 2)
    stride = window if module.stride is None else _each(module.stride, 2)
    return plain("AvgPool2d", UnfittedPool(window, Kernel(stride, padding, padding, (1, 1)), mean=True))


def flatten(module: Any, dt_s: float) -> Part:
    """Return the part of a Flatten, whose axes count that of the samples."""
    if module.start_dim == 0:
        raise ExportError("Flatten from axis 0", expected="the axis of samples to be kept")
    first = module.start_dim - 1 if module.start_dim > 0 else module.start_dim
    last = module.end_dim - 1 if module.end_dim > 0 else module.end_dim
    return plain("Flatten", UnfittedFlatten(first, last))


def with_norm(node: Unfitted, module: Any) -> Unfitted:
    """Return weights with the batch normalisation behind them folded in.

    Raises:
        ExportError: if there are no weights to fold it into, or it has no running statistics.
    """
    if not isinstance(node, UnfittedMatrix | UnfittedConvolution):
        raise ExportError(f"{type(module).__name__} behind no weights", expected="it behind Linear or Conv")
    if module.running_mean is None:
        raise ExportError(
            f"{type(module).__name__} without running statistics", expected="track_running_stats=True"
        )
    mean, variance = module.running_mean.double().cpu(), module.running_var.double().cpu()
    gain = torch.rsqrt(variance + module.eps)
    shift = -mean * gain
    if module.affine:
        gain, shift = (
            gain * module.weight.detach().double().cpu(),
            shift * module.weight.detach().double().cpu(),
        )
        shift = shift + module.bias.detach().double().cpu()
    bias = torch.zeros_like(shift) if node.bias is None else node.bias
    scaled = node.weight * gain.reshape(-1, *[1] * (node.weight.ndim - 1))
    return replace(node, weight=scaled, bias=bias * gain + shift)


def _each(value: int | tuple[int, ...], axes: int) -> Shape:
    return (value,) * axes if isinstance(value, int) else tuple(int(each) for each in value)
