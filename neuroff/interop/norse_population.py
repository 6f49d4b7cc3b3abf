"""A Norse cell as a layer's population."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from neuroff.errors import ConfigError
from neuroff.interop.borrowed import BorrowedPopulation
from neuroff.interop.library import load_library


def norse_population(cell: torch.nn.Module, steps: int, input_gain: float = 1.0) -> BorrowedPopulation:
    """Return a population of Norse neurons, for `neuroff.core.network.Network.population`.

    The cell keeps its own parameters, reset and surrogate; neuroff does not move them. Each presentation
    starts from the state that the cell makes for itself.

    Args:
        cell: a feed-forward cell, such as ``norse.torch.LIFCell`` or ``norse.torch.LIFBoxCell``.
        steps: T, the number of time steps of a presentation.
        input_gain: factor of the current. Norse's Euler step multiplies it by dt · tau_mem_inv, which is
            small (0.1 by default): `neuroff.interop.norse.NorseCell.input_gain` undoes that.

    Raises:
        ConfigError: if the cell is of another kind, or the gain is not a finite number.
        MissingDependencyError: if Norse is not installed.
    """
    where = "norse_population"
    if not isinstance(cell, load_library("norse.torch.module.snn").SNNCell):
        raise ConfigError(
            f"a {type(cell).__name__}",
            where=where,
            expected="a feed-forward cell of Norse: a norse.torch.module.snn.SNNCell",
            fix="wrap other neurons yourself: neuroff.interop.BorrowedPopulation(run, steps)",
        )
    if not abs(input_gain) < float("inf"):
        raise ConfigError(f"input_gain = {input_gain:g}", where=where, expected="a finite number")

    def run(current: Tensor) -> Tensor:
        state: Any = None
        spikes = []
        for arriving in current * input_gain:
            fired, state = cell(arriving, state)
            spikes.append(fired)
        return torch.stack(spikes)

    return BorrowedPopulation(run, steps)
