from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from neuroff.energy import Profile, load_profile

HEAD = """schema = "1.0"

[meta]
id = "toy"
name = "Toy chip"
kind = "spiking"
time_model = "clocked"
boundary = "chip"

[[source]]
key = "lab"
citation = "Somebody, 2020"
locator = "Table 1"
checked = "primary"
"""
SYNOP = """
[energy.synop]
per = "synaptic_events"
value_J = 2e-12
low_J = 1e-12
high_J = 4e-12
evidence = "measured"
source = "lab"
"""
UPDATE = """
[energy.update]
per = "neuron_updates_active"
value_J = 10e-12
evidence = "spice"
source = "lab"
"""


@pytest.fixture
def toy() -> str:
    """Text of a valid profile; [energy.synop] is in lines 16 to 22."""
    return HEAD + SYNOP + UPDATE


@pytest.fixture
def load_text(tmp_path: Path) -> Callable[[str], Profile]:
    def load(text: str) -> Profile:
        path = tmp_path / "toy.toml"
        path.write_text(text, encoding="utf-8")
        return load_profile(path)

    return load
