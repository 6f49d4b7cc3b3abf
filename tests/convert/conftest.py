from __future__ import annotations

import pytest

from neuroff.config.inputs import prepare
from neuroff.config.overrides import apply_settings
from neuroff.config.presets import preset
from neuroff.convert import deviations, to_spikes
from neuroff.training import train


def trained(digits, path, *settings):
    start = preset("demo", path=path, dataset="digits")
    config = apply_settings(start, ["widths=80,60", "epochs=4", "evaluate_every=0", *settings])
    split = prepare(digits, config)
    return train(config, split).network, split


@pytest.fixture(scope="module")
def dense(digits):
    return trained(digits, "dense")


@pytest.fixture(scope="module")
def twin(dense):
    network, split = dense
    return to_spikes(network, split.train.head(300))


@pytest.fixture(scope="module")
def measured(dense, twin):
    network, split = dense
    return deviations(network, twin, split.test.head(40), (16, 32, 64, 128, 256, 512))
