"""Sums and means over windows: SumPool2d, AvgPool2d."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor
from torch.nn import functional

from neuroff.errors import ExportError
from neuroff.foreign.nodes.convolution import Kernel
from neuroff.foreign.nodes.numbers import whole_numbers
from neuroff.foreign.nodes.protocol import Fitted, Shape, State, require_moderate, words
from neuroff.hdf5.tree import Tree


@dataclass(frozen=True)
class Pool:
    """A sum over windows, times a number: one for a sum, one over the window for a mean.

    Zeros around the values count for a mean, as they do for PyTorch's ``AvgPool2d``.
    """

    inputs: Shape
    outputs: Shape
    window: Shape
    kernel: Kernel
    factor: float

    def start(self, samples: int) -> State:
        """Nothing is remembered."""
        return ()

    def step(self, arriving: Tensor, state: State) -> tuple[Tensor, State]:
        """Return ``(B, *outputs)``."""
        pooled = functional.avg_pool2d(
            self.kernel.padded(arriving), self.window, self.kernel.stride, divisor_override=1
        )
        return pooled * self.factor, state


@dataclass(frozen=True)
class UnfittedPool:
    """Pooling of a file."""

    window: Shape
    kernel: Kernel
    mean: bool

    def fit(self, arriving: Shape) -> Fitted:
        """Take channels and two lengths."""
        if len(arriving) != 3:
            raise ExportError(
                f"values of shape {words(arriving)}", expected="channels and two lengths to pool over"
            )
        lengths = self.kernel.outputs(arriving[1:], self.window)
        factor = 1.0 / (self.window[0] * self.window[1]) if self.mean else 1.0
        outputs = require_moderate((arriving[0], *lengths))
        return Fitted(Pool(arriving, outputs, self.window, self.kernel, factor))


def read_pool(mean: bool, fields: Tree, where: str) -> UnfittedPool:
    """Read a SumPool2d or AvgPool2d.

    Raises:
        ExportError: naming what does not make one.
    """
    if "kernel_size" not in fields:
        raise ExportError("no 'kernel_size'", where=where, expected="the window that is pooled over")
    window = whole_numbers(fields, "kernel_size", where, 2, 1, 1)
    stride = whole_numbers(fields, "stride", where, 2, 0, 1) if "stride" in fields else window
    padding = whole_numbers(fields, "padding", where, 2, 0, 0)
    return UnfittedPool(window, Kernel(stride, padding, padding, (1, 1)), mean)
