"""Move training images by whole pixels, a little and at random, every time they are presented.

Augmentation by shifts, the jitter of Hinton (arXiv 2212.13345). All labelled copies of an image move alike,
so they still differ in the label only. Evaluation and the choice of hard negatives see images where they are.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.nn.functional import pad

from neuroff.core.inputs import Inputs
from neuroff.core.signal import Stimulus
from neuroff.core.synapses import Planes


def planes_to_shift(inputs: Inputs, reach: int) -> Planes | None:
    """Return how images lie that can be moved so far: as is known, or square; ``None`` if they cannot."""
    if inputs.pixels.ndim != 2:
        return None
    side = math.isqrt(inputs.pixels.shape[1])
    square = Planes(1, side, side) if side * side == inputs.pixels.shape[1] else None
    planes = inputs.planes if inputs.planes is not None and inputs.planes.height > 1 else square
    return planes if planes is not None and reach < min(planes.height, planes.width) else None


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


def shifted_signal(
    inputs: Inputs, rows: slice | Tensor, reach: int, generator: torch.Generator, *purpose: str | int
) -> Stimulus:
    """Return the encoded images of some rows, moved; see `shift_images` and `Inputs.signal`."""
    planes = planes_to_shift(inputs, reach) if reach else None
    if planes is None:
        return inputs.stimulus(rows, *purpose)
    moved = shift_images(inputs.pixels[rows], planes, reach, generator)
    return inputs.encoder.stimulus(moved, inputs.name, *purpose)
