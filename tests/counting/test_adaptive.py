from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from neuroff.core.neurons import LIF, AdaptiveLIF
from neuroff.counting.active import left_over
from neuroff.counting.forward import count_activity
from tests.narrow import as_a
from tests.samples import configured, few_inputs, lively_network


@pytest.mark.parametrize("settings", [("model=cuba", "beta=0"), ("beta=0", "reset=zero"), ("reset=zero",)])
def test_without_strength_adaptive_neurons_count_as_what_they_are(settings: tuple[str, ...]) -> None:
    """A current that goes on, a leak of everything and a reset to zero decide which neurons are active."""
    config = configured(*settings, "encoding=regular", "gain=constant", "normalisation=none", path="spiking")
    inputs, lively = few_inputs(config), lively_network(config)
    unbiased = tuple(layer.mapped(bias=torch.zeros_like) for layer in lively.layers)
    plain = replace(lively, layers=unbiased)
    adaptive = replace(plain, population=AdaptiveLIF(as_a(LIF, plain.population), 0.0, 0.9))
    one, other = (count_activity(network, inputs).work("shared").layers for network in (plain, adaptive))
    assert one == other
    assert sum(one[1].active) > 0


@pytest.mark.parametrize("beta", [0.0, 0.9])
def test_a_threshold_that_sinks_is_something_to_do(beta: float) -> None:
    """After its first spike a neuron is active at every step, whatever its potential holds."""
    settings = (f"beta={beta}", "reset=zero", "encoding=regular", "gain=constant", "normalisation=none")
    config = configured(*settings, "neuron.steps=6", path="spiking")
    inputs, lively = few_inputs(config), lively_network(config)
    unbiased = tuple(layer.mapped(bias=torch.zeros_like) for layer in lively.layers)
    plain = replace(lively, layers=unbiased)
    network = replace(plain, population=AdaptiveLIF(as_a(LIF, plain.population), 0.5, 0.9))
    output = torch.zeros(6, 1, network.widths[1])
    output[2, 0, 0] = output[3, 0, 1] = 1.0
    reached = torch.zeros(6, 1, 1, dtype=torch.bool)
    active = left_over(network, 0, output, reached)[:, 0]
    assert active[:, 0].tolist() == [False, False, True, True, True, True]
    assert active[:, 1].tolist() == [False, False, False, True, True, True]
    assert not active[:, 2:].any()
    shown = count_activity(network, inputs).work("shared").layers[1]
    assert sum(shown.active) > sum(count_activity(plain, inputs).work("shared").layers[1].spikes) > 0
