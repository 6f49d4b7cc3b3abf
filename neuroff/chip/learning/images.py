"""Images and labels as spikes on input axons, without a random draw.

A pixel p of 255 sends n = round(p T / 255) spikes, evenly spaced over T steps: one at step t wherever
⌊((t + 1) n + φ) / T⌋ passes a whole number. The phase φ differs from axon to axon, so equal pixels do not
fire all at once. Labels have axons of their own before the pixels', ``copies`` a class, and those of the
presented class fire at every step.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from neuroff.chip.numbers import require_between
from neuroff.errors import ShapeError

MAX_EPOCH_STEPS = 63
"""A learning epoch has six bits."""
_WHITE = 255
_STRIDE = 7  # phases of neighbouring axons differ by this much, modulo T


@dataclass(frozen=True)
class SpikingImages:
    """How images become spikes.

    Attributes:
        steps: T, steps of a presentation; a learning epoch has at most 63.
        classes: number of labels.
        copies: axons of a label; none where an image is presented once, without a label.
    """

    steps: int
    classes: int = 10
    copies: int = 1

    def __post_init__(self) -> None:
        require_between(self.steps, 1, MAX_EPOCH_STEPS, "steps", "images as spikes")
        require_between(self.classes, 2, 1000, "classes", "images as spikes")
        require_between(self.copies, 0, 1000, "copies", "images as spikes")

    @property
    def label_axons(self) -> int:
        """Axons that carry the label."""
        return self.classes * self.copies

    def spikes(self, pixels: Tensor) -> Tensor:
        """Return spikes ``(T, B, label axons + pixels)`` uint8 of images; label axons are silent.

        Args:
            pixels: ``(B, pixels)`` uint8.

        Raises:
            ShapeError: if images are not flat or not of bytes.
        """
        if pixels.ndim != 2 or pixels.dtype != torch.uint8:
            raise ShapeError(
                f"images of shape {tuple(pixels.shape)} and {pixels.dtype}",
                where="images as spikes",
                expected="bytes of shape (images, pixels)",
            )
        # Whole numbers below 2¹⁶ over at most 510: the floor of a float32 quotient is that of the exact one.
        counts = (pixels.float() * (2 * self.steps) + _WHITE).div_(2 * _WHITE).floor_()
        phase = (torch.arange(pixels.shape[1]) * _STRIDE % self.steps).float()
        ticks = torch.arange(self.steps + 1)[:, None, None]
        passed = (ticks * counts).add_(phase).div_(self.steps).to(torch.uint8)
        sent = passed[1:] - passed[:-1]
        return torch.cat((sent.new_zeros(*sent.shape[:2], self.label_axons), sent), 2)

    def label_spikes(self, labels: Tensor) -> Tensor:
        """Return what label axons carry at every step, ``(B, label axons)`` uint8."""
        axons = torch.arange(self.label_axons) // max(1, self.copies)
        return (axons == labels[:, None]).to(torch.uint8)

    def labelled(self, spikes: Tensor, labels: Tensor) -> Tensor:
        """Return a copy of spikes ``(T, B, D)`` with labels ``(B,)`` on."""
        on = spikes.clone()
        on[:, :, : self.label_axons] = self.label_spikes(labels)
        return on
