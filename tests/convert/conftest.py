from __future__ import annotations

import pytest

from neuroff.config.inputs import prepare
from neuroff.config.overrides import apply_settings
from neuroff.config.presets import preset
from neuroff.config.schema import Path
from neuroff.convert import Deviation, Twin, deviations, to_spikes
from neuroff.core.inputs import Split
from neuroff.core.network import Network
from neuroff.data import DataSet
from tests.samples import train_by


def trained(digits: DataSet, path: Path, *settings: str) -> tuple[Network, Split]:
    start = preset("demo", path=path, dataset="digits")
    config = apply_settings(start, ["widths=80,60", "epochs=4", "evaluate_every=0", *settings])
    split = prepare(digits, config)
    return train_by(config, split).network, split


@pytest.fixture(scope="module")
def dense(digits: DataSet) -> tuple[Network, Split]:
    return trained(digits, "dense")


@pytest.fixture(scope="module")
def twin(dense: tuple[Network, Split]) -> Twin:
    network, split = dense
    return to_spikes(network, split.train.head(300))


@pytest.fixture(scope="module")
def measured(dense: tuple[Network, Split], twin: Twin) -> tuple[Deviation, ...]:
    network, split = dense
    return deviations(network, twin, split.test.head(40), (16, 32, 64, 128, 256, 512))
