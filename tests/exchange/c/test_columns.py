"""Columns that axons share, against the matrix that they stand for."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

import neuroff
from neuroff.chip.program import ChipProgram
from neuroff.config.overrides import apply_settings
from neuroff.core.synapses import Planes, Pooled, initial_conv
from neuroff.errors import ExportError
from neuroff.exchange.c.columns import shared_columns
from neuroff.exchange.c.running import compiled, find_compiler
from neuroff.exchange.c.source import header, parse
from neuroff.exchange.c.tables import LayerTables
from neuroff.exchange.port import chip_port
from tests.chips import emulated

EMPTY = 128


@settings(max_examples=30, deadline=None)
@given(
    side=st.integers(4, 9),
    channels=st.integers(1, 3),
    window=st.sampled_from([1, 3]),
    stride=st.sampled_from([1, 2]),
    pool=st.sampled_from([1, 2]),
)
def test_columns_of_a_convolution_are_its_matrix(
    side: int, channels: int, window: int, stride: int, pool: int
) -> None:
    planes = Planes(channels, side, side)
    stream = torch.Generator().manual_seed(side)
    seen = planes.pooled((pool, pool))
    around = (window // 2, window // 2)
    conv = initial_conv(seen, 4, (window, window), stream, torch.float32, stride=stride, padding=around)
    weight, _ = Pooled(conv, planes, (pool, pool)).affine()
    stored = (weight / weight.abs().max() * 100).round().T.add(EMPTY).to(torch.uint8).numpy()
    found = shared_columns(stored, EMPTY)
    if found is not None:
        assert np.array_equal(found.matrix(stored.shape[1], EMPTY), stored)
        assert found.size_B < stored.size
    else:
        assert side < 8 or window == 1  # where there is little to share


def test_a_matrix_with_nothing_to_share_stays_one() -> None:
    stored = np.random.default_rng(0).integers(0, 256, (40, 30), dtype=np.uint8)
    assert shared_columns(stored, EMPTY) is None


@pytest.mark.parametrize(
    ("name", "change", "words"),
    [
        ("column", lambda values: values + 5000, "in column"),
        ("first", lambda values: values + 60, "beyond its tables"),
        ("first", lambda values: values - 500, "beyond its tables"),
        ("reach", lambda values: values + 10**6, "beyond its tables"),
        ("reach", lambda values: values - 10**6, "beyond its tables"),
        ("first", lambda values: values[:-1], "other lengths"),
    ],
)
def test_numbers_that_lead_out_of_the_tables(name: str, change: object, words: str) -> None:
    row = np.full(40, EMPTY, np.uint8)
    row[:8] = 7
    stored = np.stack([np.roll(row, n) for n in range(30)])
    found = shared_columns(stored, EMPTY)
    assert found is not None
    assert len(found.reach) == 1
    broken = dataclasses.replace(found, **{name: change(getattr(found, name))})  # type: ignore[operator]
    with pytest.raises(ExportError, match=words):
        broken.matrix(40, EMPTY)


@pytest.fixture(scope="module")
def small() -> ChipProgram:
    """The preset for digits after two epochs on some of them."""
    config = apply_settings(
        neuroff.preset("conv", path="spiking", dataset="digits"),
        ["training.epochs=2", "data.input_scale=raw", "data.train_count=400"],
    )
    split = neuroff.prepare(neuroff.load("digits"), config)
    network, plan = neuroff.build(config, split)
    return chip_port(neuroff.train(network, split, plan).network, split, "c", rule="last").program


def test_the_small_preset_takes_less_than_64_kB_of_tables(small: ChipProgram) -> None:
    tables = [LayerTables(number, layer) for number, layer in enumerate(small.chip.layers, start=1)]
    assert all(each.columns is not None for each in tables)
    assert [each.alike for each in tables] == [196, 49, 1]
    assert sum(each.size_B for each in tables) < 2**16
    assert sum(layer.synapses.matrix.numel() for layer in small.chip.layers) > 2_000_000


def test_what_is_read_is_what_was_written(small: ChipProgram) -> None:
    text = header(small)
    again = parse(text, Path("small.h"))
    for one, other in zip(small.chip.layers, again.chip.layers, strict=True):
        assert torch.equal(one.synapses.matrix, other.synapses.matrix)
        assert torch.equal(one.neurons.bias, other.neurons.bias)
    assert len(text) < 300_000
    moved = re.sub(
        r"(neuroff_offset1\[\d+\] = {\n)0,", r"\g<1>1,", text
    )  # a column that begins at its second
    with pytest.raises(ExportError, match="other than neuroff writes"):
        parse(moved, Path("small.h"))


@pytest.mark.skipif(find_compiler() is None, reason="there is no C compiler")
def test_it_fires_as_the_emulator_does(small: ChipProgram) -> None:
    stream = torch.Generator().manual_seed(4)
    volley = torch.randint(0, 256, (6, small.chip.axons), generator=stream, dtype=torch.int32)
    volley *= torch.rand(volley.shape, generator=stream) < 0.4
    sent: list[torch.Tensor | None] = [volley, *(torch.zeros_like(volley) for _ in range(small.length - 1))]
    expected = emulated(small, sent, samples=6)
    with compiled(small) as run_c:
        found = run_c(sent, 6)
    assert all(torch.equal(one, other) for one, other in zip(found, expected, strict=True))
    assert all(0 < float(each.double().mean()) < 1 for each in expected)
