"""Lose events of a recording, each on its own."""

from __future__ import annotations

import torch
from torch import Tensor


def drop_events(spikes: Tensor, share: float, generator: torch.Generator) -> Tensor:
    """Return recordings in which each event is missing with probability ``share``.

    Args:
        spikes: ``(B, D, T)``.
        share: in [0, 1).
        generator: source of randomness, on the CPU.
    """
    lost = torch.rand(spikes.shape, generator=generator).lt(share).to(spikes.device)
    return spikes.masked_fill(lost, 0)
