"""Weights as the chip sums them: ⌊(Σ w s) 2^exponent⌋, and then six bits up, where potentials are.

float64 holds every one of these integers exactly.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from neuroff.chip.numbers import ALIGN_BITS
from neuroff.foreign.nodes.protocol import Shape, State, Weighted


@dataclass(frozen=True)
class IntegerSums:
    """A node whose weights are the chip's integers.

    Attributes:
        node: the weights.
        exponent: of their sums.
    """

    node: Weighted
    exponent: int

    @property
    def inputs(self) -> Shape:
        """Return the shape of what arrives."""
        return self.node.inputs

    @property
    def outputs(self) -> Shape:
        """Return the shape of what it sends."""
        return self.node.outputs

    @property
    def has_index(self) -> bool:
        """Whether a stored synapse needs the index of its neuron."""
        return self.node.has_index

    def start(self, samples: int) -> State:
        """Nothing is remembered."""
        return self.node.start(samples)

    def step(self, arriving: Tensor, state: State) -> tuple[Tensor, State]:
        """Return what the sums deliver."""
        sums, state = self.node.step(arriving, state)
        return torch.floor(torch.round(sums) * 2.0**self.exponent) * 2.0**ALIGN_BITS, state

    def connections(self, *, stored: bool) -> Weighted:
        """Return the node with ones for weights."""
        return self.node.connections(stored=stored)
