"""What a value is said to be, checked where the types alone leave it open."""

from __future__ import annotations

from typing import TypeVar

from torch import Tensor

from neuroff.core.layer import Layer
from neuroff.core.synapses import Dense

T = TypeVar("T")


def present(value: T | None) -> T:
    """The value, which is there."""
    assert value is not None
    return value


def as_a(kind: type[T], value: object) -> T:
    """The value, which is of this kind."""
    assert isinstance(value, kind), f"{value!r} is no {kind.__name__}"
    return value


def weight_of(layer: Layer) -> Tensor:
    """Return the weights of a dense layer, ``(N, D)``."""
    return as_a(Dense, layer.synapses).weight


def bias_of(layer: Layer) -> Tensor:
    """Return the biases of a dense layer, ``(N,)``."""
    return as_a(Dense, layer.synapses).bias
