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


def shift_images(pixels: Tensor, reach: int, generator: torch.Generator) -> Tensor:
    """Return every image moved by up to ``reach`` pixels along both axes, all moves alike.

    Args:
        pixels: ``(B, D)`` flattened square images; what comes in at the border is 0, the background.
        reach: largest move, in pixels.
        generator: source of randomness, on the CPU.
    """
    images, side = pixels.shape[0], math.isqrt(pixels.shape[1])
    start = torch.randint(0, 2 * reach + 1, (2, images, 1), generator=generator).to(pixels.device)
    rows, columns = start + torch.arange(side, device=pixels.device)
    padded = pad(pixels.view(images, side, side), (reach, reach, reach, reach))
    every = torch.arange(images, device=pixels.device)[:, None, None]
    return padded[every, rows[:, :, None], columns[:, None, :]].flatten(1)


def shifted_signal(
    inputs: Inputs, rows: slice | Tensor, reach: int, generator: torch.Generator, *purpose: str | int
) -> Stimulus:
    """Return the encoded images of some rows, moved; see `shift_images` and `Inputs.signal`."""
    if reach == 0:
        return inputs.stimulus(rows, *purpose)
    return inputs.encoder.stimulus(shift_images(inputs.pixels[rows], reach, generator), inputs.name, *purpose)
