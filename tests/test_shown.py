"""How objects that hold arrays print."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pytest
import torch

import neuroff
from neuroff.config import Config
from neuroff.data import DataSet
from neuroff.shown import Shown


@dataclass(frozen=True, repr=False)
class Held(Shown):
    rows: object
    name: str = "held"
    more: object = None


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        (torch.zeros(3, 400), "rows=float32 (3, 400), name='held'"),
        (np.zeros(7, dtype=np.uint8), "rows=uint8 (7,), name='held'"),
        (torch.tensor(0.5), "rows=tensor(0.5000), name='held'"),
        (np.float64(2.0), f"rows={np.float64(2.0)!r}, name='held'"),
        ((torch.zeros(2),), "rows=(float32 (2,),), name='held'"),
        ([torch.zeros(2)] * 5, "rows=[float32 (2,), float32 (2,), float32 (2,), … 2 more], name='held'"),
        ((), "rows=(), name='held'"),
        (None, "rows=None, name='held'"),
    ],
)
def test_types_and_shapes_stand_for_numbers(rows: object, words: str) -> None:
    assert repr(Held(rows)) == f"Held({words})"


def test_what_is_not_the_default_is_said() -> None:
    assert repr(Held(1, more=torch.ones(1, 2))) == "Held(rows=1, name='held', more=float32 (1, 2))"


@pytest.mark.parametrize("path", ["dense", "spiking"])
def test_what_a_notebook_prints_is_short(
    few_digits: DataSet, quick: Callable[..., Config], path: str
) -> None:
    config = quick("epochs=1", path=path)
    split = neuroff.prepare(few_digits, config)
    network, plan = neuroff.build(config, split)
    result = neuroff.train(network, split, plan)
    assert f"weight=float32 (20, {network.widths[1]})" in repr(network)
    assert "uint8 (200, 28, 28)" in repr(few_digits)
    for each in (few_digits, split.test, network, result):
        assert len(repr(each)) < 2000
        assert "[" not in repr(each).replace("[]", "")
