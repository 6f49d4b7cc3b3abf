"""Networks that train without an error and have something wrong with them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from neuroff.config import Config
from neuroff.config.build import build
from neuroff.config.inputs import prepare
from neuroff.core.synapses import Dense, Synapses
from neuroff.data import DataSet
from neuroff.runs.folder import RunDirectory, train_run
from neuroff.training.warnings import warnings_of
from tests.samples import train_by

WELL = {"train": 0.9}


def eager(synapses: Synapses) -> Dense:
    """Weights of one and no bias: every input drives every neuron."""
    return Dense(torch.ones(synapses.neurons, synapses.inputs), torch.zeros(synapses.neurons))


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        (("neuron.threshold=1e9",), "layer 1 never fires: its potentials do not reach the threshold (1e+09)"),
        (
            ("neuron.threshold=1e-9", "gain=constant"),
            "fires with every neuron at every step: the threshold (1e-09)",
        ),
    ],
)
def test_layers_that_say_nothing(
    quick: Callable[..., Config], few_digits: DataSet, tmp_path: Path, settings: tuple[str, ...], words: str
) -> None:
    config = quick(*settings, "epochs=1", path="spiking")
    network, _ = build(config, prepare(few_digits, config))
    if "1e-9" in settings[0]:  # all weights drive
        layers = tuple(replace(layer, synapses=eager(layer.synapses)) for layer in network.layers)
        network = replace(network, layers=layers)
    found = warnings_of(network, prepare(few_digits, config).train, WELL)
    assert any(words in each for each in found), found


@pytest.mark.parametrize(
    ("gamma", "words"), [(1e30, "γ of layer 1 is 1e+30: its partners drown"), (-5.0, "γ of layer 2 is -5")]
)
def test_collaboration_that_runs_away(
    quick: Callable[..., Config], few_digits: DataSet, gamma: float, words: str
) -> None:
    config = quick()
    split = prepare(few_digits, config)
    network, _ = build(config, split)
    layers = tuple(replace(layer, gamma=torch.tensor(gamma)) for layer in network.layers)
    assert any(words in each for each in warnings_of(replace(network, layers=layers), split.train, WELL))


def test_images_that_nothing_can_be_learnt_from(quick: Callable[..., Config], few_digits: DataSet) -> None:
    config = quick("input_scale=raw")
    alike = replace(few_digits, train_images=np.full_like(few_digits.train_images, 7))
    split = prepare(alike, config)
    network, _ = build(config, split)
    assert (
        warnings_of(network, split.train, WELL)[0]
        == "all training images are alike: there is nothing to learn"
    )
    few = split.train.head(1)
    assert warnings_of(network, few, WELL)[0].startswith("1 training images for 10 classes")
    assert "10.0 % of the training images are right" in warnings_of(network, split.train, {"train": 0.1})[-1]


def test_a_network_that_learns_has_none_and_one_that_does_not_says_so_in_its_result(
    quick: Callable[..., Config], digits: DataSet, tmp_path: Path
) -> None:
    well = train_run(RunDirectory(tmp_path / "well"), quick("epochs=3", path="spiking"), digits)
    assert well.warnings == ()
    assert "warnings" not in well.to_json()
    silent = train_run(
        RunDirectory(tmp_path / "silent"), quick("epochs=1", "neuron.threshold=1e9", path="spiking"), digits
    )
    assert silent.to_json()["warnings"][0].startswith("layer 1 never fires")


def test_rates_that_are_zeros_and_ones_are_told(quick: Callable[..., Config], few_digits: DataSet) -> None:
    said = {}
    for threshold in ("1e-9", "1"):
        config = quick(f"neuron.threshold={threshold}", path="spiking")
        split = prepare(few_digits, config)
        said[threshold] = warnings_of(train_by(config, split).network, split.train, WELL)
    assert any(
        "layer 1 fires at every step or at none: the threshold (1e-09)" in each for each in said["1e-9"]
    )
    assert not any("at every step" in each for each in said["1"])
