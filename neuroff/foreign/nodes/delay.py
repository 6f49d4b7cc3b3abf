"""Values that arrive some steps later: Delay."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from neuroff.errors import ExportError
from neuroff.foreign.nodes.numbers import broadcast_to, numbers
from neuroff.foreign.nodes.protocol import Fitted, Shape, State
from neuroff.hdf5.tree import Tree

MAX_STEPS = 4096
_WHOLE = 1e-3  # of a step: float32 does not hold every duration


@dataclass(frozen=True)
class Delay:
    """A delay of its own for every value.

    Attributes:
        inputs: shape of the values.
        steps: of each, int64.
    """

    inputs: Shape
    steps: Tensor

    @property
    def outputs(self) -> Shape:
        """The shape that arrives."""
        return self.inputs

    def start(self, samples: int) -> State:
        """Nothing is on its way: ``(longest delay, B, *inputs)`` zeros."""
        longest = int(self.steps.max()) if self.steps.numel() else 0
        return (torch.zeros(longest + 1, samples, *self.inputs, dtype=torch.float64), torch.zeros(1).long())

    def step(self, arriving: Tensor, state: State) -> tuple[Tensor, State]:
        """Return what arrived so many steps before."""
        held, now = state
        held = held.clone()
        held[now] = arriving
        place = (now - self.steps) % held.shape[0]  # (*inputs,)
        sent = held.gather(0, place.expand(1, *arriving.shape)).squeeze(0)
        return sent, (held, (now + 1) % held.shape[0])


@dataclass(frozen=True)
class UnfittedDelay:
    """Delays of a file, in steps."""

    steps: Tensor

    def fit(self, arriving: Shape) -> Fitted:
        """Take one delay for all values, or one for each."""
        return Fitted(Delay(arriving, broadcast_to(self.steps, arriving, "delay").clone()))


def read_delay(fields: Tree, where: str, dt_s: float) -> UnfittedDelay:
    """Read a Delay.

    Raises:
        ExportError: if a delay is negative, too long, or no whole number of steps.
    """
    steps = numbers(fields, "delay", where) / dt_s
    whole = steps.round()
    if not np.allclose(steps, whole, rtol=0, atol=_WHOLE):
        raise ExportError(
            "delays that are no whole steps", where=where, expected="multiples of dt", fix="change dt_ms"
        )
    if whole.numel() and (float(whole.min()) < 0 or float(whole.max()) > MAX_STEPS):
        raise ExportError(
            f"delays of {float(whole.min()):g} to {float(whole.max()):g} steps",
            where=where,
            expected=f"0 to {MAX_STEPS} steps",
            fix="check dt_ms",
        )
    return UnfittedDelay(whole.long())
