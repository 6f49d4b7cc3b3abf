from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from neuroff.core.neurons import LIF, AdaptiveLIF
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
