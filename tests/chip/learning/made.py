"""Small learning networks and random images, shared by the tests of this folder."""

from __future__ import annotations

from typing import Any

import torch

from neuroff.chip.learning import (
    LearningLayer,
    LearningPlan,
    Modulator,
    SpikingImages,
    Trace,
    forward_forward_rule,
)
from tests.samples import stream_of


def some_layer(neurons: int = 6, **changed: Any) -> LearningLayer:
    usual = {
        "neurons": neurons,
        "threshold_mantissa": 90,
        "pre": Trace(3000),
        "post": Trace(7 * 256 + 100, kept=3900),
        "post_shift": 8,
        "modulator": Modulator(theta=12, slope=0, delay=1),
        "rule": forward_forward_rule(-4),
        "start": 100,
        "voltage_decay": 300,
    }
    return LearningLayer(**{**usual, **changed})


def some_plan(*layers: LearningLayer, **changed: Any) -> LearningPlan:
    usual = {
        "images": SpikingImages(7, classes=3, copies=2),
        "pixels": 9,
        "layers": layers or (some_layer(),),
    }
    return LearningPlan(**{**usual, **changed})


def some_images(count: int, pixels: int = 9, seed: int = 0) -> torch.Tensor:
    return torch.randint(0, 256, (count, pixels), generator=stream_of(seed), dtype=torch.uint8)
