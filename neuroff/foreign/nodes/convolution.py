"""Convolution over one or two axes: Conv1d, Conv2d."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

import torch
from torch import Tensor
from torch.nn import functional

from neuroff.errors import ExportError, shortened
from neuroff.foreign.nodes.numbers import numbers, whole_numbers
from neuroff.foreign.nodes.protocol import Fitted, Shape, State, require_moderate, size, words
from neuroff.hdf5.tree import Tree


@dataclass(frozen=True)
class Kernel:
    """How a kernel moves over its input; a number for each axis.

    Attributes:
        stride: of the kernel.
        before: zeros put before the values.
        after: zeros put behind them.
        dilation: distance of neighbouring weights.
        groups: of channels, which do not meet.
    """

    stride: Shape
    before: Shape
    after: Shape
    dilation: Shape
    groups: int = 1

    def outputs(self, inputs: Shape, weight: Shape) -> Shape:
        """Return the lengths of what comes out.

        Raises:
            ExportError: if the kernel is longer than its input.
        """
        found = tuple(
            (length + before + after - dilation * (width - 1) - 1) // stride + 1
            for length, before, after, dilation, width, stride in zip(
                inputs, self.before, self.after, self.dilation, weight, self.stride, strict=True
            )
        )
        if min(found) < 1:
            raise ExportError(
                f"a kernel of {words(weight)} on values of {words(inputs)}", expected="a smaller kernel"
            )
        return found

    def padded(self, values: Tensor) -> Tensor:
        """Return values with their zeros around."""
        sides = [
            pad for pair in zip(reversed(self.before), reversed(self.after), strict=True) for pad in pair
        ]
        return functional.pad(values, sides) if any(sides) else values


@dataclass(frozen=True)
class Convolution:
    """A convolution.

    Attributes:
        inputs: channels and lengths; ``(C, L)`` or ``(C, H, W)``.
        outputs: the same of what comes out.
        weight: ``(C_out, C / groups, …)`` float64.
        bias: ``(C_out,)``, or None.
        kernel: how it moves.
    """

    has_index: ClassVar[bool] = True
    inputs: Shape
    outputs: Shape
    weight: Tensor
    bias: Tensor | None
    kernel: Kernel

    def start(self, samples: int) -> State:
        """Nothing is remembered."""
        return ()

    def step(self, arriving: Tensor, state: State) -> tuple[Tensor, State]:
        """Return ``(B, *outputs)``."""
        move = self.kernel
        values = move.padded(arriving.reshape(arriving.shape[0], *self.inputs))
        convolved = functional.conv1d if self.weight.ndim == 3 else functional.conv2d
        return convolved(values, self.weight, self.bias, move.stride, 0, move.dilation, move.groups), state

    def connections(self, *, stored: bool) -> Convolution:
        """Return the convolution with ones for weights."""
        held = torch.ones_like(self.weight) if stored else self.weight.ne(0).double()
        return replace(self, weight=held, bias=None)


@dataclass(frozen=True)
class UnfittedConvolution:
    """A convolution of a file.

    Attributes:
        weight: of it.
        bias: of it.
        kernel: how it moves.
        shape: lengths that the file names; empty where it names none.
    """

    weight: Tensor
    bias: Tensor | None
    kernel: Kernel
    shape: Shape

    def fit(self, arriving: Shape) -> Fitted:
        """Take channels and lengths; the axis of a single channel may be missing."""
        channels, axes = self.weight.shape[1] * self.kernel.groups, self.weight.ndim - 2
        inputs, note = arriving, ""
        if len(arriving) != axes + 1:
            inputs = (channels, *self.shape) if self.shape else (channels, *arriving)
            note = f"values of shape {words(arriving)} are read as {words(inputs)}"
        if len(inputs) != axes + 1 or inputs[0] != channels or size(inputs) != size(arriving):
            raise ExportError(
                f"values of shape {words(arriving)} reach a convolution of {channels} channels over {axes} "
                f"ax{'is' if axes == 1 else 'es'}",
                expected=f"{channels} channels and {axes} length{'s' if axes > 1 else ''}",
            )
        lengths = self.kernel.outputs(inputs[1:], tuple(self.weight.shape[2:]))
        outputs = require_moderate((self.weight.shape[0], *lengths))
        return Fitted(Convolution(inputs, outputs, self.weight, self.bias, self.kernel), note)


def read_convolution(axes: int, fields: Tree, where: str) -> UnfittedConvolution:
    """Read a Conv1d or Conv2d.

    Raises:
        ExportError: naming what does not make one.
    """
    weight = numbers(fields, "weight", where)
    if weight.ndim != axes + 2 or 0 in weight.shape:
        raise ExportError(
            f"weights of shape {tuple(weight.shape)}",
            where=where,
            expected=f"{axes + 2} axes: channels out, channels in, {'length' if axes == 1 else 'lengths'}",
        )
    bias = numbers(fields, "bias", where).reshape(-1) if "bias" in fields else None
    if bias is not None and bias.numel() not in (1, weight.shape[0]):
        raise ExportError(
            f"{bias.numel()} biases for {weight.shape[0]} channels", where=where, expected="one for each"
        )
    (groups,) = whole_numbers(fields, "groups", where, 1, 1, 1)
    if weight.shape[0] % groups:
        raise ExportError(
            f"{weight.shape[0]} channels in {groups} groups", where=where, expected="groups of one size"
        )
    dilation = whole_numbers(fields, "dilation", where, axes, 1, 1)
    shape: Shape = ()
    if "input_shape" in fields and not isinstance(fields["input_shape"], str):  # a text stands for none
        shape = whole_numbers(fields, "input_shape", where, axes, 0, 1)
    before, after = _padding(fields, where, tuple(weight.shape[2:]), dilation)
    kernel = Kernel(whole_numbers(fields, "stride", where, axes, 1, 1), before, after, dilation, groups)
    return UnfittedConvolution(
        weight, None if bias is None else bias.expand(weight.shape[0]).clone(), kernel, shape
    )


def _padding(fields: Tree, where: str, width: Shape, dilation: Shape) -> tuple[Shape, Shape]:
    found = fields.get("padding")
    if isinstance(found, str):
        if found == "valid":
            return (0,) * len(width), (0,) * len(width)
        if found == "same":
            total = tuple(step * (each - 1) for step, each in zip(dilation, width, strict=True))
            before = tuple(each // 2 for each in total)
            return before, tuple(each - first for each, first in zip(total, before, strict=True))
        raise ExportError(f"padding {shortened(found)}", where=where, expected="'same', 'valid' or numbers")
    padding = whole_numbers(fields, "padding", where, len(width), 0, 0)
    return padding, padding
