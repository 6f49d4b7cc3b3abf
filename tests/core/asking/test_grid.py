"""Random read-outs on a grid of cells: who shares a weight, what stays as it was, what is refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

import neuroff
from neuroff.config import Config
from neuroff.config.overrides import apply_settings
from neuroff.core.asking import MirroredAsking, RandomAsking
from neuroff.core.goodness import Goodness
from neuroff.core.synapses import Planes
from neuroff.data import DataSet
from neuroff.errors import ConfigError
from tests.samples import few, stream_of

LAYERS = "layers=conv 4x3, pool 2, conv 6x3, pool 2, conv 8x3, dense 20"


@few
@given(st.integers(1, 3), st.integers(1, 9), st.integers(1, 9), st.integers(1, 5), st.integers(0, 2**20))
def test_neurons_of_a_cell_share_a_weight(
    channels: int, height: int, width: int, grid: int, seed: int
) -> None:
    planes = Planes(channels, height, width)
    readout = RandomAsking(3, seed, grid, (planes,)).readout(planes.size).view(3, *planes.shape)
    for channel in range(channels):
        cells: dict[tuple[int, int], set[float]] = {}
        for y in range(height):
            for x in range(width):
                cell = y * min(grid, height) // height, x * min(grid, width) // width
                cells.setdefault(cell, set()).add(float(readout[0, channel, y, x]))
        assert len(cells) == min(grid, height) * min(grid, width)
        assert [len(found) for found in cells.values()] == [1] * len(cells)
        assert len(set.union(*cells.values())) == len(cells)


def test_a_cell_for_every_place_is_no_grid_at_all() -> None:
    plain = RandomAsking(10, 4)
    fine = RandomAsking(10, 4, 7, (Planes(12, 7, 5), Planes(80, 1, 1)))
    for neurons in (12 * 7 * 5, 80, 33):  # in planes, dense, and one of which nothing is known
        assert torch.equal(fine.readout(neurons), plain.readout(neurons))
    coarse = RandomAsking(10, 4, 1, (Planes(12, 7, 5),))
    assert not torch.equal(coarse.readout(12 * 7 * 5), plain.readout(12 * 7 * 5))
    torch.testing.assert_close(
        coarse.readout(12 * 7 * 5).std(), plain.readout(12 * 7 * 5).std(), rtol=0.15, atol=0
    )


def test_goodness_is_a_sum_over_cells_and_gradients_are_autograds() -> None:
    planes = Planes(2, 6, 4)
    asking, measure = RandomAsking(3, 1, 2, (planes,)), Goodness("linear", 3.0)
    activity = torch.rand(5, planes.size, generator=stream_of(0), dtype=torch.float64).requires_grad_()
    # The read-out on its own: one weight of every cell, and sums over the cell's places.
    weights = asking.readout(planes.size).view(3, *planes.shape)[:, :, ::3, ::2]
    sums = activity.view(5, 2, 2, 3, 2, 2).sum((3, 5))
    goodness = 3.0 * torch.einsum("kchw,bchw->kb", weights, sums)
    nothing = torch.zeros(1, 5, dtype=torch.int64)
    torch.testing.assert_close(asking.goodness(measure, activity.detach(), nothing), goodness.detach())
    modulator = torch.randn(3, 5, generator=stream_of(2), dtype=torch.float64)
    (expected,) = torch.autograd.grad((goodness * modulator).sum(), activity)
    torch.testing.assert_close(asking.activity_gradient(measure, activity.detach(), modulator), expected)


def test_a_network_knows_its_planes_and_keeps_them_in_a_file(tmp_path: Path) -> None:
    config = neuroff.preset("conv", path="spiking", dataset="digits")
    config = apply_settings(config, [LAYERS, "asking.grid=2", "epochs=1", "neuron.steps=2"])
    images = torch.randint(0, 256, (30, 9, 9), generator=stream_of(0), dtype=torch.uint8).numpy()
    labels = np.arange(30) % 10
    data = DataSet.from_arrays(images[:20], labels[:20], images[20:], labels[20:])
    split = neuroff.prepare(data, config)
    network, plan = neuroff.build(config, split)
    assert isinstance(network.asking, RandomAsking)
    assert network.asking.grid == 2
    sizes = tuple(planes.size for planes in network.asking.planes)
    assert sizes == network.widths[1:]
    assert network.asking.planes[-1] == Planes(20, 1, 1)
    trained = neuroff.train(network, split, plan).network
    path = tmp_path / "network.safetensors"
    neuroff.save_network(trained, path)
    found = neuroff.load_network(path)
    assert found.asking == trained.asking
    assert neuroff.accuracy(found, split.test) == neuroff.accuracy(trained, split.test)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (["asking.grid=7"], r"asking\.grid needs asking\.form=random"),
        (
            ["asking.form=random", "loss=softmax", "goodness=linear", "asking.grid=7"],
            r"asking\.grid needs a convolution in network\.layers",
        ),
        (["asking.grid=0"], r"asking\.grid.*greater than or equal to 1"),
    ],
)
def test_settings_that_have_no_meaning_are_refused(settings: list[str], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        apply_settings(Config(), settings)


def test_layers_of_one_size_in_other_planes_are_told_apart() -> None:
    planes = Planes(16, 4, 4), Planes(4, 8, 8)
    both = RandomAsking(10, 0, 2, planes)
    with pytest.raises(
        ConfigError, match=r"16 x 4 x 4 and of 4 x 8 x 8 neurons, 256 each.*of_layer\(index\)"
    ):
        both.readout(256)
    for index, each in enumerate(planes):
        assert torch.equal(both.of_layer(index).readout(256), RandomAsking(10, 0, 2, (each,)).readout(256))
    assert not torch.equal(both.of_layer(0).readout(256), both.of_layer(1).readout(256))
    twice = MirroredAsking(both, Planes(1, 8, 8))
    assert twice.of_layer(1) == MirroredAsking(both.of_layer(1), Planes(1, 8, 8))
    # The same planes twice need no telling; a layer beyond them has no places, nor has one without a grid.
    assert torch.equal(RandomAsking(10, 0, 2, planes[:1] * 2).readout(256), both.of_layer(0).readout(256))
    assert torch.equal(both.of_layer(2).readout(256), RandomAsking(10).readout(256))
    assert torch.equal(RandomAsking(10, 0, None, planes).readout(256), RandomAsking(10).readout(256))
    with pytest.raises(ConfigError, match=r"of_layer: index = -1"):
        both.of_layer(-1)
    with pytest.raises(ConfigError, match=r"RandomAsking: grid = 0.*at least 1"):
        RandomAsking(10, 0, 0)
