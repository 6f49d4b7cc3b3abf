"""What a node of a graph is asked: what shape it makes of a shape, what it sends at a step, what it holds."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from torch import Tensor

from neuroff.errors import ExportError

Shape = tuple[int, ...]
"""Of the values of one sample."""

State = tuple[Tensor, ...]
"""What a node remembers from step to step, ``(B, …)`` each."""

MAX_VALUES = 2**26
"""Values of one sample at one node: a graph of others must not use up the memory."""


@runtime_checkable
class Node(Protocol):
    """A node, made for values of one shape.

    Attributes:
        inputs: shape of what arrives.
        outputs: shape of what it sends.
    """

    @property
    def inputs(self) -> Shape:
        """Return the shape of what arrives."""
        ...

    @property
    def outputs(self) -> Shape:
        """Return the shape of what it sends."""
        ...

    def start(self, samples: int) -> State:
        """Return the state before the first step."""
        ...

    def step(self, arriving: Tensor, state: State) -> tuple[Tensor, State]:
        """Return what the node sends, ``(B, *outputs)``, when ``(B, *inputs)`` arrives, and its new state."""
        ...


@runtime_checkable
class Weighted(Node, Protocol):
    """A node with weights: synapses."""

    def connections(self, *, stored: bool) -> Weighted:
        """Return the node with a weight of one where it has one, no bias, and nothing elsewhere.

        Args:
            stored: count every weight that is stored, zeros too; else those that are not zero.
        """
        ...

    @property
    def has_index(self) -> bool:
        """Whether a stored synapse needs the index of its neuron: not every input meets every neuron."""
        ...


class Unfitted(Protocol):
    """A node as it stands in a file, before the shape of what reaches it is known."""

    def fit(self, arriving: Shape) -> Fitted:
        """Return the node for values of a shape.

        Raises:
            ExportError: if it cannot take them.
        """
        ...


@dataclass(frozen=True)
class Fitted:
    """A node, and what a reader of the graph should know of how it was made.

    Attributes:
        node: the node.
        note: empty where there is nothing to say.
    """

    node: Node
    note: str = ""


def size(shape: Shape) -> int:
    """Return the number of values of a shape."""
    return math.prod(shape)


def require_moderate(shape: Shape) -> Shape:
    """Return a shape that is not too large.

    Raises:
        ExportError: if it is.
    """
    if not all(length >= 1 for length in shape) or size(shape) > MAX_VALUES:
        raise ExportError(
            f"values of shape {shape}", expected=f"lengths of at least 1, {MAX_VALUES} values at most"
        )
    return shape


def words(shape: Shape) -> str:
    """Print a shape."""
    return "×".join(map(str, shape))
