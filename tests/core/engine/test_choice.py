from __future__ import annotations

import pytest
import torch

from neuroff.config.build import operations_of
from neuroff.core.engine import Engine, EventEngine, choice, chosen_engine
from neuroff.core.pixels import background_share
from neuroff.errors import ConfigError
from tests.samples import configured, stream_of


def test_an_engine_is_taken_by_name() -> None:
    assert chosen_engine("torch", 1e30) == Engine()
    assert chosen_engine("numba", 0.0) == EventEngine()
    assert [chosen_engine(name, 0.0).name for name in ("torch", "numba")] == ["torch", "numba"]


def test_small_runs_are_pytorchs_and_large_ones_are_not() -> None:
    assert chosen_engine("auto", 0.99 * choice.WORTH_IT).name == "torch"
    assert chosen_engine("auto", 1.01 * choice.WORTH_IT).name == "numba"


def test_without_numba_pytorch_does_it_unless_numba_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(choice, "has_kernels", lambda: False)
    assert chosen_engine("auto", 1e30).name == "torch"
    with pytest.raises(ConfigError, match=r"Numba is not installed.*pip install numba"):
        chosen_engine("numba", 1e30)


def test_operations_are_those_that_a_background_a_shared_drive_or_silence_saves() -> None:
    config = configured("widths=6,5,4", "epochs=3", path="spiking")
    inner = 40 * 3 * 2 * 4 * (6 * 5 + 5 * 4)
    assert operations_of(config, 4, 40, 9) == inner
    assert operations_of(config, 4, 40, 9, 0.75) == inner + 40 * 3 * 9 * 6 * 0.75
    grouped = configured("widths=6,5", "epochs=3", "asking.form=groups", "loss=softmax", path="spiking")
    assert operations_of(grouped, 4, 40, 9) == 40 * 3 * 1 * 4 * 6 * 5
    dense = configured("widths=6,5", "epochs=3")
    shared = 40 * 3 * 6 * 5  # by both labels of an image
    assert operations_of(dense, 4, 40, 9) == shared
    assert operations_of(dense, 4, 40, 9, 0.5) == shared + 40 * 3 * 9 * 6 * 0.5
    assert operations_of(configured("widths=6,5,4", "epochs=3"), 4, 40, 9) == shared
    assert operations_of(configured("widths=6", "epochs=3"), 4, 40, 9) == 0.0


def test_a_background_is_what_most_values_of_most_images_are() -> None:
    images = torch.tensor([[0, 0, 0, 7], [3, 3, 9, 3]], dtype=torch.uint8)
    assert background_share(images) == 0.75
    assert background_share(torch.rand(5, 20, generator=stream_of(0))) == 0.0


def test_of_a_convolution_the_steps_of_spiking_neurons_count() -> None:
    changes = ("network.layers=conv 2x3, dense 6", "neuron.steps=3", "epochs=2")
    spiking = configured(*changes, path="spiking")
    assert operations_of(spiking, 4, 40, 16, 0.5, neurons=38) == 40 * 2 * 2 * 3 * 100 * 38
    assert operations_of(configured(*changes), 4, 40, 16, 0.5, neurons=38) == 0.0
