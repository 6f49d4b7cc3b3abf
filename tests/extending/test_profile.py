"""A profile of your own: a TOML file that prices what a device does, each figure with its source."""

from pathlib import Path

import pytest

import neuroff
from tests.extending.conftest import Start

PROFILE = """
schema = "1.0"
[meta]
id = "mine"
name = "My chip"
kind = "mixed"
time_model = "clocked"
boundary = "operation"
revision = 1

[[source]]
key = "bench"
citation = "measured on our bench"
locator = "run 7"
checked = "primary"

[energy.synop]
per = "synaptic_events"
value_J = 2e-12
scope = "marginal"
evidence = "measured"
source = "bench"
"""


def test_my_chip_has_a_price(start: Start, tmp_path: Path) -> None:
    network, split, _ = start("spiking")
    (tmp_path / "mine.toml").write_text(PROFILE)
    counts = neuroff.count_activity(network, split.test.head(9)).counts
    found = neuroff.estimate(counts, neuroff.load_profile(tmp_path / "mine.toml")).total_J
    assert found.nominal == pytest.approx(2e-12 * counts["synaptic_events"])
