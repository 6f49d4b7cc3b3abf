"""Parameters and events that the chip does not have."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from neuroff.chip.network import ChipLayer, ChipNetwork, run
from neuroff.chip.neurons import ChipNeurons
from neuroff.chip.synapses import (
    ChipSynapses,
)
from neuroff.errors import ExportError, ShapeError
from tests.samples import stream_of


def integers(low: int, high: int, *shape: int, seed: int = 0) -> torch.Tensor:
    return torch.randint(low, high, shape, generator=stream_of(seed), dtype=torch.int32)


def some_neurons(count: int = 3, **changed: Any) -> ChipNeurons:
    zeros = torch.zeros(count, dtype=torch.int32)
    plain: dict[str, Any] = {
        "bias_mantissa": zeros,
        "bias_exponent": zeros,
        "current_decay": 4095,
        "voltage_decay": 400,
        "threshold_mantissa": 100,
    }
    return ChipNeurons(**{**plain, **changed})


def some_network(samples_seed: int = 0, **synapses: Any) -> ChipNetwork:
    first = ChipSynapses(integers(-128, 128, 6, 5, seed=samples_seed), **synapses)
    second = ChipSynapses(integers(-64, 128, 4, 6, seed=samples_seed + 1))
    return ChipNetwork(
        (
            ChipLayer(first, some_neurons(6, current_decay=1000)),
            ChipLayer(second, some_neurons(4, voltage_decay=0)),
        )
    )


@pytest.mark.parametrize(
    "changed",
    [
        {"current_decay": 4096},
        {"voltage_decay": -1},
        {"threshold_mantissa": 2**17},
        {"refractory": 0},
        {"refractory": 65},
        {"bias_mantissa": torch.tensor([0, 0, 4096])},
        {"bias_mantissa": torch.tensor([0, 0, -4097])},
        {"bias_exponent": torch.tensor([0, 0, 8])},
        {"bias_exponent": torch.tensor([0, 0, -1])},
        {"bias_exponent": torch.tensor([0, 0])},
        {"start_voltage": torch.tensor([0, 0, 2**23])},
        {"start_voltage": torch.tensor([0.0, 0.0, 0.5])},
        {"start_current": torch.tensor([0, 0, -(2**23)])},
    ],
)
def test_neurons_the_chip_does_not_have_are_refused(changed: dict[str, Any]) -> None:
    with pytest.raises(ExportError, match=next(iter(changed))):
        some_neurons(**changed)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"exponent": 8}, "exponent = 8"),
        ({"exponent": -9}, "exponent = -9"),
        ({"bits": 0}, "bits = 0"),
        ({"bits": 9}, "bits = 9"),
        ({"payload_bits": 17}, "payload_bits = 17"),
        ({"sign": "both"}, "both"),
        ({"delays": torch.tensor([0, 63])}, "delays from 0 to 63"),
        ({"delays": torch.tensor([0])}, "delays has shape"),
        ({"weight": torch.ones(2, 2)}, "float32"),
        ({"weight": torch.ones(4, dtype=torch.int32)}, "shape"),
        ({"weight": torch.full((1, 200), -256), "payload_bits": 16}, "fit 32 bits"),
    ],
)
def test_synapses_the_chip_does_not_have_are_refused(changed: dict[str, Any], message: str) -> None:
    with pytest.raises(ExportError, match=message):
        ChipSynapses(**{"weight": torch.ones(2, 2, dtype=torch.int32), **changed})


def test_layers_that_do_not_follow_each_other_are_refused() -> None:
    network = some_network()
    with pytest.raises(ExportError, match="layer 2 has 5 axons and follows 4 neurons"):
        ChipNetwork((network.layers[1], network.layers[0]))
    with pytest.raises(ExportError, match="no layers"):
        ChipNetwork(())
    with pytest.raises(ExportError, match="4 neurons, and 6 neurons"):
        ChipLayer(network.layers[1].synapses, network.layers[0].neurons)


@pytest.mark.parametrize(
    "events",
    [
        torch.zeros(2, 5),
        torch.zeros(2, 4, dtype=torch.int32),
        torch.zeros(3, 5, dtype=torch.int32),
        torch.full((2, 5), 16),
        torch.full((2, 5), -16),
    ],
)
def test_events_that_do_not_fit_are_refused(events: torch.Tensor) -> None:
    network = some_network(payload_bits=4)
    with pytest.raises(ShapeError, match=r"expected integers of magnitude up to 15 of shape \(2, 5\)"):
        list(run(network, [events], 2))
