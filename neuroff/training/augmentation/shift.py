"""Move images by whole pixels: the jitter of Hinton (arXiv 2212.13345), a crop of the padded image."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import pad

from neuroff.core.synapses import Planes


def shift_images(pixels: Tensor, planes: Planes, reach: int, generator: torch.Generator) -> Tensor:
    """Return every image moved by up to ``reach`` pixels along both axes, all moves alike.

    Args:
        pixels: ``(B, D)`` flattened images; what comes in at the border is 0, the background.
        planes: how they lie.
        reach: largest move, in pixels.
        generator: source of randomness, on the CPU.
    """
    images = pixels.shape[0]
    start = torch.randint(0, 2 * reach + 1, (2, images, 1), generator=generator).to(pixels.device)
    rows = start[0] + torch.arange(planes.height, device=pixels.device)
    columns = start[1] + torch.arange(planes.width, device=pixels.device)
    padded = pad(planes.of(pixels), (reach, reach, reach, reach))
    image = torch.arange(images, device=pixels.device)[:, None, None, None]
    channel = torch.arange(planes.channels, device=pixels.device)[:, None, None]
    return padded[image, channel, rows[:, None, :, None], columns[:, None, None, :]].flatten(1)
