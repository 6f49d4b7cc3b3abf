"""Which changes images go through, in order: mirrored, moved, cut; recordings lose and move events first."""

from __future__ import annotations

import math

from torch import Tensor

from neuroff.checks import require_kind
from neuroff.core.inputs import Inputs
from neuroff.core.plan import Augmentation
from neuroff.core.signal import Stimulus
from neuroff.core.synapses import Planes
from neuroff.rng import generator
from neuroff.training.augmentation.cutout import cut_out
from neuroff.training.augmentation.drop import drop_events
from neuroff.training.augmentation.flip import flip_images
from neuroff.training.augmentation.jitter import jitter_events
from neuroff.training.augmentation.shift import shift_images


def planes_to_move(inputs: Inputs) -> Planes | None:
    """Return how images lie that can be moved: as is known, or square; ``None`` if they cannot."""
    require_kind("inputs", inputs, Inputs, where="planes_to_move")
    side = math.isqrt(inputs.pixels.shape[1])
    square = Planes(1, side, side) if side * side == inputs.pixels.shape[1] else None
    planes = inputs.planes if inputs.planes is not None and inputs.planes.height > 1 else square
    if inputs.pixels.ndim == 3 and planes is not inputs.planes:
        return None  # channels of a recording in one row
    return planes


def augmented_stimulus(
    inputs: Inputs, rows: slice | Tensor, augmentation: Augmentation, seed: int, *counters: int
) -> Stimulus:
    """Return the encoded images of some rows, changed; the very ones where nothing is to be changed.

    Args:
        inputs: the images.
        rows: of them.
        augmentation: how they change.
        seed: of the run.
        counters: say which presentation of the run this is.
    """
    if not augmentation.changes:
        return inputs.stimulus(rows, *counters)
    pixels, recorded = inputs.pixels[rows], inputs.pixels.ndim == 3
    if recorded and augmentation.drop:
        pixels = drop_events(pixels, augmentation.drop, generator(seed, "drop", *counters))
    if recorded and augmentation.jitter:
        pixels = jitter_events(pixels, augmentation.jitter, generator(seed, "jitter", *counters))
    planes = planes_to_move(inputs) if augmentation.moves else None
    if planes is not None and recorded:  # the planes of all steps at once
        images, inputs_, steps = pixels.shape
        several = Planes(planes.channels * steps, planes.height, planes.width)
        flat = pixels.movedim(2, 1).reshape(images, -1)
        changed = _in_planes(flat, several, augmentation, seed, counters)
        pixels = changed.view(images, steps, inputs_).movedim(1, 2)
    elif planes is not None:
        pixels = _in_planes(pixels, planes, augmentation, seed, counters)
    return inputs.encoder.stimulus(pixels, inputs.name, *counters)


def _in_planes(
    pixels: Tensor, planes: Planes, augmentation: Augmentation, seed: int, counters: tuple[int, ...]
) -> Tensor:
    if augmentation.flip:
        pixels = flip_images(pixels, planes, augmentation.flip, generator(seed, "flip", *counters))
    if augmentation.shift:
        pixels = shift_images(pixels, planes, augmentation.shift, generator(seed, "shift", *counters))
    if augmentation.cutout:
        pixels = cut_out(pixels, planes, augmentation.cutout, generator(seed, "cutout", *counters))
    return pixels
