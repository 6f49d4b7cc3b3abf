"""Mirror images from left to right: for things that have no handedness; digits and letters have."""

from __future__ import annotations

import torch
from torch import Tensor

from neuroff.core.synapses import Planes


def flip_images(pixels: Tensor, planes: Planes, share: float, generator: torch.Generator) -> Tensor:
    """Return images of which some are mirrored.

    Args:
        pixels: ``(B, D)`` flattened images.
        planes: how they lie.
        share: probability that an image is mirrored.
        generator: source of randomness, on the CPU.
    """
    chosen = torch.rand(pixels.shape[0], generator=generator).lt(share).to(pixels.device)
    mirrored = planes.of(pixels).flip(-1).flatten(1)
    return torch.where(chosen[:, None], mirrored, pixels)
