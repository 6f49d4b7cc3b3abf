from __future__ import annotations

from dataclasses import dataclass, replace

import pytest

from neuroff.config import Config
from neuroff.data import DataSet
from neuroff.export.loihi.deploy import Deployment, deploy
from neuroff.export.loihi.model import ChipModel
from neuroff.export.loihi.quantise import quantise
from neuroff.inputs import Split, prepare
from neuroff.network import Network
from neuroff.presets import preset
from neuroff.settings import apply_settings
from neuroff.training import train


@dataclass(frozen=True)
class Trained:
    """A small trained network and what it was trained on."""

    config: Config
    network: Network
    split: Split

    @property
    def model(self) -> ChipModel:
        return quantise(self.network, self.split.train, images=100)

    @property
    def deployment(self) -> Deployment:
        return deploy(self.model)


def trained_on(dataset: DataSet, *settings: str, variant: str = "ff") -> Trained:
    start = ["widths=40,30", "epochs=15", "evaluate_every=0", "batch_size=20", "neuron.steps=8"]
    config = apply_settings(
        preset("demo", path="spiking", variant=variant, dataset="digits"), [*start, *settings]
    )
    split = prepare(dataset, config)
    return Trained(config, train(config, split).network, split)


@pytest.fixture(scope="session")
def few(digits: DataSet) -> DataSet:
    return replace(
        digits,
        train_images=digits.train_images[:600],
        train_labels=digits.train_labels[:600],
        test_images=digits.test_images[:100],
        test_labels=digits.test_labels[:100],
    )


@pytest.fixture(scope="session")
def trained(few: DataSet) -> Trained:
    """Constant input, reset by subtraction."""
    return trained_on(few)


@pytest.fixture(scope="session")
def trained_on_spikes(few: DataSet) -> Trained:
    """Input in evenly spaced spikes, two collaborating layers."""
    return trained_on(few, "neuron.encoding=regular", variant="acff")
