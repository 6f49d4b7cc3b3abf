from __future__ import annotations

from dataclasses import dataclass

import pytest

from neuroff.chip.deploy import Deployment, deploy
from neuroff.chip.model import ChipModel
from neuroff.chip.quantise import quantise
from neuroff.config import Config
from neuroff.config.inputs import prepare
from neuroff.config.overrides import apply_settings
from neuroff.config.presets import preset
from neuroff.config.schema import Variant
from neuroff.core.inputs import Split
from neuroff.core.network import Network
from neuroff.data import DataSet
from tests.samples import train_by


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


def trained_on(dataset: DataSet, *settings: str, variant: Variant = "ff") -> Trained:
    start = [
        "widths=60,40",
        "epochs=12",
        "evaluate_every=0",
        "batch_size=20",
        "neuron.steps=8",
        "train_count=1000",
    ]
    config = apply_settings(
        preset("demo", path="spiking", variant=variant, dataset="digits"), [*start, *settings]
    )
    split = prepare(dataset, config)
    return Trained(config, train_by(config, split).network, split)


@pytest.fixture(scope="session")
def trained(digits: DataSet) -> Trained:
    """Constant input, reset by subtraction."""
    return trained_on(digits)


@pytest.fixture(scope="session")
def trained_on_spikes(digits: DataSet) -> Trained:
    """Input in evenly spaced spikes, two collaborating layers."""
    return trained_on(digits, "neuron.encoding=regular", variant="acff")


@pytest.fixture(scope="session")
def ported(digits: DataSet) -> Trained:
    """A small trained network as a chip has it: spikes in, reset to zero."""
    return trained_on(digits, "neuron.encoding=regular", "neuron.reset=zero", "epochs=6", "train_count=500")


@pytest.fixture(scope="session")
def ported_values(digits: DataSet) -> Trained:
    """A small trained network whose pixels are analog values, reset by subtraction."""
    return trained_on(digits, "epochs=4", "train_count=300")
