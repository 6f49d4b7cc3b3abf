from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from neuroff.config.build import build_network
from neuroff.core.engine import Engine, EventEngine
from neuroff.core.flight import images_at_once, most_at_once, uses
from neuroff.core.layer import initial_layers
from neuroff.core.network import Network
from neuroff.core.neurons import LIF
from neuroff.core.neurons.relu import ReLU
from neuroff.core.synapses import Planes
from tests.samples import configured


def network(width: int, steps: int, engine: Engine, inputs: int = 1) -> Network:
    population = LIF(steps=steps) if steps > 1 else ReLU()
    layers = initial_layers((inputs, width), 0, 0.0, torch.float32)
    return replace(Network(layers, population), engine=engine)


@pytest.mark.parametrize(
    ("width", "steps", "engine", "presentations", "images"),
    [
        (500, 10, EventEngine(threads=1), 10, 160),  # bytes: 8 MB of 500 × 10 each, ten labels an image
        (500, 10, EventEngine(threads=3), 10, 50),  # 2.5 MB a thread
        (500, 10, Engine(), 10, 40),  # floats
        (500, 1, EventEngine(), 10, 400),  # dense activities are floats whoever computes
        (20_000, 10, EventEngine(), 2, 125),  # wide: at least 250 presentations share the weights
        (20_000, 100, Engine(), 1, 32),  # unless they fill a quarter of a gigabyte
        (10**6, 100, Engine(), 10, 1),  # one image goes in any case
    ],
)
def test_how_many_are_in_flight(
    width: int, steps: int, engine: Engine, presentations: int, images: int
) -> None:
    assert images_at_once(network(width, steps, engine), presentations) == images


def test_windows_share_among_their_places() -> None:
    """At 36 places 35 presentations use a weight 1,250 times."""
    config = configured("layers=conv 20x3, conv 400x3", "neuron.steps=100", path="spiking")
    network = build_network(config, 36, 10, planes=Planes(1, 6, 6))
    assert [uses(layer) for layer in network.layers] == [36, 36]
    assert images_at_once(replace(network, engine=EventEngine(threads=2)), 1) == 35


def test_wide_images_are_few() -> None:
    assert images_at_once(network(20, 1, Engine(), inputs=1000), 1) == 2000


@given(width=st.integers(1, 10**5), steps=st.integers(1, 200), presentations=st.integers(1, 100))
def test_no_more_than_fit_and_no_fewer_than_one(width: int, steps: int, presentations: int) -> None:
    shown = network(width, steps, Engine())
    found = images_at_once(shown, presentations)
    assert 1 <= found <= most_at_once(shown, presentations)
    assert found == 1 or 4 * width * steps * presentations * found <= 256e6
