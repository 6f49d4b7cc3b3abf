"""Random currents that make neurons fire now and then."""

from __future__ import annotations

import torch
from torch import Tensor

STEPS = 100


def random_current(seed: int, highest: float, dtype: torch.dtype = torch.float64) -> Tensor:
    """Currents (T, B, N) spread evenly from −highest/4 to ``highest``."""
    stream = torch.Generator().manual_seed(seed)
    return torch.rand(STEPS, 3, 17, generator=stream, dtype=dtype).mul_(1.25 * highest).sub_(0.25 * highest)
