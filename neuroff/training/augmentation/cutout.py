"""Cut a square out of every image (DeVries and Taylor, arXiv 1708.04552)."""

from __future__ import annotations

import torch
from torch import Tensor

from neuroff.core.synapses import Planes


def cut_out(pixels: Tensor, planes: Planes, side: int, generator: torch.Generator) -> Tensor:
    """Return images in which one square is background.

    Args:
        pixels: ``(B, D)`` flattened images.
        planes: how they lie; all channels of an image lose the same square.
        side: of the square, in pixels. Its middle is drawn evenly from all pixels, so it may lie across the
            border.
        generator: source of randomness, on the CPU.
    """
    images = pixels.shape[0]
    inside = []
    for length in (planes.height, planes.width):
        first = torch.randint(0, length, (images, 1), generator=generator) - side // 2
        place = torch.arange(length)
        inside.append(((place >= first) & (place < first + side)).to(pixels.device))
    square = inside[0][:, None, :, None] & inside[1][:, None, None, :]
    return planes.of(pixels).masked_fill(square, 0).flatten(1)
