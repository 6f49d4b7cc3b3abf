"""Loops over what differs from a background against matrix products: to rounding, whatever the values."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from neuroff.config import Config
from neuroff.config.build import build
from neuroff.config.inputs import prepare
from neuroff.core.engine import Engine, EventEngine
from neuroff.core.engine.sparse import SparseDense
from neuroff.core.network import propagate
from neuroff.core.signal import Signal
from neuroff.core.synapses import Dense, initial_dense
from neuroff.data import DataSet
from tests.samples import few, stream_of

KINDS = ("zeros around", "another background", "a background an image", "no background", "silent")


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Return a list that grows by one whenever loops make a drive."""
    from neuroff.kernels import values as loops

    found: list[int] = []
    run = loops.drive

    def counted(*given: Any) -> None:
        found.append(1)
        run(*given)

    monkeypatch.setattr(loops, "drive", counted)
    return found


def images(kind: str, samples: int, inputs: int, seed: int = 0) -> Tensor:
    stream = stream_of(seed)
    values = torch.randn(samples, inputs, generator=stream)
    background = {
        "another background": -0.4242,
        "a background an image": torch.randn(samples, 1, generator=stream),
    }.get(kind, 0.0)
    share = {"no background": 0.0, "silent": 1.0}.get(kind, 0.8)
    hidden = torch.rand(samples, inputs, generator=stream) < share
    return torch.where(hidden, torch.as_tensor(background), values)


def synapses_of(inputs: int, neurons: int) -> tuple[Dense, SparseDense]:
    dense = initial_dense(inputs, neurons, stream_of(7), torch.float32)
    sparse = EventEngine().synapses(dense)
    assert isinstance(sparse, SparseDense)
    return dense, sparse


def same(found: Tensor, wanted: Tensor) -> None:
    assert float((found.double() - wanted).norm()) <= 1e-5 * float(wanted.norm()) + 1e-30


@given(st.sampled_from(KINDS), st.integers(1, 300), st.integers(1, 150), st.booleans(), st.integers(0, 99))
@few
def test_drive_and_gradient_are_those_of_a_product(
    kind: str, samples: int, inputs: int, gained: bool, seed: int
) -> None:
    dense, sparse = synapses_of(inputs, 70)
    values, post = images(kind, samples, inputs, seed), torch.randn(samples, 70, generator=stream_of(seed))
    gain = 0.5 + torch.rand(samples, generator=stream_of(seed)) if gained else None
    exact = values.double() if gain is None else values.double() * gain[:, None].double()
    same(sparse.drive(Signal(values, gain), torch.float32), exact @ dense.weight.T.double() + dense.bias)
    gradient = {"weight": torch.ones(70, inputs)}
    sparse.add_weight_gradient(gradient, post.clone(), Signal(values, gain), torch.float32)
    same(gradient["weight"], 1 + post.T.double() @ exact)


@pytest.mark.parametrize("kind", KINDS)
def test_threads_do_not_change_a_bit(kind: str) -> None:
    _, single = synapses_of(60, 200)
    values, post = images(kind, 150, 60), torch.randn(150, 200, generator=stream_of(1))

    def found(threads: int) -> list[bytes]:
        sparse = SparseDense(single.weight, single.bias, threads=threads)
        gradient = {"weight": torch.zeros(200, 60)}
        sparse.add_weight_gradient(gradient, post.clone(), Signal(values), torch.float32)
        drive = sparse.drive(Signal(values), torch.float32)
        return [each.numpy().tobytes() for each in (drive, gradient["weight"])]

    assert found(3) == found(1)


def test_loops_are_taken_where_a_row_has_a_background_and_nowhere_else(calls: list[int]) -> None:
    _, sparse = synapses_of(40, 10)
    sparse.drive(Signal(images("another background", 20, 40)), torch.float32)
    assert len(calls) == 1
    sparse.drive(Signal(images("no background", 20, 40)), torch.float32)
    sparse.drive(Signal(images("zeros around", 20, 40).double()), torch.float64)
    sparse.drive(Signal(images("zeros around", 20, 40)), torch.bfloat16)
    sparse.drive(Signal(images("zeros around", 60, 40).view(3, 20, 40)), torch.float32)
    assert len(calls) == 1


def test_what_presents_says_who_computes_the_images_drive(
    quick: Callable[..., Config], few_digits: DataSet, calls: list[int]
) -> None:
    config = quick("training.engine=numba")
    split = prepare(few_digits, config)
    network, _ = build(config, split)
    stimulus, asked = split.test.stimulus(slice(0, 4)), network.asking.everything(4)
    list(propagate(network, stimulus, asked))
    assert calls == []
    list(propagate(network, stimulus, asked, engine=network.engine))
    assert calls == [1]


def test_other_synapses_and_other_engines_stay_as_they_are() -> None:
    class Other(Dense):
        pass

    dense = initial_dense(4, 3, stream_of(0), torch.float32)
    other = Other(dense.weight, dense.bias)
    assert EventEngine().synapses(other) is other
    assert Engine().synapses(dense) is dense


def test_a_background_is_found_whatever_stands_at_the_edge() -> None:
    from neuroff.kernels.values import backgrounds

    values = np.full((3, 50), -0.25, np.float32)
    values[:, :10] = np.arange(30, dtype=np.float32).reshape(3, 10)
    common = np.empty(3, np.float32)
    assert backgrounds(values, common) == 30
    assert common.tolist() == [-0.25] * 3
