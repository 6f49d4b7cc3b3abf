"""What a network is before it has seen anything."""

from __future__ import annotations

import json

import pytest
import torch

from neuroff.cli.main import run
from neuroff.config.build import build_network
from neuroff.config.overrides import apply_settings
from neuroff.config.presets import preset
from neuroff.core.network import Network
from neuroff.core.signal import Signal
from neuroff.core.synapses import Planes
from neuroff.counting.described import summary
from tests.energy.networks import device, wall

LAYERS = "conv 10x3 stride 2, pool 2, conv 20x3 groups, maxpool 3, conv 10x1x2 valid, dense 30"


def built(*changes: str) -> Network:
    config = apply_settings(preset("conv", dataset="digits"), changes)
    return build_network(config, 784, 10, planes=Planes(1, 28, 28))


def test_every_layer_is_told_in_the_words_it_was_written_in() -> None:
    found = summary(built(f"network.layers={LAYERS}"))
    assert ", ".join(layer.kind for layer in found.layers) == LAYERS
    assert [layer.shape for layer in found.layers] == [(10, 14, 14), (20, 7, 7), (10, 2, 1), (30,)]
    assert [layer.parameters for layer in found.layers] == [100, 200, 410, 630]
    assert found.cores == {}


@pytest.mark.parametrize("hidden", ["standardise=true", "standardise=false", "group_norm=2"])
def test_operations_are_the_products_of_a_pass(hidden: str) -> None:
    network = built("standardise=false", hidden, "network.layers=conv 4x3, pool 2, dense 10")
    found = summary(network)
    ones = network.layers[0].synapses.mapped(weight=torch.ones_like, bias=torch.zeros_like)
    assert found.layers[0].operations == int(ones.drive(Signal(torch.ones(1, 784)), torch.float32).sum())
    assert found.layers[1].operations == 4 * 14 * 14 * 10


def test_memory_is_that_of_the_device() -> None:
    network = built("network.layers=conv 10x3, pool 2, dense 10")
    toy = device(limits={"weight_sharing": "none"})
    shared = device(limits={"weight_sharing": "conv", "neurons_per_core": wall(784)})
    small = device(limits={"neurons_per_core": wall(5), "cores_per_chip": wall(2), "chips": wall(1)})
    found = summary(network, [toy])
    assert found.layers[0].memory_kB == {"toy": pytest.approx(10 * 28 * 28 * 9 / 1000)}
    assert found.layers[1].memory_kB == {
        "toy": pytest.approx(4 * 1960 * 10 / 1000)
    }  # a weight for each that a mean is of
    assert summary(network, [shared]).layers[0].memory_kB == {"toy": pytest.approx(10 * 90 / 1000)}
    assert summary(network, [small]).layers[0].memory_kB == {"toy": None}
    assert summary(network, [small]).cores == {"toy": None}
    assert summary(network, [shared]).cores == {"toy": 11}


def test_the_command_trains_nothing(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    told = ["train", "--preset", "conv", "--path", "spiking", "--summary"]
    assert run([*told, "--json", "--profile", "loihi1-davies2018"]) == 0
    read = json.loads(capsys.readouterr().out)
    assert [layer["shape"] for layer in read["layers"]] == [[8, 14, 14], [16, 7, 7], [50]]
    assert read["cores"] == {"loihi1-davies2018": 3}
    monkeypatch.setenv("COLUMNS", "150")
    assert run(told) == 0
    shown = capsys.readouterr().out
    assert "pool 2, conv 16x3" in shown
    assert "8,498" in shown
