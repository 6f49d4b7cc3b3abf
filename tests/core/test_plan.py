from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch

from neuroff.config import Config
from neuroff.config.build import build_plan
from neuroff.core.plan import Augmentation, GammaStep, Negatives, Plan, Stage, chunks
from neuroff.errors import ConfigError
from tests.narrow import as_a


def test_schedules(quick: Callable[..., Config]) -> None:
    assert [(s.layers, s.epochs) for s in build_plan(quick("schedule=sequential")).stages(2)] == [
        ((0,), 4),
        ((1,), 4),
    ]
    assert [(s.layers, s.epochs) for s in build_plan(quick("schedule=interleaved")).stages(2)] == [
        ((0, 1), 4)
    ]


def test_batches_cover_every_image_once_and_reshuffle(quick: Callable[..., Config]) -> None:
    config = quick("batch_size=30")
    epochs = [
        torch.cat([as_a(torch.Tensor, rows) for rows in build_plan(config).batches(0, epoch, 100)])
        for epoch in range(2)
    ]
    for order in epochs:
        assert sorted(order.tolist()) == list(range(100))
    assert not torch.equal(*epochs)
    assert build_plan(quick("batch_size=none")).batches(0, 0, 100) == [slice(0, 100)]


def test_chunks_cover_a_batch() -> None:
    assert chunks(slice(0, 25), 10) == [slice(0, 8), slice(8, 16), slice(16, 25)]  # even, so that none waits
    rows = torch.arange(25)
    assert torch.equal(torch.cat([as_a(torch.Tensor, part) for part in chunks(rows, 10)]), rows)


def test_learning_rate_courses(quick: Callable[..., Config]) -> None:
    stage = Stage(0, (0,), 10)
    constant, cosine = quick("learning_rate=0.1", "learning_rate_decay=constant"), quick("learning_rate=0.1")
    assert build_plan(constant).rate(stage, 7, 0.5) == 0.1
    assert build_plan(cosine).rate(stage, 0, 0.0) == 0.1
    assert abs(build_plan(cosine).rate(stage, 5, 0.0) - 0.05) < 1e-12
    assert 0 < build_plan(cosine).rate(stage, 9, 0.9) < 1e-3


@pytest.mark.parametrize(
    ("made", "values", "message"),
    [
        (Plan, {"epochs": 0}, "epochs = 0"),
        (Plan, {"epochs": 2.5}, "epochs = 2.5.*whole number"),
        (Plan, {"batch_size": 1.5}, "batch_size = 1.5"),
        (Plan, {"chunk_size": True}, "chunk_size = True"),
        (Augmentation, {"shift": -1}, "shift = -1"),
        (Plan, {"seed": 2**63}, "seed = 9223372036854775808"),
        (Plan, {"learning_rate": 0.0}, "learning_rate = 0.0.*above 0"),
        (Plan, {"learning_rate": float("nan")}, "learning_rate = nan"),
        (Plan, {"weight_decay": "much"}, "weight_decay = much"),
        (Plan, {"pixel_dropout": 1.0}, "pixel_dropout = 1.0.*at least 0 and below 1"),
        (Plan, {"rule": "backprop"}, "backprop"),
        (Plan, {"rule": "online_end", "rate_penalty": 0.1}, "rule = batch"),
        (Negatives, {"kind": "soft"}, "soft"),
        (Negatives, {"hardness": -1.0}, "hardness = -1.0"),
        (Negatives, {"candidates": 0}, "candidates = 0"),
        (GammaStep, {"learning_rate": 0.0}, "learning_rate of γ = 0.0"),
    ],
)
def test_nonsense_is_refused(made: Callable[..., Any], values: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        made(**values)
