"""Full connectivity: one matrix and a bias per neuron."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from neuroff.checks import require_kind, require_whole
from neuroff.core.checks import require_dtype
from neuroff.core.signal import Signal, product
from neuroff.core.synapses.weighted import Weighted
from neuroff.errors import ShapeError


@dataclass(frozen=True, repr=False)
class Dense(Weighted):
    """Every input reaches every neuron by a weight of its own.

    Attributes:
        weight: ``(N, D)``.
        bias: ``(N,)``.

    Raises:
        ShapeError: if the shapes do not belong together.
    """

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.weight.ndim != 2 or self.bias.shape != self.weight.shape[:1]:
            raise ShapeError(
                f"a weight of shape {tuple(self.weight.shape)} and a bias of {tuple(self.bias.shape)}",
                where="Dense",
                expected="(neurons, inputs) and (neurons,)",
            )

    @property
    def inputs(self) -> int:
        """D."""
        return self.weight.shape[1]

    @property
    def neurons(self) -> int:
        """N."""
        return self.weight.shape[0]

    def of_channels(self, values: Tensor) -> Tensor:
        """Return a value for each channel of what arrives ``(C,)`` in a shape that multiplies the weight."""
        return values.repeat_interleave(self.inputs // values.shape[0])

    def affine(self) -> tuple[Tensor, Tensor]:
        """Return weight and bias themselves."""
        return self.weight, self.bias

    def drive(self, signal: Signal, precision: torch.dtype) -> Tensor:
        """Return ``gain · (values Wᵀ) + b``, ``(…, B, N)``."""
        weighted = product(signal.values, self.weight.T, precision)
        if signal.gain is not None:
            weighted.mul_(signal.gain[..., None])
        return weighted.add_(self.bias)

    def add_bias_gradient(
        self, gradient: Mapping[str, Tensor], post: Tensor, trace: Tensor | None = None
    ) -> None:
        """Add the sum of ``post`` over samples and time."""
        total = post.flatten(0, -2).sum(0)
        gradient["bias"].add_(total if trace is None else total.mul_(trace))

    def add_weight_gradient(
        self, gradient: Mapping[str, Tensor], post: Tensor, pre: Signal, precision: torch.dtype
    ) -> None:
        """Add postᵀ · pre; the gain goes to the smaller side."""
        if pre.gain is not None:
            post = post.mul_(pre.gain[..., None])
        rows, columns = post.flatten(0, -2), pre.values.flatten(0, -2)
        if precision == torch.bfloat16:
            gradient["weight"].add_(rows.to(precision).T @ columns.to(precision))
        else:
            gradient["weight"].addmm_(rows.T, columns)

    def add_unit_gradient(self, gradient: Mapping[str, Tensor], units: Tensor, post: Tensor) -> None:
        """Add postᵀ · units to the first columns; the thin side first is four times as quick."""
        gradient["weight"][:, : units.shape[-1]].add_((units.T @ post).T)


def initial_dense(inputs: int, neurons: int, stream: torch.Generator, dtype: torch.dtype) -> Dense:
    """Draw weights and biases uniformly from ±1/√D, as PyTorch's linear layer does.

    Args:
        inputs: D.
        neurons: N.
        stream: source of randomness, on the CPU.
        dtype: type of the parameters.

    Raises:
        ConfigError: if a number is below one, or the type holds no fractions.
    """
    require_whole("inputs", inputs, least=1, where="initial_dense")
    require_whole("neurons", neurons, least=1, where="initial_dense")
    require_kind("stream", stream, torch.Generator, where="initial_dense")
    require_dtype("dtype", dtype, where="initial_dense")
    bound = 1.0 / math.sqrt(inputs)
    uniform = torch.rand(neurons, inputs + 1, generator=stream, dtype=dtype).mul_(2 * bound).sub_(bound)
    return Dense(uniform[:, :-1].contiguous(), uniform[:, -1].contiguous())
