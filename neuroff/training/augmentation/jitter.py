"""Move events of a recording in time, each on its own."""

from __future__ import annotations

import torch
from torch import Tensor


def jitter_events(spikes: Tensor, reach: int, generator: torch.Generator) -> Tensor:
    """Return recordings whose events come up to ``reach`` steps earlier or later, all moves alike.

    Args:
        spikes: ``(B, D, T)`` zeros and ones; two events of an input that meet in a step become one, and what
            leaves the presentation is lost.
        reach: largest move, in steps.
        generator: source of randomness, on the CPU.
    """
    steps = spikes.shape[2]
    moves = torch.randint(-reach, reach + 1, spikes.shape, generator=generator, dtype=torch.int16)
    moves = moves.to(spikes.device)
    found = torch.zeros_like(spikes)
    for move in range(-reach, reach + 1):
        if abs(move) < steps:
            moving = spikes.masked_fill(moves != move, 0)
            arriving = found[..., max(move, 0) : steps + min(move, 0)]
            leaving = moving[..., max(-move, 0) : steps - max(move, 0)]
            torch.maximum(arriving, leaving, out=arriving)
    return found
