"""Weights between one list of values and another: Affine, Linear, Scale."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

import torch
from torch import Tensor

from neuroff.errors import ExportError
from neuroff.exchange.nir.fields import array
from neuroff.foreign.nodes.numbers import broadcast_to, numbers
from neuroff.foreign.nodes.protocol import Fitted, Shape, State, size, words
from neuroff.hdf5.tree import Tree


@dataclass(frozen=True)
class Matrix:
    """Values times a matrix, and a bias.

    Attributes:
        inputs: as many values as the matrix has columns, in any axes.
        weight: ``(N, D)`` float64.
        bias: ``(N,)``, or None.
    """

    has_index: ClassVar[bool] = False
    inputs: Shape
    weight: Tensor
    bias: Tensor | None = None

    @property
    def outputs(self) -> Shape:
        """The rows of the matrix."""
        return (self.weight.shape[0],)

    def start(self, samples: int) -> State:
        """Nothing is remembered."""
        return ()

    def step(self, arriving: Tensor, state: State) -> tuple[Tensor, State]:
        """Return the products, ``(B, N)``."""
        return torch.nn.functional.linear(arriving.flatten(1), self.weight, self.bias), state

    def connections(self, *, stored: bool) -> Matrix:
        """Return the matrix with ones for weights."""
        held = torch.ones_like(self.weight) if stored else self.weight.ne(0).double()
        return replace(self, weight=held, bias=None)


@dataclass(frozen=True)
class UnfittedMatrix:
    """A matrix of a file."""

    weight: Tensor
    bias: Tensor | None

    def fit(self, arriving: Shape) -> Fitted:
        """Take as many values as there are columns, whatever their axes; more than one axis is said."""
        if size(arriving) != self.weight.shape[1]:
            raise ExportError(
                f"values of shape {words(arriving)} reach weights of {self.weight.shape[1]} inputs",
                expected="as many of one as of the other",
            )
        note = ""
        if len(arriving) > 1:
            done = "an axis of one is dropped" if max(arriving) == size(arriving) else "they are flattened"
            note = f"values of shape {words(arriving)} reach {self.weight.shape[1]} inputs: {done}"
        return Fitted(Matrix(arriving, self.weight, self.bias), note)


@dataclass(frozen=True)
class Scale:
    """Every value times a number of its own."""

    has_index: ClassVar[bool] = True
    inputs: Shape
    scale: Tensor

    @property
    def outputs(self) -> Shape:
        """The shape that arrives."""
        return self.inputs

    def start(self, samples: int) -> State:
        """Nothing is remembered."""
        return ()

    def step(self, arriving: Tensor, state: State) -> tuple[Tensor, State]:
        """Return the products, ``(B, *inputs)``."""
        return arriving * self.scale, state

    def connections(self, *, stored: bool) -> Scale:
        """Return a scale of ones."""
        return replace(self, scale=torch.ones_like(self.scale) if stored else self.scale.ne(0).double())


@dataclass(frozen=True)
class UnfittedScale:
    """A scale of a file."""

    scale: Tensor

    def fit(self, arriving: Shape) -> Fitted:
        """Take one number for all values, or one for each."""
        return Fitted(Scale(arriving, broadcast_to(self.scale, arriving, "scale").clone()))


def read_matrix(fields: Tree, where: str) -> UnfittedMatrix:
    """Read an Affine or a Linear.

    Raises:
        ExportError: if the weights are no matrix, or the bias does not fit them.
    """
    weight = numbers(fields, "weight", where)
    if weight.ndim != 2 or 0 in weight.shape:
        raise ExportError(f"weights of shape {tuple(weight.shape)}", where=where, expected="a matrix (N, D)")
    bias = numbers(fields, "bias", where).reshape(-1) if "bias" in fields else None
    if bias is not None and bias.numel() not in (1, weight.shape[0]):
        raise ExportError(
            f"{bias.numel()} biases for {weight.shape[0]} rows", where=where, expected="one for each"
        )
    return UnfittedMatrix(weight, None if bias is None else bias.expand(weight.shape[0]).clone())


def read_scale(fields: Tree, where: str) -> UnfittedScale:
    """Read a Scale.

    Raises:
        ExportError: if it holds no numbers.
    """
    array(fields, "scale", where)
    return UnfittedScale(numbers(fields, "scale", where))
