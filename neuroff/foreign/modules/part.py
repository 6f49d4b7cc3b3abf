"""What a module of another library becomes: nodes, and edges among them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn

from neuroff.errors import ExportError
from neuroff.foreign.convention import Convention
from neuroff.foreign.nodes.population import UnfittedPopulation
from neuroff.foreign.nodes.protocol import Unfitted


@dataclass(frozen=True)
class Part:
    """Nodes that one module becomes.

    Attributes:
        nodes: kind and node by what is added to the module's name; ``""`` is where values enter and leave.
        edges: among them.
        fires: whether the module's output is spikes.
    """

    nodes: Mapping[str, tuple[str, Unfitted]]
    edges: tuple[tuple[str, str], ...] = field(default=())
    fires: bool = False


Converter = Callable[[Any, float], Part]
"""Makes a part of a module; takes the duration of a step in seconds."""


def plain(kind: str, node: Unfitted) -> Part:
    """Return the part of one node."""
    return Part({"": (kind, node)})


def neurons(
    kind: str,
    given: Mapping[str, Tensor],
    rule: Convention,
    dt_s: float,
    *,
    recurrent: tuple[str, Unfitted] | None = None,
) -> Part:
    """Return neurons, with recurrent weights if there are any.

    Args:
        kind: NIR's name.
        given: parameters by NIR's names.
        rule: how they are stepped.
        dt_s: duration of a step.
        recurrent: kind and node of the weights.
    """
    node = UnfittedPopulation(kind, given, rule, dt_s, settled=True)
    fires = "v_threshold" in given
    if recurrent is None:
        return Part({"": (kind, node)}, fires=fires)
    edges = (("", ".recurrent"), (".recurrent", ""))
    return Part({"": (kind, node), ".recurrent": recurrent}, edges, fires)


def decaying(kept: Tensor, dt_s: float) -> tuple[Tensor, Tensor]:
    """Return τ in seconds and the gain τ/dt of what keeps a share of itself in a step.

    A share of one, which is no leak, gets a time constant of 2⁶⁰ steps.
    """
    steps = 1.0 / torch.where(kept < 1.0, 1.0 - kept, torch.full_like(kept, 2.0**-60))
    return steps * dt_s, steps


def number(module: nn.Module, name: str) -> Tensor:
    """Return a parameter, buffer or number of a module as float64."""
    return torch.as_tensor(getattr(module, name)).detach().cpu().to(torch.float64)


def require(module: nn.Module, what: Mapping[str, bool]) -> None:
    """Raise ExportError naming the first property of a module that a graph has not."""
    wrong = [name for name, holds in what.items() if not holds]
    if wrong:
        raise ExportError(
            f"{type(module).__name__} with {wrong[0]}", expected="neurons as NIR's equations have them"
        )
