"""Silence a share of the pixels while the first layer learns, so that it does not lean on any one of them.

Dropout of the input (Srivastava et al., JMLR 15, 2014). All labelled copies of an image lose the same pixels,
so they still differ in the label only and share one product with the first layer's weights.
"""

from __future__ import annotations

import torch

from neuroff.core.signal import Signal, Stimulus


def silence_pixels(signal: Stimulus, share: float, generator: torch.Generator) -> Stimulus:
    """Return a signal in which each pixel of each image is silent with probability ``share``.

    Args:
        signal: the images; those of a spiking encoding lose a pixel for the whole presentation.
        share: in [0, 1); the pixels that stay are scaled by 1/(1 − share), which keeps the expected drive.
        generator: source of randomness, on the CPU.
    """
    if share == 0:
        return signal
    values = signal.image.values
    uniform = torch.rand(values.shape[-2:], generator=generator, dtype=values.dtype)
    kept = (uniform >= share).to(values.device, values.dtype).mul_(1 / (1 - share))
    return Stimulus(Signal(values * kept, signal.image.gain), signal.label)
