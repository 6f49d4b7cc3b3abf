from __future__ import annotations

import pytest

from neuroff.data import DataSet
from tests.chip.conftest import Trained, trained_on


@pytest.fixture(scope="session")
def ported(digits: DataSet) -> Trained:
    """A small trained network as a chip has it: spikes in, reset to zero."""
    return trained_on(digits, "neuron.encoding=regular", "neuron.reset=zero", "epochs=6", "train_count=500")


@pytest.fixture(scope="session")
def ported_values(digits: DataSet) -> Trained:
    """A small trained network whose pixels are analog values, reset by subtraction."""
    return trained_on(digits, "epochs=4", "train_count=300")
