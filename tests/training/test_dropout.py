from __future__ import annotations

from collections.abc import Callable

import pytest
import torch

from neuroff.config import Config
from neuroff.config.inputs import prepare
from neuroff.data import DataSet
from neuroff.training.dropout import silence_pixels
from tests.narrow import weight_of
from tests.samples import stream_of, train_by


@pytest.mark.parametrize("path", ["dense", "spiking"])
def test_the_silent_share_and_the_expected_value(
    quick: Callable[..., Config], digits: DataSet, path: str
) -> None:
    ways = ("data.input_scale=raw", "label.amplitude=one")
    coded = ("encoding=bernoulli",) if path == "spiking" else ()
    signal = prepare(digits, quick(*ways, *coded, path=path)).train.stimulus(slice(0, 300))
    silenced = silence_pixels(signal, 0.25, stream_of(3))
    before, after = signal.image.values, silenced.image.values
    lit = (before != 0).any(0) if before.ndim == 3 else before != 0
    gone = lit & ~((after != 0).any(0) if after.ndim == 3 else after != 0)
    assert 0.24 < float(gone.sum() / lit.sum()) < 0.26
    assert float(after.mean() / before.mean()) == pytest.approx(1, abs=0.02)
    kept = after != 0
    assert torch.allclose(after[kept], before[kept] / 0.75)
    assert torch.equal(silenced.label, signal.label)


def test_no_dropout_is_the_very_signal(quick: Callable[..., Config], few_digits: DataSet) -> None:
    signal = prepare(few_digits, quick()).train.stimulus(slice(0, 5))
    assert silence_pixels(signal, 0.0, stream_of(0)) is signal


def test_it_changes_learning_and_repeats_by_seed(quick: Callable[..., Config], few_digits: DataSet) -> None:
    plain, config = quick(), quick("pixel_dropout=0.2")
    first, again, without = (
        weight_of(train_by(each, prepare(few_digits, each)).network.layers[0])
        for each in (config, config, plain)
    )
    assert torch.equal(first, again)
    assert not torch.equal(first, without)
